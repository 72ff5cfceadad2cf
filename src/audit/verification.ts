import type { TillEvent } from '../domain/event.js';
import { checkEvent, type CheckedEvent } from '../events/chain.js';
import { type SignedHead, verifyHead } from '../events/signature.js';
import {
  anchorFaults,
  anchorName,
  compareTo,
  HeadsAhead,
  type Position,
  type WaitingHead,
  wrongCodes,
} from './anchors.js';
import { type BranchState, branchStart, clockRemarks, eventFaults, follow, partStart } from './branch.js';
import { branchFrom } from './checkpoint.js';
import type { Fault, ProblemList } from './finding.js';
import { UnjudgedCount } from './paper-faults.js';
import { rewind } from './rewind.js';
import { type Anchor, DamagedStore, type LogRow, type LostRange, type TerminalLog } from './source.js';

/** A stretch of a terminal's log without a break: the whole log, unless a restored terminal went on from an earlier event. */
export interface VerifiedBranch {
  readonly terminal_id: string;
  /** The epoch of its last event. */
  readonly epoch: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly head_hash: string;
  /** The last event that a signed head, a witness or an acknowledgement vouches for; 0 when there is none. */
  readonly anchored_to_seq: number;
}

/** Where a verification writes down what it finds. */
export interface Findings {
  readonly problems: ProblemList;
  /** What is strange about the clock, and no problem. */
  readonly clock: ProblemList;
}

/** What a verification may be told besides the log. */
export interface Trust {
  /** The key that the person trusts; null for the one that the source or the log names. */
  readonly key: string | null;
  /** What the person has on paper. */
  readonly printed: readonly Anchor[];
}

/** Checks the log of one terminal from its first event to its last, in memory that does not grow with it. */
export class LogVerification {
  private state: BranchState = branchStart;
  private branch: Open<VerifiedBranch> | undefined;
  private readonly finished: VerifiedBranch[] = [];
  private readonly heads: HeadsAhead;
  private readonly key: string | null;
  private unmet: readonly Anchor[];
  private keyMissing = false;
  /** How many events were read. */
  events = 0;
  /** What newer programs printed. */
  readonly unjudged: UnjudgedCount;

  /** @param onEvents is told how many more events were read, again and again */
  constructor(
    private readonly log: TerminalLog,
    { key, printed }: Trust,
    private readonly findings: Findings,
    private readonly onEvents: (count: number) => void,
  ) {
    this.heads = new HeadsAhead(log);
    this.unjudged = new UnjudgedCount(log.terminal_id);
    this.key = key;
    this.unmet = [...log.anchors, ...printed];
    if (log.before) this.state = partStart(log.before);
  }

  /** Reads the whole log. Never throws for what a log may hold. */
  async run(): Promise<readonly VerifiedBranch[]> {
    try {
      await this.nextHead();
      await this.startBehindArchive();
      for await (const rows of this.log.rows()) {
        await this.takeAll(rows);
        this.onEvents(rows.length);
      }
      this.checkWhatIsLost();
      await this.checkWhatIsMissing();
    } catch (cause) {
      if (!(cause instanceof DamagedStore)) throw cause;
      this.foundAt({ code: 'STORE_DAMAGED', detail: cause.message }, (this.state.head?.seq ?? 0) + 1);
    }
    return this.branch ? [...this.finished, this.branch] : this.finished;
  }

  /** Goes on behind what is archived: the file vouches for that, the hash that the store kept of its end links to it. */
  private async startBehindArchive(): Promise<void> {
    const { archived } = this.log;
    if (!archived) return;
    const { to_seq: seq, head_hash: hash, is_intact, checkpoint, file_name } = archived;
    this.state = { ...branchFrom(checkpoint), head: { epoch: 1, seq, hash }, text_hash: hash };
    const at = { seq, local_id: null };
    if (!is_intact) {
      const detail = `of the archived events 1 to ${String(seq)} not all are kept as they are in ${file_name}`;
      this.found({ code: 'HASH_WRONG', detail }, at);
    }
    await this.checkAnchors({ epoch: 1, hash, ...at });
  }

  private async takeAll(rows: readonly LogRow[]): Promise<void> {
    for (const row of rows) {
      const checked = checkEvent(row, this.state.head);
      const waiting = this.leavesBranch(row, checked) ? this.takeElsewhere(row) : this.take(row, checked);
      if (waiting) await waiting;
    }
  }

  private checkWhatIsLost(): void {
    for (const range of this.log.lost?.() ?? []) this.foundAt(unreadable(range), range.from_seq);
  }

  /** Only where an anchor has to be looked at there is something to wait for. */
  private take(row: LogRow, checked: CheckedEvent): Promise<void> | undefined {
    this.events += 1;
    const { epoch, local_id = null } = checked.envelope ?? row;
    const at = { seq: row.seq, local_id };
    this.checkPosition(row, checked, at);
    for (const fault of this.columnFaults(row, checked)) this.found(fault, at);
    if (checked.event) this.checkEvent(checked.event, at);
    this.state = follow(this.state, row, checked);
    const position = { epoch, hash: row.hash, ...at };
    this.extendBranch(position);
    const head = this.heads.next;
    const isAnchored = head !== undefined && compareTo(head, position) <= 0;
    return isAnchored || this.unmet.length > 0 ? this.checkAnchors(position) : undefined;
  }

  private checkEvent(event: TillEvent, at: Where): void {
    for (const fault of eventFaults(event, this.state)) this.found(fault, at);
    for (const remark of clockRemarks(event, this.state)) this.remark(remark, at);
    this.unjudged.add(event);
    if (event.type === 'TerminalStarted') this.checkKey(event, at);
  }

  private extendBranch({ epoch, seq, hash }: Position): void {
    const { branch } = this;
    if (branch) {
      branch.epoch = epoch;
      branch.last_seq = seq;
      branch.head_hash = hash;
      return;
    }
    const { terminal_id } = this.log;
    this.branch = { terminal_id, epoch, first_seq: seq, last_seq: seq, head_hash: hash, anchored_to_seq: 0 };
  }

  /** A new epoch may go on from an event that is not the last one: then everything continues from there. */
  private leavesBranch({ seq, epoch }: LogRow, { envelope }: CheckedEvent): boolean {
    const { head } = this.state;
    if (!head || epoch <= head.epoch || !envelope) return false;
    return envelope.prev_hash !== head.hash || seq !== head.seq + 1;
  }

  private async takeElsewhere(row: LogRow): Promise<void> {
    const prev_hash = checkEvent(row, null).envelope?.prev_hash ?? '';
    const state = await rewind(this.log, prev_hash);
    if (state) {
      this.state = state;
      if (this.branch) this.finished.push(this.branch);
      this.branch = undefined;
    }
    await this.take(row, checkEvent(row, this.state.head));
  }

  private checkPosition(row: LogRow, checked: CheckedEvent, at: Where): void {
    const expected = (this.state.head?.seq ?? 0) + 1;
    const last = row.seq - 1;
    if (row.seq > expected) {
      const range = last === expected ? `seq ${String(last)} is` : `seq ${String(expected)} to ${String(last)} are`;
      this.foundAt({ code: 'GAP', detail: `${range} missing`, expected, found: row.seq }, expected);
    }
    if (row.seq < expected) {
      const detail = `another event stands at seq ${String(row.seq)}`;
      this.found({ code: 'DUPLICATE', detail, expected, found: row.seq }, at);
    }
    for (const problem of checked.problems) {
      const { code } = problem;
      const said = code === 'GAP' ? row.seq !== expected : code === 'CHAIN_BROKEN' && this.linksToText(checked);
      if (!said) this.found(problem, at);
    }
  }

  /** The text before is the one that is named: only the hash that was kept beside it is wrong, and that was said. */
  private linksToText({ envelope }: CheckedEvent): boolean {
    return envelope?.prev_hash === this.state.text_hash;
  }

  private columnFaults(row: LogRow, { envelope }: CheckedEvent): readonly Fault[] {
    if (!envelope) return [];
    const faults: Fault[] = [];
    for (const name of columns) {
      const [found, expected] = [row[name], envelope[name]];
      if (found === undefined || found === expected) continue;
      const detail = `column ${name} says ${String(found)}, the event ${String(expected)}`;
      faults.push({ code: 'COLUMN_WRONG', detail, expected, found });
    }
    const { terminal_id: expected } = this.log;
    const { terminal_id: found } = envelope;
    if (found !== expected)
      faults.push({ code: 'TERMINAL_WRONG', detail: `it is of terminal ${found}`, expected, found });
    return faults;
  }

  private checkKey({ data }: TillEvent<'TerminalStarted'>, at: Where): void {
    const { public_key: found } = data;
    const expected = this.trustedKey();
    if (expected === null || expected === found) return;
    const detail = `the terminal names the key ${found}; the one known before is ${expected}`;
    this.found({ code: 'KEY_CHANGED', detail, expected, found }, at);
  }

  private trustedKey(): string | null {
    return this.key ?? this.log.public_key ?? this.state.public_key;
  }

  private async checkAnchors(at: Position): Promise<void> {
    for (let next = await this.nextHead(); next && compareTo(next.head, at) <= 0; next = await this.nextHead()) {
      this.heads.drop();
      if (compareTo(next.head, at) < 0) this.foundAt(headNotThere, next.head.seq);
      else await this.checkHead(next, at);
    }
    const here = this.unmet.filter((anchor) => compareTo(anchor, at) === 0);
    if (here.length === 0) return;
    for (const anchor of here) {
      if (anchor.signature !== null && this.trustedKey() === null) this.foundNoKey(anchor);
      const faults = anchorFaults(anchor, at, (head) => this.signed(head));
      for (const fault of faults) this.found(fault, at);
      if (faults.length === 0) this.anchorAt(at.seq);
    }
    this.unmet = this.unmet.filter((anchor) => !here.includes(anchor));
  }

  private nextHead(): Promise<WaitingHead | undefined> {
    return this.heads.peek(this.trustedKey());
  }

  private async checkHead({ head, isSigned }: WaitingHead, at: Position): Promise<void> {
    const key = this.trustedKey();
    if (key === null) {
      this.foundNoKey(head);
    } else if (!(await isSigned(key))) {
      const detail = "this head was not signed with the terminal's key";
      this.foundAt({ code: 'SIGNATURE_WRONG', detail }, head.seq);
    } else if (head.hash === at.hash) {
      this.anchorAt(at.seq);
      return;
    }
    if (head.hash === at.hash) return;
    const detail = `the terminal signed ${head.hash} for this event, the log has ${at.hash}`;
    this.found({ code: 'HEAD_WRONG', detail, expected: head.hash, found: at.hash }, at);
  }

  private signed(head: SignedHead): boolean {
    const key = this.trustedKey();
    return key !== null && verifyHead(this.log.terminal_id, head, key);
  }

  private foundNoKey({ seq }: { readonly seq: number }): void {
    const detail = 'no key is known to check the signatures with';
    if (!this.keyMissing) this.foundAt({ code: 'KEY_MISSING', detail }, seq);
    this.keyMissing = true;
  }

  private anchorAt(seq: number): void {
    if (this.branch) this.branch.anchored_to_seq = Math.max(this.branch.anchored_to_seq, seq);
  }

  /** What vouches for events that the log does not have. */
  private async checkWhatIsMissing(): Promise<void> {
    const last = this.state.head?.seq ?? 0;
    let newest: SignedHead | undefined;
    for (let next = await this.heads.peek(null); next; next = await this.heads.peek(null)) {
      this.heads.drop();
      newest = next.head;
    }
    if (newest && newest.seq > last) this.foundAt(truncated('a signed head', newest.seq, last), last + 1);
    else if (newest) this.foundAt(headNotThere, newest.seq);
    for (const anchor of this.unmet) {
      const { seq } = anchor;
      const detail = `${anchorName(anchor)} names an event that is not in the log`;
      if (seq > last) this.foundAt(truncated(anchorName(anchor), seq, last), last + 1);
      else this.foundAt({ code: wrongCodes[anchor.kind], detail }, seq);
    }
  }

  /** A finding at a position that no one event of the log has. */
  private foundAt(fault: Fault, seq: number): void {
    this.found(fault, { seq, local_id: null });
  }

  private found(fault: Fault, where: Where): void {
    this.findings.problems.add({ terminal_id: this.log.terminal_id, ...where, ...fault });
  }

  private remark(fault: Fault, where: Where): void {
    this.findings.clock.add({ terminal_id: this.log.terminal_id, ...where, ...fault });
  }
}

interface Where {
  readonly seq: number;
  readonly local_id: string | null;
}

type Open<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** What a store keeps beside the text. */
const columns = ['local_id', 'seq', 'epoch', 'type', 'session_id'] as const;

const headNotThere: Fault = { code: 'HEAD_WRONG', detail: 'a head was signed here that is not in the log' };

const unreadable = ({ from_seq, to_seq }: LostRange): Fault => {
  const what = from_seq === to_seq ? `event ${String(from_seq)}` : `events ${String(from_seq)} to ${String(to_seq)}`;
  return { code: 'STORE_DAMAGED', detail: `${what} cannot be read: the file is damaged there` };
};

const truncated = (what: string, expected: number, found: number): Fault => {
  const detail = `the log ends at seq ${String(found)}, ${what} vouches for seq ${String(expected)}`;
  return { code: 'LOG_TRUNCATED', detail, expected, found };
};
