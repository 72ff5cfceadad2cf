import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { patternNames } from '../src/audit/pattern-rules.js';
import { addAudit } from '../src/audit-commands.js';
import { type Certificate, signCertificate } from '../src/events/certificate.js';
import { newPrivateKey, publicKeyOf } from '../src/events/signature.js';
import { readText, type SealedEvent } from '../src/events/envelope.js';
import { sealedOf } from '../src/events/log.js';
import { type LogFixture, threeDays } from './audit/log-fixture.js';
import { temporaryFolder } from './temporary-folder.js';

const home = temporaryFolder();
const dir = join(home, 'till');
const companyKey = newPrivateKey();
const date = '2026-01-01';
let terminal: string;
let receipt: string;

beforeAll(() => {
  const till = threeDays(dir);
  terminal = till.terminal_id;
  const sale = till.events.find(({ type }) => type === 'SaleRecorded');
  receipt = sale?.type === 'SaleRecorded' ? sale.data.receipt_number : '';
  const signed = signCertificate(certificateOf(till), companyKey);
  writeFileSync(join(home, 'certificate.json'), JSON.stringify(signed));
  const certificate = { ...signed.certificate, events_count: 1 };
  writeFileSync(join(home, 'altered.json'), JSON.stringify({ ...signed, certificate }));
  const elsewhere = { ...signed.certificate, terminal_id: '00000000-0000-4000-8000-000000000000' };
  writeFileSync(join(home, 'elsewhere.json'), JSON.stringify(signCertificate(elsewhere, companyKey)));
  writeFileSync(join(home, 'none.json'), '{}');
  till.stop();
});
afterAll(() => rmSync(home, { recursive: true }));

/** What central would certify of the first day. */
const certificateOf = (till: LogFixture): Certificate => {
  const rows: readonly SealedEvent[] = till.log.read(0, 1000).map(sealedOf);
  const events = rows.map(({ event }) => readText(event));
  const [opened, closed] = (['SessionOpened', 'SessionClosed'] as const).map((type) =>
    events.find((event) => event.type === type && event.business_date === date),
  );
  if (!opened || closed?.type !== 'SessionClosed') throw new Error('nothing was sold');
  const [first_seq, last_seq] = [opened.seq, closed.seq];
  const stretch = { epoch: 1, first_seq, last_seq, events_count: last_seq - first_seq + 1 };
  const [prev_hash, head_hash] = [rows[first_seq - 2]?.hash ?? '', rows[last_seq - 1]?.hash ?? ''];
  const { z_number } = closed.data.z_report;
  return {
    ...{ format: 'tillog-certificate', version: 1, tenant_id: terminal, terminal_id: terminal, business_date: date },
    terminal_public_key: till.publicKey,
    stretches: [{ ...stretch, prev_hash, head_hash }],
    events_count: stretch.events_count,
    sessions: [
      {
        ...{ session_id: opened.session_id ?? '', training: false, z_number },
        opened: { epoch: 1, seq: first_seq },
        closed: { epoch: 1, seq: last_seq },
      },
    ],
    ...{ refused: [], disputed: [], issued_at: '2026-01-02T00:00:00.000Z' },
  };
};

/** Runs a command as it is typed; what is no right usage ends with 2, like everything that cannot be audited. */
const run = async (...typed: readonly string[]): Promise<{ code: unknown; said: string; complained: string }> => {
  const said = { said: '', complained: '' };
  const write = (text: string): void => void (said.said += text);
  const complain = (text: string): void => void (said.complained += text);
  const program = new Command('tillog').exitOverride().configureOutput({ writeOut: write, writeErr: complain });
  addAudit(program, { write, complain });
  const before = process.exitCode;
  try {
    await program.parseAsync(['node', 'tillog', 'audit', ...typed]);
    return { ...said, code: process.exitCode };
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause;
    return { ...said, code: 2 };
  } finally {
    process.exitCode = before;
  }
};

const at = (name: string): string => join(home, name);

/** Commands that are refused with 2, each with what is said to the person. */
type Refused = readonly [says: string, typed: () => readonly string[], complaint: string];

describe('tillog audit day', () => {
  it('writes the page and the tables that are asked for, and says where they are', async () => {
    const { code, said } = await run('day', dir, '--date', date, '--html', at('day.html'), '--csv', at('tables'));
    expect(code).toBe(0);
    expect(said).toContain(`The page is in ${at('day.html')}\n`);
    expect(said).toContain(`The tables are in ${at('tables')}`);
    expect(readFileSync(at('day.html'), 'utf8')).toContain(date);
    expect(readFileSync(join(at('tables'), 'transactions.csv'), 'utf8')).toContain(terminal);
    const again = await run('day', dir, '--csv', at('tables'));
    expect([again.code, again.complained]).toEqual([2, expect.stringContaining('is there already')]);
  });
});

describe('tillog audit patterns', () => {
  it('writes out every rule with its number, for people and for programs', async () => {
    const { code, said } = await run('patterns', dir, '--terminal', terminal, '--date', date);
    expect(code).toBe(0);
    for (const pattern of patternNames) expect(said).toContain(`\n${pattern}: `);
    expect(said).toContain('voided 120 seconds or more');
    const json = await run('patterns', dir, '--json', '--threshold', 'void_after_seconds=7', 'copies=5');
    const report = JSON.parse(json.said) as { rules: { rule: string }[]; thresholds: object };
    expect([json.code, report]).toMatchObject([0, { thresholds: { void_after_seconds: 7, copies: 5 } }]);
    expect(report.rules[0]?.rule).toContain('7 seconds');
  });

  it.each<Refused>([
    ['no source', () => [], 'missing required argument'],
    ['a source that is not there', () => [at('nowhere')], 'does not exist'],
    ['a source that is something else', () => [at('none.json')], 'is not a SQLite database'],
    ['an option that is none', () => [dir, '--rule', 'x'], 'unknown option'],
    ['a threshold of nothing', () => [dir, '--threshold', 'nothing=1'], '“nothing=1” sets no threshold'],
    ['a threshold that is no number', () => [dir, '--threshold', 'copies=many'], '“copies=many” sets no threshold'],
    ['a threshold below zero', () => [dir, '--threshold', 'copies=-1'], '“copies=-1” sets no threshold'],
    ['a threshold without a name', () => [dir, '--threshold', '5'], 'with one of void_after_seconds'],
    ['what is no date', () => [dir, '--date', '1.1.2026'], '“1.1.2026” is not a date'],
    ['a day that no calendar has', () => [dir, '--date', '2026-02-30'], 'is not a date'],
    ['another terminal', () => [dir, '--terminal', 'x'], 'holds no log of terminal x'],
  ])('is refused with %s', async (_says, typed, complaint) => {
    const { code, said, complained } = await run('patterns', ...typed());
    expect([code, said, complained]).toEqual([2, '', expect.stringContaining(complaint)]);
  });
});

describe('tillog audit certificate', () => {
  it('finds the log as it was certified, with the key of the company and without', async () => {
    const { code, said } = await run('certificate', at('certificate.json'), dir, '--key', publicKeyOf(companyKey));
    expect([code, said]).toEqual([0, expect.stringMatching(/events, all there and unchanged\.\n$/u)]);
    expect(said).not.toContain('compare it');
    const without = await run('certificate', at('certificate.json'), dir);
    expect([without.code, without.said]).toEqual([0, expect.stringContaining('compare it with one')]);
    const json = await run('certificate', at('certificate.json'), dir, '--json');
    expect(JSON.parse(json.said)).toMatchObject({ ok: true, is_key_given: null, problems: [] });
  });

  it.each<[string, () => readonly string[], string]>([
    ['that was changed', () => [at('altered.json'), dir], 'SIGNATURE_WRONG'],
    [
      'that somebody else signed',
      () => [at('certificate.json'), dir, '--key', publicKeyOf(newPrivateKey())],
      'SIGNATURE_WRONG',
    ],
  ])('ends with 1 for one %s', async (_says, typed, says) => {
    const { code, said } = await run('certificate', ...typed());
    expect([code, said]).toEqual([1, expect.stringContaining(says)]);
  });

  it.each<Refused>([
    ['nothing', () => [], 'missing required argument'],
    ['no source', () => [at('certificate.json')], 'missing required argument'],
    ['a file that is not there', () => [at('nowhere.json'), dir], 'cannot be read (ENOENT)'],
    ['a file that is no certificate', () => [at('none.json'), dir], 'is no certificate of central'],
    ['a folder', () => [home, dir], 'cannot be read (EISDIR)'],
    ['a source that is not there', () => [at('certificate.json'), at('nowhere')], 'does not exist'],
    ['a source without the terminal', () => [at('elsewhere.json'), dir], 'holds no log of terminal'],
    ['what is no key', () => [at('certificate.json'), dir, '--key', 'x'], 'is not an Ed25519 public key'],
  ])('is refused with %s', async (_says, typed, complaint) => {
    const { code, said, complained } = await run('certificate', ...typed());
    expect([code, said, complained]).toEqual([2, '', expect.stringContaining(complaint)]);
  });
});

describe('tillog audit receipt', () => {
  it('shows a receipt on the roll that is asked for, and writes it', async () => {
    const { code, said } = await run('receipt', dir, receipt, '--paper', '58mm', '--txt', at('receipt.txt'));
    expect([code, said]).toEqual([0, expect.stringContaining('As it was printed.')]);
    const written = readFileSync(at('receipt.txt'), 'utf8');
    expect(Math.max(...written.split('\n').map(({ length }) => length))).toBe(32);
    const json = await run('receipt', dir, receipt, '--json', '--terminal', terminal, '--epoch', '1');
    expect(JSON.parse(json.said)).toMatchObject({ receipt_number: receipt, is_as_printed: true });
  });

  it.each<Refused>([
    ['no number', () => [dir], 'missing required argument'],
    ['a number that nobody printed', () => [dir, '0000-000000'], 'holds no receipt 0000-000000'],
    ['what is no epoch', () => [dir, receipt, '--epoch', 'x'], 'holds no receipt'],
    ['a roll that nobody makes', () => [dir, receipt, '--paper', 'a4'], 'Allowed choices are'],
    ['a file that is there', () => [dir, receipt, '--png', at('none.json')], 'is there already'],
  ])('is refused with %s', async (_says, typed, complaint) => {
    const { code, said, complained } = await run('receipt', ...typed());
    expect([code, said, complained]).toEqual([2, '', expect.stringContaining(complaint)]);
  });
});
