import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runVerify } from '../../src/audit/program.js';
import type { LogRow, LogSource } from '../../src/audit/source.js';
import type { Head } from '../../src/domain/event.js';
import { sealedOf } from '../../src/events/log.js';
import type { SignedHead } from '../../src/events/signature.js';
import { LogFixture, tradeOn } from './log-fixture.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tillog-branches-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const rowsOf = (fixture: LogFixture): readonly LogRow[] =>
  fixture.log.read(0, 1000).map((row) => ({ ...sealedOf(row), seq: row.seq, epoch: row.epoch }));

const headOf = (fixture: LogFixture): Head => {
  const { head } = fixture.log;
  if (!head) throw new Error('nothing was recorded');
  return head;
};

/** What central holds of one terminal. */
const central = (
  fixture: LogFixture,
  held: { rows: readonly LogRow[]; forks?: readonly LogRow[]; heads?: readonly SignedHead[] },
): LogSource => {
  const log = {
    terminal_id: fixture.terminal_id,
    tenant_id: 'tenant',
    public_key: fixture.publicKey,
    anchors: [],
    async *rows() {
      for (let at = 0; at < held.rows.length; at += 7) yield held.rows.slice(at, at + 7);
    },
    forks: () => [held.forks ?? []],
    heads: () => [held.heads ?? []],
  };
  return {
    name: 'central',
    terminals: () => Promise.resolve([log]),
    defects: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
};

/** A terminal that traded for a day, was backed up, traded for another day, and was restored from the backup. */
const restored = () => {
  const first = new LogFixture(join(home, 'first')).start();
  tradeOn(first, '2026-01-01');
  const backup = join(home, 'backup.db');
  first.db.prepare('VACUUM INTO ?').run(backup);
  tradeOn(first, '2026-01-02');
  const again = first.restoredFrom(join(home, 'again'), backup);
  return { first, again };
};

describe('the log of a restored terminal at central', () => {
  it('is checked along both branches, numbers and totals included', async () => {
    const { first, again } = restored();
    again.append({ type: 'EpochStarted', data: { previous: headOf(again), reason: 'restored' } });
    tradeOn(again, '2026-01-02');
    const own = rowsOf(again).filter(({ epoch }) => epoch === 2);
    const heads = [...first.log.heads(), ...again.log.heads(17)];
    const { report } = await runVerify(central(first, { rows: [...rowsOf(first), ...own], heads }), {});
    expect(report.problems).toEqual([]);
    const { terminal_id } = first;
    expect(report).toMatchObject({
      events: 33 + 17,
      terminals: [
        { terminal_id, epoch: 1, first_seq: 1, last_seq: 33, anchored_to_seq: 33 },
        { terminal_id, epoch: 2, first_seq: 18, last_seq: 34, anchored_to_seq: 34 },
      ],
      unanchored: [],
    });
    first.stop();
    again.stop();
  });

  it('may go on from an event that central holds among the disputed ones', async () => {
    const { first, again } = restored();
    again.append({ type: 'TerminalStopped', data: { reason: 'evening' } });
    tradeOn(again, '2026-01-05');
    const forks = rowsOf(again).slice(17);
    again.append({ type: 'EpochStarted', data: { previous: headOf(again), reason: 'central disagrees' } });
    tradeOn(again, '2026-01-06');
    const own = rowsOf(again).filter(({ epoch }) => epoch === 2);
    const rows = [...rowsOf(first), ...own];
    const { report } = await runVerify(central(first, { rows, forks }), {});
    expect(report.problems).toEqual([]);
    expect(report.terminals).toMatchObject([
      { epoch: 1, first_seq: 1, last_seq: 33, anchored_to_seq: 0 },
      { epoch: 2, first_seq: 35, last_seq: 51 },
    ]);
    const without = await runVerify(central(first, { rows }), {});
    expect(without.report.problems.map(({ code, seq }) => `${code} ${String(seq)}`)).toEqual([
      'GAP 34',
      'CHAIN_BROKEN 35',
      'EPOCH_WRONG 35',
    ]);
    first.stop();
    again.stop();
  });

  it('shows a branch that counts its numbers from the other one', async () => {
    const { first, again } = restored();
    again.append({ type: 'EpochStarted', data: { previous: headOf(again), reason: 'restored' } });
    again.state = { ...first.state, epoch: 2 };
    tradeOn(again, '2026-01-03');
    const own = rowsOf(again).filter(({ epoch }) => epoch === 2);
    const { report } = await runVerify(central(first, { rows: [...rowsOf(first), ...own] }), {});
    expect(report.problems.map(({ code, seq }) => `${code} ${String(seq)}`)).toEqual([
      'RECEIPT_NUMBER_WRONG 20',
      'Z_NUMBER_WRONG 34',
      'PERPETUAL_WRONG 34',
    ]);
    first.stop();
    again.stop();
  });
});
