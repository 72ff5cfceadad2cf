import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { openBundle } from '../../src/audit/bundle-source.js';
import { exportBundle } from '../../src/audit/export.js';
import { runVerify } from '../../src/audit/program.js';
import type { LogSource } from '../../src/audit/source.js';
import { openSource } from '../../src/audit/sqlite-file.js';
import { verifyMembers } from '../../docs/verifier.mjs';
import { sealerWith } from '../../src/audit-source.js';
import { newPrivateKey, publicKeyOf } from '../../src/events/signature.js';
import { inBrowser, onPage } from '../browser.js';
import { keyOf } from '../audit/steady-id.js';
import { coffee, forge, LogFixture, tradeOn } from '../audit/log-fixture.js';
import { SpoiledLog } from '../audit/spoiled-log.js';

const pagePath = 'docs/verify.html';
const names = ['events.jsonl', 'forks.jsonl', 'heads.jsonl', 'manifest.json', 'signature.json'];
const log = new SpoiledLog();

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'tillog-verifier-'));
});
afterAll(() => rmSync(home, { recursive: true }));

/** Exports a log and has both verifiers look at the bundle. */
const bothOn = async (dir: string) => {
  const folder = mkdtempSync(join(home, 'bundle-'));
  const file = join(folder, 'bundle.tillog');
  const using = async <Result>(source: LogSource, work: (source: LogSource) => Promise<Result>): Promise<Result> => {
    try {
      return await work(source);
    } finally {
      await source.close();
    }
  };
  await using(openSource(dir), (source) => exportBundle(source, file, null));
  const { report } = await using(openBundle(file), (source) => runVerify(source, {}));
  execFileSync('tar', ['-xf', file, '-C', folder]);
  const members = Object.fromEntries(names.map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]));
  return { report, second: await verifyMembers(members) };
};

const firstSeq = (findings: readonly { readonly seq?: number | null | undefined }[]): number =>
  Math.min(...findings.map(({ seq }) => seq ?? Infinity));

describe('the second verifier, written from the documents alone', () => {
  it('is short enough to be read', () => {
    const code = readFileSync('docs/verifier.mjs', 'utf8').replaceAll(/^\s*(\/\/.*|\/\*\*.*|\*.*)?\n/gmu, '');
    expect(code.split('\n').length).toBeLessThan(200);
    expect(code).not.toMatch(/\bimport\b|require\(/u);
  });

  it('finds an untouched log whole', async () => {
    const { report, second } = await bothOn(log.dir);
    expect(report).toMatchObject({ ok: true, events: 53 });
    expect(second).toEqual({ ok: true, events: 53, sealed: null, keys: [log.made.publicKey], findings: [] });
  });

  it('follows a restored terminal into its new epoch', async () => {
    const dir = join(home, 'restored');
    const before = new LogFixture(join(home, 'before'), 'restored').start();
    tradeOn(before, '2026-01-01');
    before.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const after = before.restoredFrom(dir, before.path);
    const previous = after.log.head;
    if (!previous) throw new Error('nothing was recorded');
    after.append({ type: 'EpochStarted', data: { previous, reason: 'restore' } });
    tradeOn(after, '2026-01-02');
    for (const fixture of [before, after]) fixture.stop();
    const { report, second } = await bothOn(dir);
    expect(report).toMatchObject({ ok: true });
    expect(second).toMatchObject({ ok: true, findings: [] });
  });

  it.each<[string, string, object]>([
    ['a receipt number that was left out', 'SaleRecorded', { receipt_index: 2 }],
    ['a Z with more sales', 'SessionClosed', { gross_minor: 1 }],
    ['a Z with another number', 'SessionClosed', { z_number: 2 }],
    ['a Z with less tax', 'SessionClosed', { tax_minor: 0 }],
    ['a Z with an empty drawer', 'SessionClosed', { expected: [] }],
    ['totals that jump', 'SessionClosed', { perpetual: { turnover_minor: 1, absolute_minor: 1 } }],
  ])('agrees with the auditor on %s, although the terminal signed it', async (_says, type, changes) => {
    const db = new Database(log.path);
    const { seq } = db.prepare('SELECT min(seq) AS seq FROM events WHERE type = ?').get(type) as { seq: number };
    db.close();
    forge(log.path, seq, ({ data }) => Object.assign(data.z_report ?? data, changes));
    log.made.signAgain(log.path);
    const { report, second } = await bothOn(log.dir);
    expect({ ok: second.ok, first: firstSeq(second.findings) }).toEqual({ ok: false, first: seq });
    expect({ ok: report.ok, first: firstSeq(report.problems) }).toEqual({ ok: false, first: seq });
  });

  it('finds sales that were taken off the end', async () => {
    log.sql('DELETE FROM events WHERE seq > 50');
    const { report, second } = await bothOn(log.dir);
    expect([report.ok, second.ok]).toEqual([false, false]);
    expect(second.findings.map(({ detail }) => detail)).toContain(
      'what was signed or witnessed here is not in the log',
    );
  });
});

describe('the page that verifies a bundle', () => {
  it('holds the second verifier as it stands beside it', () => {
    const page = readFileSync(pagePath, 'utf8');
    const verifier = readFileSync('docs/verifier.mjs', 'utf8').replaceAll(/^export /gmu, '');
    const inlined = page.replace(/\/\/@verifier\n[\s\S]*?\/\/@end/u, () => `//@verifier\n${verifier}      //@end`);
    if (process.env['WRITE_DOCS'] !== undefined) writeFileSync(pagePath, inlined);
    expect(readFileSync(pagePath, 'utf8')).toBe(inlined);
  });

  const url = pathToFileURL(pagePath).href;

  const bundleOf = async (dir: string, name: string, pem?: string): Promise<string> => {
    const file = join(home, name);
    const source = openSource(dir);
    await exportBundle(source, file, pem === undefined ? null : sealerWith(pem));
    await source.close();
    return file;
  };

  inBrowser('turns green for a whole bundle and red for a changed one, and asks the network for nothing', async () => {
    const whole = await bundleOf(log.dir, 'whole.tillog');
    const changed = join(home, 'changed.tillog');
    const bytes = readFileSync(whole);
    const at = bytes.indexOf('Product COFFEE');
    bytes[at] = 'p'.charCodeAt(0);
    writeFileSync(changed, bytes);
    const pictures = process.env['PICTURES'];
    await onPage(url, async (page, { asked, errors }) => {
      for (const [file, state, says] of [
        [whole, 'good', 'Whole: 53 events of whole.tillog'],
        [changed, 'bad', 'Not whole: changed.tillog was changed, first at event 3.'],
        [log.path, 'bad', 'Not whole: this is no whole bundle'],
      ] as const) {
        await page.setInputFiles('#file', file);
        await page.waitForSelector(`body.${state}`);
        await page.locator('#verdict').filter({ hasText: says }).waitFor();
        if (pictures !== undefined)
          await page.screenshot({ path: join(pictures, `verify-${state}.png`), fullPage: true });
      }
      expect(await page.textContent('#more')).toBe('');
      expect(asked).toEqual([url]);
      expect(errors).toEqual([]);
    });
  });

  inBrowser('says who sealed a bundle, and asks to compare a key that is no till’s in it', async () => {
    const [till, company] = [keyOf(log.made.name), newPrivateKey()];
    await onPage(url, async (page) => {
      for (const [name, pem, says] of [
        ['none.tillog', undefined, 'Not sealed as a whole'],
        ['till.tillog', till, `Sealed by the till itself, with the key ${publicKeyOf(till)}`],
        [
          'company.tillog',
          company,
          `Sealed with the key ${publicKeyOf(company)}. It is no till’s in this bundle: compare it`,
        ],
      ] as const) {
        await page.setInputFiles('#file', await bundleOf(log.dir, name, pem));
        await page.locator('#more small').filter({ hasText: says }).waitFor();
        expect(await page.getAttribute('body', 'class')).toBe('good');
      }
    });
  });

  inBrowser('names the event that was changed', async () => {
    log.sql(`UPDATE events SET envelope = replace(envelope, '"${coffee.name}"', '"Tea"') WHERE seq = 3`);
    const file = await bundleOf(log.dir, 'tea.tillog');
    await onPage(url, async (page) => {
      await page.setInputFiles('#file', file);
      await page.waitForSelector('body.bad td');
      expect(await page.textContent('td')).toBe('3');
    });
  });
});
