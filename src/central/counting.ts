import type { TillEvent } from '../domain/event.js';
import { type Folding, readFolds, writeFolds } from '../projections/postgres-tables.js';
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
  readonly marks: FoldMarks;
  /** The version of this program. */
  readonly version: string;
  /**
   * All at once; carefully, behind savepoints, so that one cannot take down the others; or each alone and marked, because
   * one may end the program.
   */
  readonly way: 'at once' | 'carefully' | 'alone';
}

/** Carries the read models forward by the events of one batch. */
export class Counting {
  private constructor(
    private readonly parts: CountingParts,
    /** Events that ended this version of the program, and why they are left out. */
    private readonly deadly: ReadonlyMap<string, string>,
    /** What the events are folded into, where all are counted at once. */
    private readonly reading: Promise<Folding> | undefined,
  ) {}

  /** Asks for what the events are folded into. @param decisions on the batch, before its events are stored */
  static async begin(parts: CountingParts, decisions: readonly Decision[]): Promise<Counting> {
    const { transaction, terminal, beforeCommit, readModels, version } = parts;
    const deadly = await deadlyAmong(transaction, terminal.tenant_id, retriedIn(decisions), version);
    if (parts.way !== 'at once') return new Counting(parts, deadly, undefined);
    const events = countedIn(decisions).filter(({ local_id }) => !deadly.has(local_id));
    const reading = readFolds(transaction, terminal.tenant_id, readModels, events).catch(suspectPoison);
    beforeCommit(reading);
    return new Counting(parts, deadly, reading);
  }

  /**
   * Counts the events. Returns those that the read models cannot take in.
   * @param decisions on the batch, once its events are stored
   */
  async finish(decisions: readonly Decision[]): Promise<readonly Unprojected[]> {
    const { transaction, terminal, receivedAt, version } = this.parts;
    const all = countedIn(decisions);
    const failed = await this.fold(all.filter(({ local_id }) => !this.deadly.has(local_id)));
    const tried = retriedIn(decisions).filter((local_id) => !this.deadly.has(local_id));
    if (failed.length > 0 || tried.length > 0) {
      await updateUnprojected(transaction, terminal.tenant_id, { failed, tried, version }, receivedAt);
    }
    const left = all.flatMap((event) => {
      const reason = this.deadly.get(event.local_id);
      return reason === undefined ? [] : [{ event, reason }];
    });
    return [...failed, ...left];
  }

  private async fold(events: readonly TillEvent[]): Promise<readonly Unprojected[]> {
    const { transaction, beforeCommit, terminal, readModels, marks, way } = this.parts;
    const { tenant_id } = terminal;
    if (this.reading) {
      const folding = await this.reading;
      // The writes are not waited for: the commit comes right behind them.
      const onSent = (write: Promise<unknown>): void => {
        beforeCommit(write.catch(suspectPoison));
      };
      try {
        writeFolds(transaction, tenant_id, folding, { onSent, areFresh: true });
      } catch (cause) {
        suspectPoison(cause);
      }
      return [];
    }
    const work = (some: readonly TillEvent[]): Promise<void> => project(transaction, tenant_id, readModels, some);
    if (way === 'alone') return marks.foldAlone(transaction, terminal, events, work);
    const failures = await isolate(transaction, events, work);
    return failures.map(({ item, error }) => ({ event: item, reason: presentable(error.message) }));
  }
}

/** The events that count now. */
const countedIn = (decisions: readonly Decision[]): readonly TillEvent[] =>
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
