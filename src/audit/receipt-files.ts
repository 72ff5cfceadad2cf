import type { Marked } from '../domain/paper.js';
import type { ReceiptDocument } from '../domain/receipt.js';
import { writeNewFile } from './new-file.js';

/** Draws receipts; the auditor itself knows no printers. */
export interface ReceiptRenderer {
  txt(paper: Marked<ReceiptDocument>): string;
  png(paper: Marked<ReceiptDocument>): Uint8Array;
  /** The bytes that the printer was sent. */
  escpos(paper: Marked<ReceiptDocument>): Uint8Array;
}

const kinds = ['txt', 'png', 'escpos'] as const;

/** The files that a receipt is written to. */
export type ReceiptFiles = Readonly<Partial<Record<(typeof kinds)[number], string | undefined>>> & {
  /** Whether a file that is there already may be replaced. */
  readonly replace?: boolean | undefined;
};

/**
 * Writes the files that were asked for; each is there whole or not at all.
 * @returns where they are
 * @throws UnusableSource when one cannot be written
 */
export const writeReceiptFiles = async (
  paper: Marked<ReceiptDocument>,
  render: ReceiptRenderer,
  files: ReceiptFiles,
): Promise<readonly string[]> => {
  const written: string[] = [];
  for (const kind of kinds) {
    const path = files[kind];
    if (path === undefined) continue;
    await writeNewFile(path, [render[kind](paper)], files.replace ?? false);
    written.push(path);
  }
  return written;
};
