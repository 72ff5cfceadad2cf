import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Subscription } from 'rxjs';
import {
  type FailedPrint,
  PrintFault,
  type Printer,
  type PrinterStatus,
  type TakenPrint,
} from '../../src/hardware/printer.js';
import { ReprintReceipt, ReprintReceiptHandler } from '../../src/terminal/commands/reprint-receipt.js';
import { VoidSale, VoidSaleHandler } from '../../src/terminal/commands/void-sale.js';
import { receiptsDestination } from '../../src/terminal/print-queue.js';
import { printQueued } from '../../src/terminal/printing.js';
import { RecordedPapers } from '../../src/terminal/recorded-papers.js';
import { testPrinter } from '../hardware/printers.js';
import { settled } from '../outbox/scripted-central.js';
import { temporaryFolder } from '../temporary-folder.js';
import { SqliteFault } from './failing-database.js';
import { byManager, coffeeSale, contentOf, Shop } from './shop.js';

/** A printer that keeps its papers, or does what it is told instead. */
class ScriptedPrinter implements Printer {
  readonly name = 'scripted';
  readonly papers: string[] = [];
  takes: TakenPrint = 'sent';
  /** What goes wrong with the next jobs, one after the other. */
  readonly faults: (FailedPrint | 'never answers')[] = [];

  open(): Promise<void> {
    return Promise.resolve();
  }

  status(): Promise<PrinterStatus> {
    return Promise.resolve({ answers: true, troubles: [] });
  }

  async print(parts: readonly Uint8Array[], begins: () => void): Promise<TakenPrint> {
    const fault = this.faults.shift();
    if (fault !== 'nothing_sent') begins();
    if (fault === 'never answers') return new Promise(() => undefined);
    if (fault !== undefined) return Promise.reject(new PrintFault(fault, 'Its cover is open.'));
    this.papers.push(Buffer.concat(parts).toString('latin1'));
    return Promise.resolve(this.takes);
  }
}

describe('the papers of a till', () => {
  let shop: Shop;
  let printer: ScriptedPrinter;
  let printing: Subscription | undefined;
  let stopping = new AbortController();
  const warned: string[] = [];
  const unexpected: unknown[] = [];

  const startTill = (): void => {
    shop.open({ hasPrinter: true });
    shop.terminal.start();
  };
  const crash = (): void => {
    stopPrinting();
    shop.terminal.close();
    startTill();
  };
  const print = (on: Printer = printer, error = (cause: unknown): unknown => unexpected.push(cause)): void => {
    const { recorder, terminal, clock } = shop;
    const warn = (_: object, message: string): void => void warned.push(message);
    const log = { info: () => undefined, warn, error: () => undefined };
    const papers = new RecordedPapers(terminal);
    const layoutOf = (seq: number) => papers.layout(seq, 'en');
    stopping = new AbortController();
    printing = printQueued({
      ...{ recorder, layoutOf, printer: on, paper: '80mm', clock, log, retryMs: 1_000_000 },
      ...{ destination: receiptsDestination, stopping: stopping.signal },
    }).subscribe({ error });
  };
  const stopPrinting = (): void => {
    printing?.unsubscribe();
    printing = undefined;
  };
  const states = (): unknown[] => shop.terminal.db.prepare('SELECT state FROM print_jobs ORDER BY seq').pluck().all();
  const until = async (holds: () => boolean): Promise<void> => {
    for (let attempt = 0; attempt < 100 && !holds(); attempt += 1) await settled();
    expect(holds()).toBe(true);
  };
  const recovered = () => shop.events.filter(({ type }) => type === 'TerminalRecovered').at(-1)?.data;

  beforeEach(async () => {
    shop = new Shop();
    shop.terminal.close();
    printer = new ScriptedPrinter();
    startTill();
    await shop.commands.applyCatalog();
    await shop.commands.openSession('open');
  });
  afterEach(() => {
    stopPrinting();
    warned.length = 0;
    expect(unexpected).toEqual([]);
    shop.remove();
  });

  it('are printed after the commit, each once, in their order', async () => {
    print();
    const first = await shop.commands.sell('first');
    const second = await shop.commands.sell('second');
    await until(() => printer.papers.length === 2);
    expect(printer.papers[0]).toContain(first.receipt_number);
    expect(printer.papers[1]).toContain(second.receipt_number);
    expect(printer.papers[0]?.startsWith('\u001b@')).toBe(true);
    expect(states()).toEqual(['sent', 'sent']);
    expect(shop.recorder.prints.open(10)).toEqual([]);
  });

  it('are those of sales, voids, duplicates and Z reports, and show what was so at that moment', async () => {
    const { recorder } = shop;
    const sold = await shop.commands.sell('sold');
    await new ReprintReceiptHandler(recorder).execute(
      new ReprintReceipt('copy', { receipt_local_id: sold.local_id }, byManager),
    );
    await new VoidSaleHandler(recorder).execute(
      new VoidSale('void', { sale_local_id: sold.local_id, reason: 'wrong table' }, byManager),
    );
    await shop.commands.closeSession('close');
    print();
    await until(() => printer.papers.length === 4);
    const [sale, copy, voided, z] = printer.papers;
    expect(sale).not.toMatch(/VOID|DUPLICATE/u);
    expect(copy).toContain('DUPLICATE 1');
    expect(copy).not.toContain('VOID');
    expect(voided).toContain('VOID - THE MONEY WAS GIVEN BACK');
    expect(z).toContain('Z REPORT 1');
  });

  it('are confirmed by a printer that says that all is well', async () => {
    printer.takes = 'confirmed';
    print();
    await shop.commands.sell('sale');
    await until(() => states().includes('confirmed'));
    expect(shop.recorder.prints.open(10)).toEqual([]);
  });

  it('are not begun any more once the till stops, and the one under way is ended', async () => {
    let release = (): void => undefined;
    const busy = new Promise<void>((resolve) => (release = resolve));
    const { print: now } = printer;
    printer.print = (parts, begins) => {
      begins();
      return busy.then(() => now.call(printer, parts, () => undefined));
    };
    let ended = false;
    print();
    printing?.add(() => (ended = true));
    await shop.commands.sell('under way');
    await shop.commands.sell('waits');
    await until(() => states().includes('sending'));
    stopping.abort();
    release();
    await until(() => ended);
    expect(states()).toEqual(['sent', 'queued']);
  });

  it('are queued with what they are the paper of, or not at all', async () => {
    const before = contentOf(shop.terminal.db);
    await expect(shop.commands.sell('refused', { ...coffeeSale, tenders: [] })).rejects.toThrow();
    expect(contentOf(shop.terminal.db)).toEqual(before);
    expect(states()).toEqual([]);
  });

  it('are none where there is no printer', async () => {
    shop.terminal.close();
    shop.open();
    shop.terminal.start();
    await shop.commands.sell('sale');
    expect(states()).toEqual([]);
  });

  it('wait for a printer that takes nothing, and then come in their order', async () => {
    printer.faults.push('nothing_sent');
    print();
    await shop.commands.sell('first');
    await until(() => printer.faults.length === 0);
    expect(shop.recorder.prints.open(10)).toMatchObject([{ state: 'queued', problem: 'Its cover is open.' }]);
    await shop.commands.sell('second');
    await until(() => printer.papers.length === 2);
    expect(states()).toEqual(['sent', 'sent']);
  });

  it('are not printed twice when nobody knows how much of one is on paper', async () => {
    printer.faults.push('unknown');
    print();
    await shop.commands.sell('torn');
    await shop.commands.sell('next');
    await until(() => printer.papers.length === 1);
    expect(states()).toEqual(['unknown', 'sent']);
  });

  it('keep nobody from selling while the printer never answers', async () => {
    printer.faults.push('never answers');
    print();
    for (let index = 0; index < 5; index += 1) await shop.commands.sell(`sale-${String(index)}`);
    expect(shop.recorder.state.receipts).toBe(5);
    expect(states()).toEqual(['sending', 'queued', 'queued', 'queued', 'queued']);
  });

  it('are given up after a quarter of an hour, when nobody stands there any more', async () => {
    await shop.commands.sell('old');
    shop.clock.pass(16 * 60_000);
    await shop.commands.sell('new');
    print();
    await until(() => printer.papers.length === 1);
    expect(states()).toEqual(['expired', 'sent']);
    expect(shop.recorder.prints.open(10)).toMatchObject([
      { state: 'expired', problem: expect.stringMatching(/Print it again/u) as string },
    ]);
  });

  it('that no font can draw are given up, and the others come', async () => {
    const lines = [{ code: 'coffee', discount: { kind: 'amount', amount_minor: 1, reason: '😀' } }] as const;
    await shop.commands.sell('drawn', { lines, tenders: coffeeSale.tenders });
    await shop.commands.sell('plain');
    print();
    await until(() => printer.papers.length === 1);
    expect(states()).toEqual(['failed', 'sent']);
  });

  it('are on the file of a printer, whole', async () => {
    const devices = temporaryFolder();
    const path = join(devices, 'lp0');
    const sold = await shop.commands.sell('sale');
    print(testPrinter(`file:${path}`));
    await until(() => states().includes('sent'));
    expect(readFileSync(path, 'latin1')).toContain(sold.receipt_number);
    rmSync(devices, { recursive: true });
  });

  it('wait for a printer whose file is not there', async () => {
    await shop.commands.sell('sale');
    print(testPrinter(`file:${join(shop.folder, 'nowhere', 'lp0')}`));
    await until(() => shop.recorder.prints.open(1)[0]?.problem !== null);
    expect(shop.recorder.prints.open(1)).toMatchObject([
      { state: 'queued', problem: expect.stringMatching(/check its cable/u) as string },
    ]);
  });

  it('wait while the disk is full, and the till goes on', async () => {
    await shop.commands.sell('sale');
    const { prints } = shop.recorder;
    const { mark } = prints;
    prints.mark = () => {
      throw new SqliteFault('SQLITE_FULL');
    };
    print();
    await until(() => warned.length === 1);
    expect([printer.papers, states()]).toEqual([[], ['queued']]);
    prints.mark = mark.bind(prints);
    await shop.commands.sell('with space again');
    await until(() => printer.papers.length === 2);
    expect(states()).toEqual(['sent', 'sent']);
  });

  it('are not printed again when the disk was full at the moment after', async () => {
    await shop.commands.sell('sale');
    const { prints } = shop.recorder;
    const { mark } = prints;
    prints.mark = (seq, state, ...more) => {
      if (state === 'sent') throw new SqliteFault('SQLITE_FULL');
      mark.call(prints, seq, state, ...more);
    };
    print();
    await until(() => warned.length === 1);
    prints.mark = mark.bind(prints);
    await shop.commands.sell('next');
    await until(() => printer.papers.length === 2);
    expect(states()).toEqual(['unknown', 'sent']);
  });

  it('end the till when the disk itself is broken', async () => {
    await shop.commands.sell('sale');
    shop.recorder.prints.mark = () => {
      throw new SqliteFault('SQLITE_IOERR_FSYNC');
    };
    const broken: unknown[] = [];
    print(printer, (cause) => broken.push(cause));
    await until(() => broken.length === 1);
    expect(printer.papers).toEqual([]);
  });

  describe('after a power cut', () => {
    it.each([
      ['printed', async () => until(() => printer.papers.length === 1)],
      ['unknown', async () => until(() => states().includes('sending'))],
      ['not_printed', async () => until(() => printer.faults.length === 0)],
    ] as const)('the till says of the last receipt: %s', async (says, moment) => {
      if (says === 'unknown') printer.faults.push('never answers');
      if (says === 'not_printed') printer.faults.push('nothing_sent');
      print();
      const { receipt_number } = await shop.commands.sell('last');
      await moment();
      crash();
      expect(recovered()).toMatchObject({ last_receipt_number: receipt_number, last_receipt_printed: says });
    });

    it('what was under way is not printed by itself, and what waited is', async () => {
      printer.faults.push('never answers');
      print();
      await shop.commands.sell('torn');
      await shop.commands.sell('waiting');
      await until(() => states().includes('sending'));
      crash();
      print();
      await until(() => printer.papers.length === 1);
      expect(states()).toEqual(['unknown', 'sent']);
    });

    it('a till without a printer says that there was none', async () => {
      shop.terminal.close();
      shop.open();
      shop.terminal.start();
      await shop.commands.sell('sale');
      shop.terminal.close();
      shop.open();
      shop.terminal.start();
      expect(recovered()).toMatchObject({ last_receipt_printed: null });
    });
  });
});
