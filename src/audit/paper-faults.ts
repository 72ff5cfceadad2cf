import type { PaperRecord, TillEvent } from '../domain/event.js';
import { Refusal } from '../domain/refusal.js';
import { type PaperContext, paperOf, paperRecord, rendererVersion } from '../events/paper.js';
import type { Said } from './finding.js';

/** Papers that a newer program printed, whose documents this one cannot make again. Not wrong by itself. */
export interface UnjudgedPapers {
  readonly terminal_id: string;
  readonly renderer: number;
  readonly papers: number;
  readonly first_seq: number;
  readonly last_seq: number;
}

/** Where the document that was printed is not the one that its event makes, in words. One of a newer program is not judged. */
export const paperFaults = (event: TillEvent, context: PaperContext): readonly Said[] => {
  const printed = printedOf(event);
  if (printed === undefined || (printed && printed.renderer !== rendererVersion)) return [];
  const replayed = replay(event, context);
  const found = printed?.document_hash ?? 'none';
  if (replayed === found) return [];
  const detail = `the document that was printed has the hash ${found}; from the log it is ${replayed}`;
  return [{ detail, expected: replayed, found }];
};

/** Null where the log says that nothing was printed; undefined where it says nothing of it. */
const printedOf = ({ data }: TillEvent): PaperRecord | null | undefined =>
  'paper' in data && (data.paper === null || 'document_hash' in data.paper) ? data.paper : undefined;

const replay = (event: TillEvent, context: PaperContext): string => {
  try {
    const document = paperOf(event, context);
    return document ? paperRecord(document).document_hash : 'none';
  } catch (cause) {
    // A log may say of its shop what no till would have taken.
    if (cause instanceof Refusal) return `none: ${cause.message}`;
    throw cause;
  }
};

/** Counts, per terminal, the papers that nobody here can judge. */
export class UnjudgedCount {
  private readonly counted = new Map<number, UnjudgedPapers>();

  constructor(private readonly terminal_id: string) {}

  /** Looks at one event of the log. */
  add(event: TillEvent): void {
    const { terminal_id } = this;
    const { seq } = event;
    const renderer = printedOf(event)?.renderer ?? rendererVersion;
    if (renderer === rendererVersion) return;
    const before = this.counted.get(renderer) ?? { terminal_id, renderer, papers: 0, first_seq: seq, last_seq: seq };
    const { papers, first_seq, last_seq } = before;
    this.counted.set(renderer, {
      ...before,
      papers: papers + 1,
      first_seq: Math.min(first_seq, seq),
      last_seq: Math.max(last_seq, seq),
    });
  }

  /** One row for each version. */
  get all(): readonly UnjudgedPapers[] {
    return [...this.counted.values()];
  }
}
