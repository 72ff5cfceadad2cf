import { SingleBar } from 'cli-progress';

/** Follows an audit that takes a while. */
export interface AuditProgress {
  /** Is told how many more events were read, and how many there are; null when nobody knows. */
  more(count: number, total: number | null): void;
  /** What is printed next stands on a line of its own. */
  stop(): void;
}

/** A bar for a person who watches; nothing where the output goes into a file or a pipe. */
export const auditProgress = (stream: NodeJS.WritableStream & { readonly isTTY?: boolean }): AuditProgress => {
  if (stream.isTTY !== true) return { more: () => undefined, stop: () => undefined };
  const options = { stream, hideCursor: true, clearOnComplete: true };
  const known = '{bar} {percentage}% {value}/{total} events {eta_formatted} left';
  let bar: SingleBar | undefined;
  return {
    more: (count, total) => {
      if (!bar) {
        bar = new SingleBar({ ...options, format: total === null ? '{value} events' : known });
        bar.start(total ?? 0, 0);
      }
      bar.increment(count);
    },
    stop: () => bar?.stop(),
  };
};
