/** What a receipt number says. */
export interface ReceiptNumber {
  /** Starts every number of a terminal. */
  readonly prefix: string;
  readonly epoch: number;
  readonly training: boolean;
  /** Counts the receipts of the terminal from 1, those of training by themselves. */
  readonly index: number;
}

/** How a receipt is numbered: the epoch shows from the second one on. */
export const receiptNumber = ({ prefix, epoch, training, index }: ReceiptNumber): string =>
  [prefix, ...(epoch === 1 ? [] : [String(epoch)]), ...(training ? ['T'] : []), String(index).padStart(6, '0')].join(
    '-',
  );

/** What a number says; undefined for what is none. */
export const readReceiptNumber = (text: string): ReceiptNumber | undefined => {
  const [, prefix, epoch, training, index] = /^([^-]+)-(?:(\d+)-)?(T-)?(\d{6,15})$/u.exec(text) ?? [];
  if (prefix === undefined) return undefined;
  return { prefix, epoch: Number(epoch ?? 1), training: training !== undefined, index: Number(index) };
};
