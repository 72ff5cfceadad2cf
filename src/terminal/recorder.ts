import type { KeyObject } from 'node:crypto';
import { Subject } from 'rxjs';
import { CatalogTables } from '../catalog/catalog-tables.js';
import type { Seal } from '../catalog/seal.js';
import type { Decided, Head, TillEvent } from '../domain/event.js';
import { invariant } from '../domain/refusal.js';
import { remember, type TillMemory, type TillState } from '../domain/till.js';
import { openEnvelope } from '../events/envelope.js';
import { errorCode, isDiskFull } from '../events/error-code.js';
import { type Draft, EventLog, type Recorded } from '../events/log.js';
import { type UnplacedEvent, withPaperRecord } from '../events/paper.js';
import type { Sqlite } from '../events/sqlite.js';
import { PaperFacts } from './paper-facts.js';
import { type PaperRoutes, PrintQueue } from './print-queue.js';
import { PulseJournal } from './pulse-journal.js';
import { Outbox } from '../outbox/outbox.js';
import { terminalReadModels } from '../projections/read-models.js';
import { type SessionRow, sessions } from '../projections/sessions.js';
import { SqliteTable } from '../projections/sqlite-tables.js';
import type { Clock, Randomness } from '../ports.js';
import { ClockWatch } from './clock-watch.js';
import { type CommandMark, KnownCommands, markOf, type Repeatable } from './known-commands.js';
import { idsOfOneCommand } from './command-ids.js';
import { HeadWitness } from './head-witness.js';
import { CommitUnknown, DiskFull } from './recording-fault.js';
import { StockLevels } from './stock-levels.js';
import { type Records, recordsIn } from './records.js';
import { recall } from './till-memory.js';

/** The one message that is sent after a commit: wakes the queues. What they must do lies in the database. */
export class Commit {
  /** @param recorded the events of the commit, oldest first */
  constructor(readonly recorded: readonly Recorded[]) {}
}

/** Who the terminal is and belongs to, as its log says. */
export interface Identity {
  readonly terminal_id: string;
  readonly tenant_id: string | null;
  readonly store_id: string | null;
}

/** What a command needs besides its rule. */
export interface Request extends Repeatable {
  readonly staff_id: string | null;
  /** It starts an epoch, before which nothing more may be recorded: that would stand where another branch goes on. */
  readonly startsEpoch?: true;
}

/** What a rule may know when it decides: everything is loaded inside the transaction. */
export interface Situation {
  readonly state: TillState;
  readonly head: Head | null;
  readonly identity: Identity;
  readonly catalog: CatalogTables;
  readonly records: Records;
  /** How many events central has not acknowledged is counted only when a rule asks. */
  readonly outbox: Pick<Outbox, 'pendingCount'>;
  /** UTC, of all events of the commit. */
  readonly occurred_at: string;
  /** YYYY-MM-DD where the terminal stands. */
  readonly local_date: string;
  /** YYYY-MM-DD of the open session, whose prices hold past midnight; the local date where none is open. */
  readonly business_date: string;
  /** A fresh id, for an event that another one names. */
  readonly newId: () => string;
}

/** What follows from a command: its events, and what is answered once they are on the disk. */
export interface Decision<Answer> {
  readonly decided: readonly Decided[];
  answer(recorded: readonly Recorded[]): Answer;
  /** Changes reference data in the same transaction. */
  also?(): void;
}

/** What a recorder works with. */
export interface RecorderParts {
  readonly db: Sqlite;
  readonly identity: Identity;
  readonly privateKey: KeyObject;
  /** Hides the PINs of the catalog. */
  readonly seal: Seal;
  /** Path of the witness file. */
  readonly witness: string;
  /** Which papers are queued. */
  readonly routes: PaperRoutes;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** The newest epoch that anything outside the log knows of; a new one comes after it. It may grow. */
  readonly epochs: { readonly known: number };
  /** Called when a commit threw: it is unknown whether it happened, so the process must stop and look when it is back. */
  readonly onCommitUnknown: (fault: CommitUnknown) => void;
}

/** What an event of a command is given besides what was decided. */
interface Given extends Pick<Draft, 'local_id' | 'occurred_at' | 'staff_id'> {
  /** By what its command is known again; null for all but the first. */
  readonly command: Buffer | null;
}

/**
 * Records commands: load → decide → append → project → enqueue is one transaction, without an await in it.
 * The answer is given after the commit; everything else happens after that.
 */
export class Recorder {
  /** Emits after every commit that recorded something. */
  readonly commits$ = new Subject<Commit>();
  readonly log: EventLog;
  readonly outbox: Outbox;
  readonly catalog: CatalogTables;
  readonly records: Records;
  readonly stock: StockLevels;
  readonly prints: PrintQueue;
  readonly pulses: PulseJournal;
  readonly paperFacts: PaperFacts;
  private readonly readModels: ReadonlyMap<string, SqliteTable>;
  private readonly known: KnownCommands;
  /** Undefined until it is asked for. */
  private recalled: TillMemory | undefined;
  private who: Identity;
  private readonly heads: HeadWitness;
  private readonly clockWatch: ClockWatch;
  private readonly begin;
  private readonly commit;
  private broken: Error | undefined;

  /** @param parts the database must hold all tables of a terminal */
  constructor(private readonly parts: RecorderParts) {
    const { db } = parts;
    this.begin = db.prepare('BEGIN IMMEDIATE');
    this.commit = db.prepare('COMMIT');
    this.who = parts.identity;
    this.log = new EventLog(db);
    this.outbox = new Outbox(db);
    this.catalog = new CatalogTables(db, parts.seal);
    this.readModels = new Map(terminalReadModels.map((model) => [model.table, new SqliteTable(db, model)]));
    this.records = recordsIn(db, this.log);
    this.stock = new StockLevels(db, this.outbox, () => this.who);
    this.prints = new PrintQueue(db, parts.routes, this.records);
    this.pulses = new PulseJournal(db);
    this.paperFacts = new PaperFacts(db, this.log);
    this.known = new KnownCommands(db);
    this.heads = new HeadWitness(this.log, this.who.terminal_id, parts.privateKey, parts.witness);
    this.clockWatch = new ClockWatch(parts.clock);
  }

  /** Who the terminal is and belongs to. */
  get identity(): Identity {
    return this.who;
  }

  /** What the log says of the till at this moment. */
  get state(): TillState {
    const { memory } = this;
    const { session } = memory;
    if (session.status === 'closed') return { ...memory, session };
    const open = this.readModels.get(sessions.table)?.find(session.session_id) as SessionRow | undefined;
    invariant(open !== undefined, 'the open session has its totals');
    const { status, session_id, business_date } = session;
    return { ...memory, session: { status, session_id, business_date, report: open.report } };
  }

  private get memory(): TillMemory {
    this.recalled ??= recall(this.parts.db, this.log.head, this.who.terminal_id);
    return this.recalled;
  }

  /** The business date of the open session, YYYY-MM-DD; the local date where none is open. */
  get businessDate(): string {
    const { session } = this.state;
    return session.status === 'open' ? session.business_date : this.localDate();
  }

  /**
   * The first answer to a command that was recorded under this key, so that it is not recorded twice.
   * @throws KeyReused when the key was used for something else
   */
  answerTo(key: string, body: unknown): unknown {
    const command = { key, body };
    return this.known.answerTo(command, markOf(command));
  }

  /** Whether a command was recorded under this key, whatever it asked for. */
  hasRecorded(key: string): boolean {
    return this.known.has(key);
  }

  /** Records nothing any more: every further command throws `cause`. */
  halt(cause: Error): void {
    this.broken = cause;
  }

  /**
   * Decides and records one command. When it throws a Refusal or DiskFull, nothing was recorded.
   * @param repair puts right what the decision is going to read, in the same transaction
   * @throws Refusal, KeyReused, DiskFull, CommitUnknown
   */
  record<Answer>(request: Request, decide: (situation: Situation) => Decision<Answer>, repair?: () => void): Answer {
    if (this.broken) throw this.broken;
    const mark = markOf(request);
    const first = this.known.answerTo(request, mark);
    if (first !== undefined) return first as Answer;
    const { answer, recorded } = this.transact(() => {
      if (repair) {
        repair();
        this.reload();
      }
      return this.decideAndAppend(request, mark, decide);
    });
    this.afterCommit(recorded);
    return answer;
  }

  /**
   * Writes what belongs to no command, in a transaction of its own.
   * @throws DiskFull, CommitUnknown
   */
  writeAside(work: () => void): void {
    if (this.broken) throw this.broken;
    this.transact(work);
  }

  private decideAndAppend<Answer>(
    request: Request,
    mark: CommandMark | null,
    decide: (situation: Situation) => Decision<Answer>,
  ) {
    const occurred_at = new Date(this.parts.clock.wall()).toISOString();
    const jump = this.clockWatch.jump(occurred_at, () => this.lastOccurredAt());
    const newId = idsOfOneCommand(this.parts.randomness, mark?.beginning);
    const append = (decided: Decided, state: TillState, staff_id: string | null, command: Buffer | null): Recorded =>
      this.append(decided, state, { occurred_at, staff_id, local_id: decided.local_id ?? newId(), command });
    const before = request.startsEpoch ? [] : jump.map((decided) => append(decided, this.state, null, null));
    if (before.length > 0) this.project(before);
    const { state } = this;
    const decision = decide({
      state,
      head: this.log.head,
      identity: this.who,
      catalog: this.catalog,
      records: this.records,
      outbox: this.outbox,
      occurred_at,
      local_date: this.localDate(),
      business_date: state.session.status === 'open' ? state.session.business_date : this.localDate(),
      newId,
    });
    const own = decision.decided.map((decided, index) =>
      append(decided, state, request.staff_id, index === 0 ? (mark?.bytes ?? null) : null),
    );
    const after = request.startsEpoch ? jump.map((decided) => append(decided, state, null, null)) : [];
    decision.also?.();
    this.project([...own, ...after]);
    const recorded = [...before, ...own, ...after];
    this.heads.beforeCommit(recorded);
    const answer = decision.answer(own);
    this.known.keep(request, answer, own);
    return { answer, recorded };
  }

  private append(decided: Decided, state: TillState, { local_id, occurred_at, staff_id, command }: Given): Recorded {
    const { log, catalog, parts } = this;
    const { terminal_id, tenant_id, store_id } = this.identityFor(decided);
    const { session_id, business_date } = sessionFor(decided, state);
    const event = {
      local_id,
      tenant_id,
      store_id,
      terminal_id,
      epoch: this.epochFor(decided),
      session_id,
      business_date,
      occurred_at,
      utc_offset_minutes: parts.clock.utcOffsetMinutes(Date.parse(occurred_at)),
      staff_id,
      approved_by: decided.approved_by ?? null,
      catalog_version: decided.type === 'CatalogApplied' ? decided.data.catalog_version : catalog.version,
      type: decided.type,
      data: decided.data,
    } as UnplacedEvent;
    return log.append(
      withPaperRecord(event, () => this.paperFacts.at(log.head?.seq ?? 0, session_id)),
      command,
    );
  }

  private epochFor(decided: Decided): number {
    if (decided.type !== 'EpochStarted') return this.log.head?.epoch ?? 1;
    return Math.max(decided.data.previous.epoch, this.parts.epochs.known) + 1;
  }

  private localDate(): string {
    const wall = this.parts.clock.wall();
    return new Date(wall + this.parts.clock.utcOffsetMinutes(wall) * 60_000).toISOString().slice(0, 10);
  }

  private identityFor(decided: Decided): Identity {
    if (decided.type !== 'TerminalEnrolled') return this.who;
    const { tenant_id, store_id } = decided.data;
    return { ...this.who, tenant_id, store_id };
  }

  private project(recorded: readonly Recorded[]): void {
    const events: readonly TillEvent[] = recorded.map(({ event }) => event);
    const before = this.memory;
    for (const table of this.readModels.values()) table.apply(events);
    this.recalled = events.reduce(remember, before);
    this.prints.enqueue(events);
    if (this.parts.routes.hasPrinter) this.pulses.enqueue(events);
  }

  /** What the clock said when the newest event was recorded, in ms since 1970; 0 when there is none. */
  lastOccurredAt(): number {
    const [row] = this.log.read((this.log.head?.seq ?? 1) - 1, 1);
    return row ? Date.parse(openEnvelope(row.envelope).occurred_at) : 0;
  }

  private transact<Result>(work: () => Result): Result {
    const { db } = this.parts;
    let result: Result;
    try {
      this.begin.run();
      result = work();
    } catch (cause) {
      this.rollBack(cause);
      throw isDiskFull(cause) ? new DiskFull({ cause }) : cause;
    }
    try {
      this.commit.run();
      return result;
    } catch (cause) {
      if (isDiskFull(cause) && db.inTransaction) {
        this.rollBack(cause);
        throw new DiskFull({ cause });
      }
      throw this.commitUnknown(cause);
    }
  }

  private rollBack(cause: unknown): void {
    const { db } = this.parts;
    try {
      if (db.inTransaction) db.exec('ROLLBACK');
      this.reload();
    } catch (second) {
      throw this.commitUnknown(new AggregateError([cause, second], 'the rollback failed'));
    }
    if (isInputOutputError(cause)) throw this.commitUnknown(cause);
  }

  /** Forgets everything that is remembered of the database. */
  private reload(): void {
    this.log.reload();
    this.catalog.reload();
    for (const table of this.readModels.values()) table.reload();
    this.recalled = undefined;
  }

  private commitUnknown(cause: unknown): CommitUnknown {
    const fault = new CommitUnknown({ cause });
    this.halt(fault);
    this.parts.onCommitUnknown(fault);
    return fault;
  }

  private afterCommit(recorded: readonly Recorded[]): void {
    this.clockWatch.note();
    for (const { event } of recorded) {
      if (event.type === 'TerminalEnrolled') this.who = this.identityFor(event);
    }
    if (recorded.length === 0) return;
    this.heads.afterCommit(recorded);
    this.commits$.next(new Commit(recorded));
  }

  /** Signs the head of the log and keeps the signature. */
  signHead() {
    return this.heads.sign();
  }

  /** Writes the head witness beside the database. */
  witness(): void {
    this.heads.write();
  }

  /** Why the witness could not be written the last time; null when it could. */
  get witnessFault(): unknown {
    return this.heads.fault;
  }
}

const sessionFor = ({ session: opened }: Decided, { session }: TillState) => {
  const open = opened ?? (session.status === 'open' ? session : null);
  return { session_id: open?.session_id ?? null, business_date: open?.business_date ?? null };
};

const isInputOutputError = (cause: unknown): boolean =>
  errorCode(cause).startsWith('SQLITE_IOERR') && !isDiskFull(cause);
