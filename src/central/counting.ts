import type { TillEvent } from '../domain/event.js';
import { Folding } from '../projections/postgres-tables.js';
import type { AnyProjection } from '../projections/projection.js';
import { type BeforeCommit, isOutage, type Transaction } from './database.js';
import { deadlyAmong, type FoldMarks } from './fold-marks.js';
import { presentable, type Sender } from './inspection.js';
import { updateUnprojected } from './journal.js';
import { isolate, isPoison, project, type Unprojected } from './projector.js';
import type { Decision } from './verdict.js';

/** An item of the batch may be to blame: the batch is taken again, carefully. */
export class PoisonSuspected extends Error {
  override readonly name = 'PoisonSuspected';
}

/** What the events of a batch are counted with. */
export interface CountingParts {
  readonly transaction: Transaction;
  readonly beforeCommit: BeforeCommit;
  readonly terminal: Sender;
  readonly receivedAt: Date;
  readonly readModels: readonly AnyProjection[];
  /** How many batches of the terminal wait to be put onto the rows of read models that merge. */
  readonly unmergedCount: number;
  readonly marks: FoldMarks;
  /** The version of this program. */
  readonly version: string;
  /**
   * All at once; carefully, behind savepoints, so that one cannot take down the others; or each alone and marked, because
   * one may end the program.
   */
  readonly way: 'at once' | 'carefully' | 'alone';
}

/** Carries the read models forward by the events of one batch, all at once, while they come in parts. */
export class Counting {
  private readonly folding: Folding;

  constructor({ transaction, beforeCommit, terminal, readModels, unmergedCount }: CountingParts) {
    // What is sent is not waited for: the commit comes right behind it.
    const onSent = (statement: Promise<unknown>): void => {
      beforeCommit(statement.catch(suspectPoison));
    };
    const { tenant_id, terminal_id } = terminal;
    const fresh = { terminal_id, unmergedCount };
    this.folding = new Folding({ db: transaction, tenant_id, projections: readModels, onSent, fresh });
  }

  /** Takes a part of the events, oldest first. @throws PoisonSuspected */
  add(events: readonly TillEvent[]): void {
    try {
      this.folding.add(events);
    } catch (cause) {
      suspectPoison(cause);
    }
  }

  /** Counts what is counted only once all have come. @throws PoisonSuspected */
  async finish(): Promise<void> {
    await this.folding.finish().catch(suspectPoison);
  }
}

/**
 * Counts the events of a batch. Returns those that the read models cannot take in.
 * @param decisions on the batch, once its events are stored
 * @throws PoisonSuspected where all are counted at once
 */
export const count = async (parts: CountingParts, decisions: readonly Decision[]): Promise<readonly Unprojected[]> => {
  const { transaction, terminal, receivedAt, version } = parts;
  const retried = retriedIn(decisions);
  const deadly = await deadlyAmong(transaction, terminal.tenant_id, retried, version);
  const all = countedIn(decisions);
  const isDeadly = (local_id: string): boolean => deadly.has(local_id);
  const failed = await fold(
    parts,
    all.filter(({ local_id }) => !isDeadly(local_id)),
  );
  const tried = retried.filter((local_id) => !isDeadly(local_id));
  if (failed.length > 0 || tried.length > 0) {
    await updateUnprojected(transaction, terminal.tenant_id, { failed, tried, version }, receivedAt);
  }
  const left = all.flatMap((event) => {
    const reason = deadly.get(event.local_id);
    return reason === undefined ? [] : [{ event, reason }];
  });
  return [...failed, ...left];
};

const fold = async (parts: CountingParts, events: readonly TillEvent[]): Promise<readonly Unprojected[]> => {
  const { transaction, terminal, readModels, marks, way } = parts;
  if (way === 'at once') {
    const counting = new Counting(parts);
    counting.add(events);
    await counting.finish();
    return [];
  }
  const work = (some: readonly TillEvent[]): Promise<void> =>
    project(transaction, terminal.tenant_id, readModels, some);
  if (way === 'alone') return marks.foldAlone(transaction, terminal, events, work);
  const failures = await isolate(transaction, events, work);
  return failures.map(({ item, error }) => ({ event: item, reason: presentable(error.message) }));
};

/** The events that count now. */
export const countedIn = (decisions: readonly Decision[]): readonly TillEvent[] =>
  decisions.flatMap((decision) =>
    (decision.does === 'accept' || decision.does === 'project') && decision.item.event ? [decision.item.event] : [],
  );

/** The ids of those that could not be counted before. */
const retriedIn = (decisions: readonly Decision[]): readonly string[] =>
  decisions.flatMap((decision) => (decision.does === 'project' ? [decision.item.local_id] : []));

const suspectPoison = (cause: unknown): never => {
  if (isPoison(cause) && !isOutage(cause)) throw new PoisonSuspected('A read model failed.', { cause });
  throw cause;
};
