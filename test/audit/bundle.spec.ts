import { execFileSync } from 'node:child_process';
import { createPrivateKey, sign } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isBundle, openBundle } from '../../src/audit/bundle-source.js';
import { type DiffReport, diffSources } from '../../src/audit/diff.js';
import { exportBundle, type ExportReport } from '../../src/audit/export.js';
import { auditDiff, auditExport, auditVerify, runDay, runVerify } from '../../src/audit/program.js';
import { type LogSource, type Sealer, UnusableSource } from '../../src/audit/source.js';
import { openSource } from '../../src/audit/sqlite-file.js';
import { publicKeyOf } from '../../src/events/signature.js';
import { tamper, threeDays, tradeOn } from './log-fixture.js';
import { keyOf } from './steady-id.js';

let home: string;
let publicKey: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'tillog-bundle-'));
  const till = threeDays(path('till'));
  publicKey = till.publicKey;
  till.witness();
  till.stop();
  threeDays(path('other'), 'other terminal').stop();
});
afterAll(() => rmSync(home, { recursive: true }));

const path = (...names: readonly string[]): string => join(home, ...names);

let files = 0;
const newFile = (): string => path(`bundle-${String((files += 1))}.tillog`);

const sealer = (): Sealer => {
  const key = createPrivateKey(keyOf('terminal'));
  return { publicKey, sign: (text) => sign(null, Buffer.from(text), key).toString('base64') };
};

const using = async <Result>(source: LogSource, work: (source: LogSource) => Promise<Result>): Promise<Result> => {
  try {
    return await work(source);
  } finally {
    await source.close();
  }
};

const exported = (from = path('till'), seal: Sealer | null = sealer()): Promise<ExportReport> =>
  using(openSource(from, home), (source) => exportBundle(source, newFile(), seal));

/** Both terminals in one source, as central holds them. */
const both = (): LogSource => {
  const sources = [openSource(path('till'), home), openSource(path('other'), home)];
  return {
    name: 'both',
    terminals: async () => (await Promise.all(sources.map((one) => one.terminals()))).flat(),
    defects: () => Promise.resolve([]),
    close: async () => {
      await Promise.all(sources.map((one) => one.close()));
    },
  };
};

describe('an exported bundle', () => {
  it('verifies, and gives the days, as the log that it was made from', async () => {
    const { file, events } = await exported();
    expect(events).toBe(53);
    const log = await using(openSource(path('till'), home), (source) => runVerify(source, {}));
    const bundle = await using(openBundle(file), (source) => runVerify(source, {}));
    expect(log.report).toMatchObject({ ok: true, events: 53, sealed_by: null });
    expect(bundle).toEqual({ exitCode: 0, report: { ...log.report, sealed_by: publicKey } });
    const days = await using(openSource(path('till'), home), (source) => runDay(source, {}));
    expect(await using(openBundle(file), (source) => runDay(source, {}))).toEqual(days);
  });

  it('holds several terminals, each with its own log', async () => {
    const { file, terminals } = await using(both(), (source) => exportBundle(source, newFile(), null));
    expect(terminals.map(({ events }) => events.lines)).toEqual([53, 53]);
    const expected = await using(both(), (source) => runVerify(source, {}));
    expect(await using(openBundle(file), (source) => runVerify(source, {}))).toEqual(expected);
  });

  it('is the same, byte by byte, whenever it is made', async () => {
    const [one, two] = [await exported(), await exported()];
    expect(readFileSync(one.file).equals(readFileSync(two.file))).toBe(true);
    expect(one.manifest_sha256).toBe(two.manifest_sha256);
    expect(isBundle(one.file)).toBe(true);
    expect(isBundle(path('till', 'tillog.db'))).toBe(false);
  });

  it('is unpacked by tar, with every event on a line of its own', async () => {
    const { file } = await exported();
    const folder = path('unpacked');
    mkdirSync(folder);
    execFileSync('tar', ['-xf', file, '-C', folder]);
    const lines = readFileSync(join(folder, 'events.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(53);
    expect(lines[0]).toMatch(/^\{"seq":1,"epoch":1,"event":".+","hash":"[0-9a-f]{64}"\}$/u);
    expect(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))).toMatchObject({
      terminals: [{ epochs: [{ epoch: 1, first_seq: 1, last_seq: 53 }], anchors: [{ kind: 'witness', seq: 53 }] }],
    });
  });

  it('says when nobody sealed it', async () => {
    const { file, sealed_by } = await exported(path('till'), null);
    expect(sealed_by).toBeNull();
    const { report } = await using(openBundle(file), (source) => runVerify(source, {}));
    expect(report).toMatchObject({ ok: true, sealed_by: null });
  });

  it('carries what is wrong with a log as it is', async () => {
    const dir = path('spoiled');
    mkdirSync(dir);
    copyFileSync(path('till', 'tillog.db'), join(dir, 'tillog.db'));
    tamper(join(dir, 'tillog.db'), (db) => {
      db.prepare("UPDATE events SET envelope = replace(envelope, 'Product COFFEE', 'Product TEA') WHERE seq = 3").run();
      db.prepare('DELETE FROM events WHERE seq = 9').run();
      db.prepare("UPDATE events SET envelope = 'no JSON ' || char(8232) || char(10) || x'ff' WHERE seq = 20").run();
    });
    const problems = async (source: LogSource) =>
      (await using(source, (opened) => runVerify(opened, {}))).report.problems
        .filter(({ code }) => code !== 'GUARD_MISSING')
        .map(({ seq, code }) => `${String(seq)} ${code}`);
    const found = await problems(openSource(dir, home));
    expect(found.length).toBeGreaterThan(3);
    expect(await problems(openBundle((await exported(dir)).file))).toEqual(found);
  });
});

describe('a bundle that is not what was written', () => {
  /** What comes of verifying these bytes: the codes found, or the sentence for a person. */
  const verdict = async (bytes: Buffer): Promise<readonly string[] | string> => {
    const file = newFile();
    writeFileSync(file, bytes);
    try {
      const { report } = await using(openBundle(file), (source) => runVerify(source, {}));
      return report.problems.map(({ code }) => code);
    } catch (cause) {
      if (cause instanceof UnusableSource) return cause.message;
      throw cause;
    } finally {
      rmSync(file);
    }
  };

  /** Whether the file alone gives it away, before any event is looked at. */
  const isAltered = async (bytes: Buffer): Promise<boolean> => {
    const file = path('changed.tillog');
    writeFileSync(file, bytes);
    try {
      return (await using(openBundle(file), (source) => source.defects())).length > 0;
    } catch (cause) {
      if (cause instanceof UnusableSource) return true;
      throw cause;
    }
  };

  it('is noticed whichever byte was changed', async () => {
    const whole = readFileSync((await exported()).file);
    expect(await verdict(whole)).toEqual([]);
    const unnoticed: number[] = [];
    // Every header, the manifest, the signature and the end, and every 97th byte of the events.
    const quiet = whole.indexOf('forks.jsonl');
    const tried = Array.from(whole.keys()).filter((at) => at < 512 || at % 97 === 0 || (at >= quiet && at % 3 === 0));
    for (const at of tried) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      if (!(await isAltered(bytes))) unnoticed.push(at);
    }
    expect(tried.length).toBeGreaterThan(1000);
    expect(unnoticed).toEqual([]);
  });

  it('is noticed wherever it was cut off, and when something stands behind it', async () => {
    const whole = readFileSync((await exported()).file);
    for (const length of [0, 1, 511, 512, 10_000, whole.length - 1024, whole.length - 1]) {
      expect(await verdict(whole.subarray(0, length))).toMatch(/not a whole bundle/u);
    }
    expect(await verdict(Buffer.concat([whole, Buffer.alloc(512)]))).toMatch(/behind its last member/u);
  });

  it('is noticed when everything but the signature was made anew', async () => {
    const sealed = readFileSync((await exported()).file);
    const other = readFileSync((await exported(path('other'), null)).file);
    const at = (bytes: Buffer): number => bytes.lastIndexOf('signature.json');
    const forged = Buffer.concat([other.subarray(0, at(other)), sealed.subarray(at(sealed))]);
    expect(await verdict(forged)).toEqual(['BUNDLE_ALTERED']);
  });
});

describe('the commands', () => {
  const output = (json = false) => {
    const said = { written: '', complained: '' };
    const write = (text: string): void => void (said.written += text);
    const complain = (text: string): void => void (said.complained += text);
    return { said, output: { write, complain, json } };
  };
  const open = (name: string) => () =>
    Object.assign(openSource(path(name), home), { sealerOf: () => Promise.resolve(sealer()) });

  it('export writes a file that only its owner reads, and never over another', async () => {
    const file = newFile();
    const { said, output: to } = output();
    expect(await auditExport(open('till'), { file, range: {} }, to)).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(said.written).toContain('epoch 1, events 1 to 53');
    expect(said.written).toContain(`Sealed with the key ${publicKey}`);
    const before = readFileSync(file);
    const again = output();
    expect(await auditExport(open('till'), { file, range: {} }, again.output)).toBe(2);
    expect(again.said.written).toBe('');
    expect(again.said.complained).toContain('is there already');
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('export says when there is no such folder', async () => {
    const { said, output: to } = output();
    expect(await auditExport(open('till'), { file: path('nowhere', 'x.tillog'), range: {} }, to)).toBe(2);
    expect(said.complained).toContain('cannot be written (ENOENT)');
  });

  it('verify reads a bundle', async () => {
    const { file } = await exported();
    const { said, output: to } = output();
    expect(await auditVerify(() => openBundle(file), {}, to)).toBe(0);
    expect(said.written).toContain(`Sealed with the key ${publicKey}`);
    expect(said.written).toContain('53 events, no problem found.');
  });

  it.each<[string, () => Promise<ExportReport>, string, number, string]>([
    ['of the one that was given', exported, 'terminal', 0, 'no problem found'],
    ['of another', exported, 'somebody else', 1, 'SEAL_WRONG the source is sealed with'],
    ['of nobody', () => exported(path('till'), null), 'terminal', 1, 'SEAL_WRONG nobody sealed the source'],
  ])('verify asks for a certain seal, and finds that it is %s', async (...row) => {
    const [, made, wanted, code, says] = row;
    const { file } = await made();
    const { said, output: to } = output();
    const sealedBy = publicKeyOf(keyOf(wanted));
    expect(await auditVerify(() => openBundle(file), { sealedBy }, to)).toBe(code);
    expect(said.written).toContain(says);
  });

  it('verify says when what must have sealed a source is no key', async () => {
    const { file } = await exported();
    const { said, output: to } = output();
    expect(await auditVerify(() => openBundle(file), { sealedBy: 'no key' }, to)).toBe(2);
    expect(said.complained).toContain('is not an Ed25519 public key');
  });

  it('diff finds nothing between a log and its bundle, and says so', async () => {
    const { file } = await exported();
    const { said, output: to } = output();
    expect(await auditDiff(open('till'), () => openBundle(file), to)).toBe(0);
    expect(said.written).toBe('The same 53 events.\n');
  });

  it('diff names what only one of the two has', async () => {
    const { file } = await exported();
    const longer = threeDays(path('longer'));
    tradeOn(longer, '2026-01-04');
    longer.stop();
    const { said, output: to } = output(true);
    expect(await auditDiff(open('longer'), () => openBundle(file), to)).toBe(1);
    const report = JSON.parse(said.written) as DiffReport;
    expect(report).toMatchObject({
      same: false,
      terminals: [{ only_in_source: [{ epoch: 1, from_seq: 54 }], only_in_other: [], different: [] }],
    });
    const back = await using(openBundle(file), (source) =>
      using(openSource(path('longer'), home), (other) => diffSources(source, other)),
    );
    expect(back.terminals[0]).toMatchObject({ only_in_source: [], only_in_other: [{ from_seq: 54 }] });
  });

  it('diff names the positions that hold different events', async () => {
    const { file } = await exported();
    const dir = path('changed');
    mkdirSync(dir);
    copyFileSync(path('till', 'tillog.db'), join(dir, 'tillog.db'));
    const hash = 'f'.repeat(64);
    tamper(join(dir, 'tillog.db'), (db) => db.prepare('UPDATE events SET hash = ? WHERE seq IN (7, 8)').run(hash));
    const { said, output: to } = output();
    expect(await auditDiff(open('changed'), () => openBundle(file), to)).toBe(1);
    expect(said.written.match(/event \d+: another event/gu)).toEqual([
      'event 7: another event',
      'event 8: another event',
    ]);
  });

  it('diff says that a terminal is missing whole', async () => {
    const { report, exitCode } = await using(openSource(path('till'), home), (source) =>
      using(openSource(path('other'), home), async (other) => {
        const difference = await diffSources(source, other);
        return { report: difference, exitCode: difference.same ? 0 : 1 };
      }),
    );
    expect(exitCode).toBe(1);
    expect(report.terminals).toMatchObject([{ only_in_source: [{ epoch: 1, from_seq: 1, to_seq: 53 }] }]);
  });
});
