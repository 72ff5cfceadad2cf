/** Why a document cannot become paper. Each has a spec that meets it. */
export const paperFaultCodes = ['GLYPH_MISSING', 'QR_UNFIT', 'PICTURE_UNFIT'] as const;

/**
 * A document cannot become paper as it is. Whoever tries again gets the same answer, so a queue gives the job up and
 * shows it; what was sold is recorded all the same.
 */
export class PaperFault extends Error {
  override readonly name = 'PaperFault';

  /**
   * @param code what a program may rely on
   * @param message what happened, what it means for the money, and what to do
   */
  constructor(
    readonly code: (typeof paperFaultCodes)[number],
    message: string,
  ) {
    super(message);
  }
}
