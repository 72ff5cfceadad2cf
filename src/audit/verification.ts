import { checkEvent, type CheckedEvent } from '../events/chain.js';
import type { SignedHead } from '../events/signature.js';
import { anchorFaults, anchorName, compareTo, HeadKey, Peekable, type Position } from './anchors.js';
import { type BranchState, branchStart, eventFaults, follow } from './branch.js';
import { branchFrom } from './checkpoint.js';
import type { Fault, ProblemCode, ProblemList } from './finding.js';
import { UnjudgedCount } from './paper-faults.js';
import { rewind } from './rewind.js';
import { type Anchor, DamagedStore, type LogRow, type TerminalLog } from './source.js';

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

/** Checks the log of one terminal from its first event to its last, in memory that does not grow with it. */
export class LogVerification {
  private state: BranchState = branchStart;
  private branch: VerifiedBranch | undefined;
  private readonly finished: VerifiedBranch[] = [];
  private readonly heads: Peekable<SignedHead>;
  private readonly headKey: HeadKey;
  private unmet: readonly Anchor[];
  private keyMissing = false;
  /** How many events were read. */
  events = 0;
  /** What newer programs printed. */
  readonly unjudged: UnjudgedCount;

  /** @param key the key that the person trusts; null for the one that the source or the log names */
  constructor(
    private readonly log: TerminalLog,
    private readonly key: string | null,
    private readonly problems: ProblemList,
  ) {
    this.heads = new Peekable(log.heads());
    this.headKey = new HeadKey(log.terminal_id);
    this.unjudged = new UnjudgedCount(log.terminal_id);
    this.unmet = log.anchors;
  }

  /** Reads the whole log. Never throws for what a log may hold. */
  async run(): Promise<readonly VerifiedBranch[]> {
    try {
      await this.startBehindArchive();
      for await (const rows of this.log.rows()) {
        for (const row of rows) await this.take(row);
      }
      await this.checkWhatIsMissing();
    } catch (cause) {
      if (!(cause instanceof DamagedStore)) throw cause;
      this.found('STORE_DAMAGED', cause.message, { seq: (this.state.head?.seq ?? 0) + 1, local_id: null });
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
      this.found('HASH_WRONG', detail, at);
    }
    await this.checkAnchors({ epoch: 1, hash, ...at });
  }

  private async take(row: LogRow): Promise<void> {
    this.events += 1;
    await this.startBranch(row);
    const before = this.state;
    const checked = checkEvent(row, before.head);
    const at = { seq: row.seq, local_id: checked.envelope?.local_id ?? row.local_id ?? null };
    this.checkPosition(row, checked, at);
    const said = checked.event ? eventFaults(checked.event, before) : [];
    for (const { code, detail } of [...this.columnFaults(row, checked), ...said]) this.found(code, detail, at);
    if (checked.event) this.unjudged.add(checked.event);
    this.checkKey(checked, at);
    this.state = follow(before, row, checked);
    const position = { epoch: this.state.head?.epoch ?? row.epoch, hash: row.hash, ...at };
    this.extendBranch(position);
    await this.checkAnchors(position);
  }

  private extendBranch({ epoch, seq, hash }: Position): void {
    const { first_seq, anchored_to_seq } = this.branch ?? { first_seq: seq, anchored_to_seq: 0 };
    const { terminal_id } = this.log;
    this.branch = { terminal_id, epoch, first_seq, last_seq: seq, head_hash: hash, anchored_to_seq };
  }

  /** A new epoch may go on from an event that is not the last one: then everything continues from there. */
  private async startBranch(row: LogRow): Promise<void> {
    const { head } = this.state;
    if (!head || row.epoch <= head.epoch) return;
    const { envelope } = checkEvent(row, head);
    if (!envelope || (envelope.prev_hash === head.hash && row.seq === head.seq + 1)) return;
    const state = await rewind(this.log, envelope.prev_hash);
    if (!state) return;
    this.state = state;
    if (this.branch) this.finished.push(this.branch);
    this.branch = undefined;
  }

  private checkPosition(row: LogRow, checked: CheckedEvent, at: Where): void {
    const expected = (this.state.head?.seq ?? 0) + 1;
    const last = row.seq - 1;
    if (row.seq > expected) {
      const range = last === expected ? `seq ${String(last)} is` : `seq ${String(expected)} to ${String(last)} are`;
      this.found('GAP', `${range} missing`, { seq: expected, local_id: null });
    }
    if (row.seq < expected) this.found('DUPLICATE', `another event stands at seq ${String(row.seq)}`, at);
    for (const { code, detail } of checked.problems) {
      const said = code === 'GAP' ? row.seq !== expected : code === 'CHAIN_BROKEN' && this.linksToText(checked);
      if (!said) this.found(code, detail, at);
    }
  }

  /** The text before is the one that is named: only the hash that was kept beside it is wrong, and that was said. */
  private linksToText({ envelope }: CheckedEvent): boolean {
    return envelope?.prev_hash === this.state.text_hash;
  }

  private columnFaults(row: LogRow, { envelope }: CheckedEvent): readonly Fault[] {
    if (!envelope) return [];
    const { terminal_id } = this.log;
    const { local_id, seq, epoch, type, session_id } = row;
    const columns = Object.entries({ local_id, seq, epoch, type, session_id }).filter(
      ([name, value]) => value !== undefined && value !== envelope[name as keyof typeof envelope],
    );
    const other = envelope.terminal_id !== terminal_id;
    return [
      ...columns.map(([name, value]): Fault => {
        const said = String(envelope[name as keyof typeof envelope]);
        return { code: 'COLUMN_WRONG', detail: `column ${name} says ${String(value)}, the event ${said}` };
      }),
      ...(other ? [{ code: 'TERMINAL_WRONG' as const, detail: `it is of terminal ${envelope.terminal_id}` }] : []),
    ];
  }

  private checkKey({ event }: CheckedEvent, at: Where): void {
    if (event?.type !== 'TerminalStarted') return;
    const { public_key } = event.data;
    const known = this.trustedKey();
    if (known === null || known === public_key) return;
    this.found('KEY_CHANGED', `the terminal names the key ${public_key}; the one known before is ${known}`, at);
  }

  private trustedKey(): string | null {
    return this.key ?? this.log.public_key ?? this.state.public_key;
  }

  private async checkAnchors(at: Position): Promise<void> {
    for (let head = await this.heads.peek(); head && compareTo(head, at) <= 0; head = await this.heads.peek()) {
      this.heads.drop();
      if (compareTo(head, at) < 0) this.foundHead('HEAD_WRONG', 'a head was signed here that is not in the log', head);
      else this.checkHead(head, at);
    }
    if (!this.unmet.some((anchor) => compareTo(anchor, at) === 0)) return;
    for (const anchor of this.unmet.filter((candidate) => compareTo(candidate, at) === 0)) {
      if (anchor.signature !== null && this.trustedKey() === null) this.foundNoKey(anchor);
      const faults = anchorFaults(anchor, at, (head) => this.signed(head));
      for (const { code, detail } of faults) this.found(code, detail, at);
      if (faults.length === 0) this.anchorAt(at.seq);
    }
    this.unmet = this.unmet.filter((anchor) => compareTo(anchor, at) !== 0);
  }

  private checkHead(head: SignedHead, at: Position): void {
    if (this.trustedKey() === null) {
      this.foundNoKey(head);
    } else if (!this.signed(head)) {
      this.foundHead('SIGNATURE_WRONG', "this head was not signed with the terminal's key", head);
    } else if (head.hash === at.hash) {
      this.anchorAt(at.seq);
      return;
    }
    if (head.hash === at.hash) return;
    this.found('HEAD_WRONG', `the terminal signed ${head.hash} for this event, the log has ${at.hash}`, at);
  }

  private signed(head: SignedHead): boolean {
    const key = this.trustedKey();
    return key !== null && this.headKey.signed(head, key);
  }

  private foundNoKey(at: { readonly seq: number }): void {
    if (!this.keyMissing) this.foundHead('KEY_MISSING', 'no key is known to check the signatures with', at);
    this.keyMissing = true;
  }

  private anchorAt(seq: number): void {
    if (this.branch) this.branch = { ...this.branch, anchored_to_seq: Math.max(this.branch.anchored_to_seq, seq) };
  }

  /** What vouches for events that the log does not have. */
  private async checkWhatIsMissing(): Promise<void> {
    const last = this.state.head?.seq ?? 0;
    const truncated = (what: string, seq: number): void =>
      this.found('LOG_TRUNCATED', `the log ends at seq ${String(last)}, ${what} vouches for seq ${String(seq)}`, {
        seq: last + 1,
        local_id: null,
      });
    let newest: SignedHead | undefined;
    for (let head = await this.heads.peek(); head; head = await this.heads.peek()) {
      this.heads.drop();
      newest = head;
    }
    if (newest && newest.seq > last) truncated('a signed head', newest.seq);
    else if (newest) this.foundHead('HEAD_WRONG', 'a head was signed here that is not in the log', newest);
    for (const anchor of this.unmet) {
      const code = anchor.kind === 'witness' ? 'WITNESS_WRONG' : 'ACKNOWLEDGEMENT_WRONG';
      if (anchor.seq > last) truncated(anchorName(anchor), anchor.seq);
      else this.foundHead(code, `${anchorName(anchor)} names an event that is not in the log`, anchor);
    }
  }

  private foundHead(code: ProblemCode, detail: string, { seq }: { readonly seq: number }): void {
    this.found(code, detail, { seq, local_id: null });
  }

  private found(code: ProblemCode, detail: string, { seq, local_id }: Where): void {
    this.problems.add({ terminal_id: this.log.terminal_id, seq, local_id, code, detail });
  }
}

type Where = { readonly seq: number; readonly local_id: string | null };
