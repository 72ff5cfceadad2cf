import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBundle } from '../../src/audit/bundle-source.js';
import { exportBundle } from '../../src/audit/export.js';
import { auditReceipt } from '../../src/audit/program.js';
import { partOf } from '../../src/audit/range.js';
import type { ReceiptOptions, ReceiptReport } from '../../src/audit/receipt.js';
import type { ReceiptFiles } from '../../src/audit/receipt-files.js';
import type { LogSource } from '../../src/audit/source.js';
import { openSource } from '../../src/audit/sqlite-file.js';
import { receiptRenderer } from '../../src/receipt-renderer.js';
import { coffee, forge, LogFixture, tamper } from './log-fixture.js';

let home: string;
let fixture: LogFixture;
let recorded: LogFixture['events'];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tillog-receipt-'));
  fixture = new LogFixture(join(home, 'till')).start();
  const versions = { catalog_version: 1, previous_version: 0, checksum: 'a'.repeat(64) };
  const apply = (shop_name: string): unknown =>
    fixture.append({
      type: 'CatalogApplied',
      data: { ...versions, currency: 'USD', products: 1, paper: { shop_name } },
    });
  apply('مخبز البيت');
  fixture.open('2026-01-01');
  fixture.sale([coffee], [{ method: 'cash', amount_minor: 500 }]);
  fixture.sale([coffee], [{ method: 'cash', amount_minor: 500 }]);
  fixture.voidLast();
  apply('Another name');
  fixture.close([{ currency: 'USD', amount_minor: 10_450 }]);
});
afterEach(() => rmSync(home, { recursive: true }));

const stop = (): void => {
  recorded = fixture.events;
  fixture.stop();
};
const sales = () => recorded.filter(({ type }) => type === 'SaleRecorded');
const numberOf = (at: number): string => {
  const sale = sales()[at];
  return sale?.type === 'SaleRecorded' ? sale.data.receipt_number : '';
};
const seqOf = (at: number): number => sales()[at]?.seq ?? 0;

/** What the command says of a receipt, and how it ends. */
const asked = async (
  options: ReceiptOptions,
  files: ReceiptFiles = {},
  source: LogSource = openSource(fixture.dir),
) => {
  const out: string[] = [];
  const write = (text: string): void => void out.push(text);
  const output = { write, complain: write, json: false };
  const render = receiptRenderer('80mm');
  return { exitCode: await auditReceipt(() => source, options, output, { ...files, render }), text: out.join('') };
};
const report = async (options: ReceiptOptions): Promise<ReceiptReport> => {
  const out: string[] = [];
  const output = { write: (text: string) => void out.push(text), complain: () => undefined, json: true };
  await auditReceipt(() => openSource(fixture.dir), options, output, { render: receiptRenderer('80mm') });
  return JSON.parse(out.join('')) as ReceiptReport;
};

describe('a receipt that the auditor makes again', () => {
  it('has the head of its own moment, and is said to be what was printed', async () => {
    stop();
    const { exitCode, text } = await asked({ number: numberOf(0) });
    expect(exitCode).toBe(0);
    expect(text).toMatch(new RegExp(`^Receipt ${numberOf(0)}: a sale, event ${String(seqOf(0))} in epoch 1`, 'u'));
    expect(text).toContain('مخبز البيت');
    expect(text).not.toContain('Another name');
    expect(text).toMatch(/As it was printed\.\n$/u);
    expect(await report({ number: numberOf(0) })).toMatchObject({
      ...{ seq: seqOf(0), type: 'SaleRecorded', renderer: 1, is_as_printed: true, is_event_whole: true },
      ...{ voids: [], reprints: [] },
    });
  });

  it('names the void and the reprints of its number, and shows the paper of the void when it is asked for', async () => {
    recorded = fixture.events;
    const [, sale] = sales();
    const copy = { receipt_local_id: sale?.local_id ?? '', receipt_number: numberOf(1), copy_no: 1, reason: null };
    fixture.append({ type: 'ReceiptReprinted', data: { ...copy, staff_name: null, approver_name: null } });
    const voided = fixture.events.find(({ type }) => type === 'SaleVoided')?.seq;
    stop();
    const { text } = await asked({ number: numberOf(1) });
    expect(text).toContain(`voided by event ${String(voided)}`);
    expect(text).toContain('printed again as copy 1');
    expect(text).not.toContain('VOID');
    const paper = await asked({ number: numberOf(1), isVoid: true });
    expect([paper.exitCode, paper.text]).toEqual([0, expect.stringContaining('VOID')]);
    expect(await asked({ number: numberOf(0), isVoid: true })).toMatchObject({
      exitCode: 2,
      text: expect.stringContaining('no void of receipt') as string,
    });
  });

  it('is written to files, each whole, and over none that is there', async () => {
    stop();
    const [txt, png, escpos] = ['txt', 'png', 'escpos'].map((kind) => join(home, `receipt.${kind}`));
    const files = { txt, png, escpos };
    const { exitCode, text } = await asked({ number: numberOf(0) }, files);
    expect(exitCode).toBe(0);
    for (const path of [txt, png, escpos]) expect(text).toContain(`Written to ${String(path)}`);
    expect(text).toContain(readFileSync(txt ?? '', 'utf8'));
    expect(
      readFileSync(png ?? '')
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    expect(readFileSync(escpos ?? '').subarray(0, 2)).toEqual(Buffer.from([0x1b, 0x40]));
    writeFileSync(txt ?? '', 'mine');
    const again = await asked({ number: numberOf(0) }, { txt });
    expect(again).toMatchObject({ exitCode: 2, text: expect.stringContaining('is there already') as string });
    expect(readFileSync(txt ?? '', 'utf8')).toBe('mine');
    expect((await asked({ number: numberOf(0) }, { txt, replace: true })).exitCode).toBe(0);
    const nowhere = await asked({ number: numberOf(0) }, { png: join(home, 'none', 'x.png') });
    expect(nowhere).toMatchObject({ exitCode: 2, text: expect.stringContaining('ENOENT') as string });
  });

  it.each<[string, () => ReceiptOptions, string]>([
    [
      'a number that nobody printed',
      () => ({ number: '3F2A-999999' }),
      'holds no receipt 3F2A-999999. Give the number',
    ],
    ['nothing', () => ({ number: '' }), 'holds no receipt'],
    ['another epoch', () => ({ number: numberOf(0), epoch: 2 }), 'holds no receipt'],
    ['what is no epoch', () => ({ number: numberOf(0), epoch: NaN }), 'holds no receipt'],
    ['another terminal', () => ({ number: numberOf(0), terminal: 'x' }), 'holds no log of terminal x'],
  ])('is not there for %s', async (_says, options, says) => {
    stop();
    const files = { txt: join(home, 'never') };
    expect(await asked(options(), files)).toMatchObject({ exitCode: 2, text: expect.stringContaining(says) as string });
    expect(existsSync(files.txt)).toBe(false);
  });

  it('of which a newer program printed another document is not judged', async () => {
    stop();
    const paper = { renderer: 7, document_hash: 'b'.repeat(64) };
    forge(fixture.path, seqOf(0), ({ data }) => Object.assign(data, { paper }), 'kept');
    expect(await asked({ number: numberOf(0) })).toMatchObject({
      exitCode: 2,
      text: expect.stringContaining('version 7 of the renderer') as string,
    });
  });

  it('is found out when the event or what was printed was changed', async () => {
    stop();
    const number = numberOf(0);
    forge(fixture.path, seqOf(0), ({ data }) => Object.assign(data, { total_minor: 1 }), 'kept');
    expect(await asked({ number })).toMatchObject({
      exitCode: 1,
      text: expect.stringContaining('NOT as it was printed: the log makes another document') as string,
    });
    tamper(fixture.path, (db) => db.prepare("UPDATE events SET hash = 'x' WHERE seq = ?").run(seqOf(0)));
    expect((await asked({ number })).text).toContain('NOT as it was printed: the event was changed');
    tamper(fixture.path, (db) => {
      const text = 'UPDATE events SET envelope = replace(envelope, \'"staff_id"\', \'"staff"\') WHERE seq = ?';
      db.prepare(text).run(seqOf(0));
    });
    expect(await asked({ number })).toMatchObject({
      exitCode: 2,
      text: expect.stringContaining(`cannot be read: event ${String(seqOf(0))}`) as string,
    });
  });

  it('in a part of a log that does not tell the name of the shop is not judged', async () => {
    stop();
    const file = join(home, 'part.tillog');
    const source = openSource(fixture.dir);
    await exportBundle(partOf(source, { fromSeq: seqOf(0) }), file, null);
    await source.close();
    const { exitCode, text } = await asked({ number: numberOf(0) }, {}, openBundle(file));
    expect([exitCode, text]).toEqual([1, expect.stringContaining('does not tell what the shop was called')]);
  });
});

describe('a receipt number that stands several times', () => {
  const renumber = (log: LogFixture, seq: number): void =>
    forge(log.path, seq, ({ data }) => Object.assign(data, { receipt_number: numberOf(0) }));

  it('in several terminals is refused with their places, until one is named', async () => {
    stop();
    const other = new LogFixture(join(home, 'other'), 'other').start();
    other.open('2026-01-01');
    other.sale([coffee], [{ method: 'cash', amount_minor: 500 }]);
    const seq = other.events.find(({ type }) => type === 'SaleRecorded')?.seq ?? 0;
    other.stop();
    renumber(other, seq);
    const both = (): LogSource => {
      const sources = [openSource(fixture.dir), openSource(other.dir)];
      return {
        name: 'both',
        terminals: async () => (await Promise.all(sources.map((one) => one.terminals()))).flat(),
        defects: () => Promise.resolve([]),
        close: async () => {
          await Promise.all(sources.map((one) => one.close()));
        },
      };
    };
    const { exitCode, text } = await asked({ number: numberOf(0) }, {}, both());
    expect(exitCode).toBe(2);
    expect(text).toContain('stands 2 times in both');
    for (const { terminal_id } of [fixture, other]) expect(text).toContain(`of terminal ${terminal_id}`);
    const one = await asked({ number: numberOf(0), terminal: other.terminal_id }, {}, both());
    expect([one.exitCode, one.text]).toEqual([0, expect.stringContaining(other.terminal_id)]);
  });

  it('in two epochs, or twice in one, is refused with their places, until one is named', async () => {
    const previous = fixture.log.head;
    if (!previous) throw new Error('nothing was recorded');
    fixture.append({ type: 'EpochStarted', data: { previous, reason: 'restore' } });
    fixture.open('2026-01-02');
    fixture.sale([coffee], [{ method: 'cash', amount_minor: 500 }]);
    stop();
    renumber(fixture, seqOf(2));
    const number = numberOf(0);
    expect((await asked({ number })).text).toMatch(/stands 2 times .*in epoch 1 .*in epoch 2 .*--epoch/u);
    expect(await report({ number, epoch: 2 })).toMatchObject({ epoch: 2, seq: seqOf(2) });
    renumber(fixture, seqOf(1));
    expect((await asked({ number, epoch: 1 })).text).toMatch(/stands 2 times .*--seq/u);
    expect(await report({ number, seq: seqOf(1) })).toMatchObject({ epoch: 1, seq: seqOf(1), is_as_printed: true });
  });
});
