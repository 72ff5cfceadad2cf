import { z } from 'zod';
import type { Head } from '../domain/event.js';
import { batchEventsMax, type SyncAnswer, type SyncRequest, syncRequestSchema } from '../outbox/protocol.js';
import type { AnyProjection } from '../projections/projection.js';
import { centralReadModels } from '../projections/read-models.js';
import { needsNewEpoch, tipOf, verdictsOf } from './batch-outcome.js';
import { type Continuity, followBranch } from './continuity.js';
import { count, countedIn, Counting, type CountingParts, PoisonSuspected } from './counting.js';
import {
  type BeforeCommit,
  type CentralDatabase,
  isCollision,
  isDataError,
  isOutage,
  type Transaction,
} from './database.js';
import type { KnownTerminal } from './enrolment.js';
import {
  dropRefused,
  endOfLedger,
  goOn,
  insertEvents,
  insertForks,
  loadLedger,
  type NewEvent,
  openLedger,
  promiseEpoch,
  readFacts,
  type TerminalFacts,
  updateRefused,
} from './ingest-tables.js';
import { FoldMarks } from './fold-marks.js';
import { type Inspected, Inspection, presentable } from './inspection.js';
import { type Batch, journal } from './journal.js';
import type { Ledger } from './ledger.js';
import type { Log, Ports } from '../ports.js';
import { Problem, unavailable } from './problem.js';
import { isolate } from './projector.js';
import { shadowModels, terminalLock } from './shadow-tables.js';
import { type Court, type Decision, judge, type Judgement, rejectionOf } from './verdict.js';

/** A batch that two transactions fought over is tried so often before the terminal is told to come back. */
const attemptsMax = 5;

// The events are looked at one by one: a malformed one must not take down the others. Whoever names another sender, in
// whatever form, is told so.
const requestSchema = syncRequestSchema.extend({
  tenant_id: z.unknown(),
  terminal_id: z.unknown(),
  events: z.array(z.unknown()),
});

type LooseRequest = Omit<SyncRequest, 'tenant_id' | 'terminal_id' | 'events'> & { readonly events: readonly unknown[] };

/** What a batch is received with. */
export interface IngestParts {
  readonly db: CentralDatabase;
  readonly ports: Ports;
  readonly log: Log;
  /** The read models to carry forward; the shared ones unless a test says otherwise. */
  readonly readModels?: readonly AnyProjection[];
  /** The version of this program: what ended it is tried again by another one. */
  readonly version?: string;
}

/** How a batch is taken. */
interface Attempt {
  /** Behind savepoints, so that one event cannot take down the others. */
  readonly isCareful: boolean;
  readonly isFirst: boolean;
}

/** A batch on its way. */
interface Delivery {
  readonly terminal: KnownTerminal;
  readonly request: LooseRequest;
  readonly request_id: string;
  readonly batch_id: string;
  readonly receivedAt: Date;
  readonly inspection: Inspection;
  /** Batches of this terminal never came to an end before: its events are counted one by one. */
  readonly isSuspect: boolean;
}

/** A batch on its way through one transaction. */
interface Taking extends Attempt {
  readonly transaction: Transaction;
  readonly beforeCommit: BeforeCommit;
  readonly delivery: Delivery;
}

/** What a batch is judged by at first. */
interface Situation {
  readonly facts: TerminalFacts;
  readonly head: Head;
}

/** What became of a batch. */
type Taken = Pick<Batch, 'decisions' | 'ledger' | 'failed'>;

/** What a batch was judged by does not hold: it is judged again. */
class Misjudged extends Error {
  override readonly name = 'Misjudged';
}

/** Takes batches of events in, each in one transaction, and answers once it is committed. */
export class Ingest {
  private readonly readModels: readonly AnyProjection[];
  private readonly marks: FoldMarks;
  private readonly version: string;

  /** Works beside any number of copies on the same database. */
  constructor(private readonly parts: IngestParts) {
    this.readModels = parts.readModels ?? centralReadModels;
    this.marks = new FoldMarks(parts.db);
    this.version = parts.version ?? '';
  }

  /**
   * Takes in what a terminal posted. Whatever the events hold, there is one verdict per `local_id`.
   *
   * @param body of the request, as it was parsed
   * @param request_id a UUID under which the batch is journalled
   * @throws Problem REQUEST_INVALID or TOO_MANY_EVENTS 422, TOKEN_OF_ANOTHER 403, UNAVAILABLE 503
   */
  async receive(terminal: KnownTerminal, body: unknown, request_id: string): Promise<SyncAnswer> {
    const request = readRequest(body, terminal);
    const delivery: Delivery = {
      terminal,
      request,
      request_id,
      batch_id: this.parts.ports.randomness.uuid(),
      receivedAt: new Date(this.parts.ports.clock.wall()),
      inspection: new Inspection(request, terminal),
      isSuspect: request.events.length > 0 && (await this.marks.begin(terminal).catch(putOff)),
    };
    let isCareful = false;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await this.transact(delivery, { isCareful, isFirst: attempt === 1 });
        if (request.events.length > 0) this.marks.end(terminal);
        return answer;
      } catch (cause) {
        isCareful = await this.afterFailure(terminal, cause, isCareful, attempt);
      }
    }
  }

  /** Whether the next attempt must be careful. @throws what no further attempt can mend */
  private async afterFailure(
    terminal: KnownTerminal,
    cause: unknown,
    isCareful: boolean,
    attempt: number,
  ): Promise<boolean> {
    const isSuspect = cause instanceof PoisonSuspected || isDataError(cause);
    if (isSuspect && !isCareful) return true;
    if ((isCollision(cause) || cause instanceof Misjudged) && attempt < attemptsMax) return isCareful;
    // The program is still there, so that nothing of the batch ended it. A database that is away keeps the mark, and all
    // that follows is that the next batch is counted more carefully than it need be.
    await this.marks.forget(terminal, 'batch').catch(() => undefined);
    if (!isOutage(cause) && !(cause instanceof Misjudged)) throw cause;
    this.parts.log.warn({ reason: cause instanceof Error ? cause.message : 'unknown' }, 'a batch was put off');
    throw putOffProblem();
  }

  private transact(delivery: Delivery, attempt: Attempt): Promise<SyncAnswer> {
    const { terminal } = delivery;
    // Until a new table has been counted, the planner would rather read all of it, and go on like that.
    const first = ['SET LOCAL enable_seqscan = off', terminalLock(terminal)];
    const work = (transaction: Transaction, beforeCommit: BeforeCommit): Promise<SyncAnswer> =>
      this.take({ transaction, beforeCommit, delivery, ...attempt });
    return this.parts.db.inTenant(terminal.tenant_id, work, first);
  }

  private async take(taking: Taking): Promise<SyncAnswer> {
    const { transaction, beforeCommit, delivery } = taking;
    const { terminal, request } = delivery;
    const head = { epoch: request.epoch, seq: request.head.seq, hash: request.head.hash };
    const reading = readFacts(transaction, terminal, head.epoch);
    // While the database looks the terminal up, the first of what it sent is looked at here.
    delivery.inspection.begin();
    const facts = await reading;
    const taken = (await this.takeStraight(taking, { facts, head })) ?? (await this.takeAny(taking, { facts, head }));
    const { decisions, ledger } = taken;
    const { isHeadGenuine } = delivery.inspection;
    const batch: Batch = { ...delivery, isHeadGenuine, ...taken };
    const continuity = await followBranch(transaction, terminal, tipOf(head, decisions, ledger), {
      ...facts,
      starts: ledger.epochStarts,
      plain: !facts.isDoubtful && decisions.every(isPlain) ? ledger : null,
    });
    const next_epoch = needsNewEpoch(batch, continuity.contiguous_seq)
      ? await promiseEpoch(transaction, terminal, head)
      : null;
    beforeCommit(journal(transaction, { ...batch, progress: continuity.progress }));
    return this.answer(batch, continuity, { catalog_version: facts.catalog_version, next_epoch });
  }

  /**
   * Takes a batch that goes on where what is stored ends, as nearly all do: part by part, so that the database stores and
   * counts one while the next is looked at. Undefined where that is not so from the first part on.
   *
   * @throws Misjudged where only a later part shows that it is not so
   */
  private async takeStraight(taking: Taking, { facts, head }: Situation): Promise<Taken | undefined> {
    const { beforeCommit, delivery, isFirst } = taking;
    if (!isFirst || delivery.isSuspect || facts.isDoubtful) return undefined;
    const court = { ledger: endOfLedger(facts), head, last_seq: facts.last?.seq ?? 0 };
    if (head.seq < court.last_seq) return undefined;
    const counting = new Counting(this.countingOf(taking, facts));
    const decisions: Decision[] = [];
    for (const items of delivery.inspection.parts()) {
      const judged = this.judgeStraight(items, court);
      if (!judged) {
        if (decisions.length === 0) return undefined;
        throw new Misjudged('A part of the batch does not simply go on from what is stored.');
      }
      beforeCommit(this.store(taking, judged));
      counting.add(countedIn(judged));
      decisions.push(...judged);
    }
    await counting.finish();
    return { decisions, ledger: court.ledger, failed: [] };
  }

  /** Takes a batch whatever it holds. */
  private async takeAny(taking: Taking, situation: Situation): Promise<Taken> {
    const { transaction, beforeCommit, delivery, isCareful } = taking;
    const { terminal, receivedAt } = delivery;
    const { ledger, judgement } = await this.judgeBatch(taking, situation);
    const storing = this.store(taking, judgement.decisions);
    beforeCommit(storing);
    const decisions = isCareful ? await storing : judgement.decisions;
    await insertForks(transaction, terminal, decisions, receivedAt);
    await dropRefused(transaction, terminal, acceptedAfterAll(decisions, ledger));
    await updateRefused(transaction, terminal, { decisions, placements: judgement.placements }, receivedAt);
    const failed = await count(this.countingOf(taking, situation.facts), decisions);
    await storing;
    return { decisions, ledger, failed };
  }

  /**
   * Judges a batch by what is stored where it belongs. Where that does not make every event plainly new or plainly known,
   * or the batch did not go through before, it is judged by all that is kept.
   */
  private async judgeBatch(
    { transaction, delivery, isFirst }: Taking,
    { facts, head }: Situation,
  ): Promise<{ readonly ledger: Ledger; readonly judgement: Judgement }> {
    const { terminal, inspection } = delivery;
    const subject = { items: inspection.items, head };
    if (isFirst && !facts.isDoubtful) {
      const ledger = await openLedger(transaction, terminal, subject, facts);
      const judgement = this.judge(subject.items, { ledger, head });
      if (judgement.decisions.every(isPlain)) return { ledger, judgement };
    }
    const ledger = await loadLedger(transaction, terminal, subject, facts);
    return { ledger, judgement: this.judge(subject.items, { ledger, head }) };
  }

  /** Accepts a part that goes on where what is stored ends; undefined where not all of it is simply new. */
  private judgeStraight(
    items: readonly Inspected[],
    { last_seq, ...court }: Omit<Court, 'makeId'> & { readonly last_seq: number },
  ): readonly NewEvent[] | undefined {
    if (!goOn(items, court.head.epoch, last_seq)) return undefined;
    const fresh = this.judge(items, court).decisions.filter(isNew);
    return fresh.length === items.length ? fresh : undefined;
  }

  private judge(items: readonly Inspected[], court: Omit<Court, 'makeId'>): Judgement {
    return judge(items, { ...court, makeId: () => this.parts.ports.randomness.uuid() });
  }

  /** Stores what is new. Carefully, what cannot be stored is told from the rest and refused. */
  private async store(
    { transaction, delivery: { terminal, receivedAt }, isCareful }: Taking,
    decisions: readonly Decision[],
  ): Promise<readonly Decision[]> {
    const fresh = decisions.filter(isNew);
    const insert = async (events: readonly NewEvent[]): Promise<void> => {
      const stored = await insertEvents(transaction, terminal, events, { receivedAt, isCareful });
      if (stored !== events.length) throw new Misjudged('Another copy stored an event of this batch meanwhile.');
    };
    if (!isCareful) {
      await insert(fresh);
      return decisions;
    }
    const failures = await isolate(transaction, fresh, insert);
    const overtaken = failures.find(({ error }) => error instanceof Misjudged);
    if (overtaken) throw overtaken.error;
    const lost = new Set<Decision>(failures.map(({ item }) => item));
    return decisions.map((decision) =>
      decision.does === 'accept' && lost.has(decision) ? unstorable(decision) : decision,
    );
  }

  private countingOf({ transaction, beforeCommit, delivery, isCareful }: Taking, facts: TerminalFacts): CountingParts {
    const { terminal, receivedAt, isSuspect } = delivery;
    return {
      ...{ transaction, beforeCommit, terminal, receivedAt, marks: this.marks, version: this.version },
      readModels: facts.isRebuilding ? [...this.readModels, ...shadowModels] : this.readModels,
      unmergedCount: facts.unmergedCount,
      way: isSuspect ? 'alone' : isCareful ? 'carefully' : 'at once',
    };
  }

  private answer(
    batch: Batch,
    continuity: Continuity,
    { catalog_version, next_epoch }: { readonly catalog_version: number; readonly next_epoch: number | null },
  ): SyncAnswer {
    const { contiguous_seq, missing } = continuity;
    const { accepted, rejected } = verdictsOf(batch);
    if (rejected.length > 0) this.report(batch, rejected);
    return {
      accepted: [...accepted].map(([local_id, remote_id]) => ({ local_id, remote_id })),
      rejected: [...rejected],
      missing: missing.map(([from_seq, to_seq]) => [from_seq, to_seq]),
      contiguous_seq,
      catalog_version,
      ...(next_epoch === null ? {} : { new_epoch_required: true, next_epoch }),
      server_time: new Date(this.parts.ports.clock.wall()).toISOString(),
    };
  }

  private report({ terminal, request_id }: Batch, rejected: SyncAnswer['rejected']): void {
    const codes = Object.fromEntries(rejected.map(({ local_id, code }) => [local_id, code]));
    this.parts.log.warn({ request_id, terminal_id: terminal.terminal_id, rejected: codes }, 'events were not accepted');
  }
}

const isNew = (decision: Decision): decision is NewEvent => decision.does === 'accept';

/** New, or known and accepted before. */
const isPlain = ({ does }: Decision): boolean => does === 'accept' || does === 'repeat' || does === 'project';

const putOffProblem = (): Problem =>
  unavailable('Central cannot store anything at the moment. Nothing is lost; try again.');

const putOff = (cause: unknown): never => {
  throw isOutage(cause) ? putOffProblem() : cause;
};

const readRequest = (body: unknown, terminal: KnownTerminal): LooseRequest => {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = presentable(issue?.path.join('.') ?? '');
    throw new Problem(422, 'REQUEST_INVALID', `The request does not match its schema at “${where}”.`);
  }
  const { tenant_id, terminal_id, events } = parsed.data;
  if (tenant_id !== terminal.tenant_id || terminal_id !== terminal.terminal_id) {
    throw new Problem(403, 'TOKEN_OF_ANOTHER', 'This token belongs to another terminal.');
  }
  if (events.length > batchEventsMax) {
    throw new Problem(422, 'TOO_MANY_EVENTS', `A request carries at most ${String(batchEventsMax)} events.`);
  }
  return parsed.data;
};

const unstorable = ({ item }: NewEvent): Decision => ({
  does: 'refuse',
  item,
  rejection: rejectionOf('INVALID', 'It holds something that cannot be stored.'),
  position: { epoch: item.envelope.epoch, seq: item.envelope.seq },
});

/** The hashes of refused texts that are accepted now. */
const acceptedAfterAll = (decisions: readonly Decision[], ledger: Ledger): readonly string[] =>
  ledger.hasRefused
    ? decisions
        .filter(isPlain)
        .flatMap((decision) => ('item' in decision && decision.item.kind === 'genuine' ? [decision.item.hash] : []))
        .filter((hash) => ledger.refusedOf(hash)?.hash === hash)
    : [];
