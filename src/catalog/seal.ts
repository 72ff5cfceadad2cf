/**
 * Hides a text so that the database alone does not give it away. What was hidden for one purpose does not open for
 * another, so a row that was copied or changed in the database is found out.
 */
export interface Seal {
  /** @param purpose what the text belongs to */
  close(text: string, purpose: string): string;
  /** The text; undefined when it was not closed with the same secret for the same purpose. */
  open(closed: string, purpose: string): string | undefined;
}
