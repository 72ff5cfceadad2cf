import { lastValueFrom } from 'rxjs';
import { paperLayout } from '../../src/hardware/paper-layout.js';
import type { Printer } from '../../src/hardware/printer.js';
import { ReprintReceipt, ReprintReceiptHandler } from '../../src/terminal/commands/reprint-receipt.js';
import { type Kitchen, kitchenDestination, receiptsDestination } from '../../src/terminal/print-queue.js';
import { printQueued } from '../../src/terminal/printing.js';
import { RecordedPapers } from '../../src/terminal/recorded-papers.js';
import {
  type Behaviour,
  coverOpenAnswers,
  FakePrinter,
  offlineAnswers,
  paperOutAnswers,
  wellAnswers,
} from '../hardware/fake-printer.js';
import { testPrinter } from '../hardware/printers.js';
import { settled } from '../outbox/scripted-central.js';
import { byManager, Shop } from './shop.js';

const kitchen: Kitchen = { categories: ['Drinks'] };

describe('the papers of a till whose printer is in the network', () => {
  let shop: Shop;
  let fake: FakePrinter;
  let stopping: AbortController;
  const ended: Promise<void>[] = [];

  const print = (printer: Printer = testPrinter(fake.place), of?: Kitchen): void => {
    const { recorder, terminal, clock } = shop;
    const papers = new RecordedPapers(terminal);
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const printing = {
      ...({ recorder, printer, clock, log, paper: '80mm', stopping: stopping.signal, retryMs: 20 } as const),
      ...{ destination: of ? kitchenDestination(of) : receiptsDestination },
      layoutOf: (seq: number) => (of ? papers.order(seq, of) : paperLayout(papers.at(seq))),
    };
    ended.push(lastValueFrom(printQueued(printing), { defaultValue: undefined }));
  };
  const states = (destination = receiptsDestination): unknown[] =>
    shop.terminal.db
      .prepare('SELECT state FROM print_jobs WHERE destination = ? ORDER BY seq')
      .pluck()
      .all(destination);
  const waiting = () => shop.recorder.prints.open(10).filter(({ destination }) => destination === receiptsDestination);
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await settled();
  };
  const receiptsOn = (one: FakePrinter): readonly string[] =>
    one.printed.map((job) => /[A-Z0-9]+-\d{6}/u.exec(job.toString('latin1'))?.[0] ?? '?');

  beforeEach(async () => {
    stopping = new AbortController();
    fake = await new FakePrinter().start();
    shop = await Shop.trading({ hasPrinter: true, kitchens: [kitchen] });
  });
  afterEach(async () => {
    stopping.abort();
    await Promise.all(ended.splice(0));
    await fake.stop();
    shop.remove();
  });

  // Each is what is wrong when the first sale is printed; the second one meets a printer that is well again.
  it.each<[string, Behaviour, string, number]>([
    ['answers', { answers: wellAnswers }, 'confirmed', 1],
    ['cannot answer, or answers far too late', {}, 'sent', 1],
    ['takes the call and never reads', { reads: false }, 'sent', 0],
    ['ends its half of the connection', { halfOpen: true }, 'sent', 1],
    ['hangs up in the middle', { answers: wellAnswers, hangsUpAfterBytes: 20 }, 'unknown', 1],
    ['vanishes in the middle and never hangs up', { answers: wellAnswers, readsBytes: 20 }, 'unknown', 1],
    ['runs out of paper on the way', { answers: wellAnswers, answersAfter: paperOutAnswers }, 'unknown', 1],
  ])(
    'that %s: the sale is answered, and its paper is told to be as it is, once',
    async (_kind, behaviour, state, copies) => {
      fake.behaviour = behaviour;
      print();
      const first = await shop.commands.sell('first');
      await until(() => states().every((one) => one !== 'queued' && one !== 'sending'));
      expect(states()).toEqual([state]);
      fake.behaviour = { answers: wellAnswers };
      const second = await shop.commands.sell('second');
      await until(() => states().at(-1) === 'confirmed');
      expect(states()).toEqual([state, 'confirmed']);
      expect(fake.printed).toHaveLength(copies + 1);
      expect(fake.printed.every((job) => job.subarray(0, 2).equals(Buffer.from([0x1b, 0x40])))).toBe(true);
      expect(receiptsOn(fake).at(-1)).toBe(second.receipt_number);
      expect(receiptsOn(fake).filter((number) => number === first.receipt_number).length).toBeLessThanOrEqual(1);
    },
  );

  it.each<[string, Behaviour, RegExp]>([
    ['is out of paper', { answers: paperOutAnswers }, /out of paper: put in a new roll/u],
    ['has its cover open', { answers: coverOpenAnswers }, /cover .* is open: close it/u],
    ['is offline', { answers: offlineAnswers }, /offline/u],
  ])(
    'that %s: the paper waits and says why, and comes once when somebody saw to it',
    async (_kind, behaviour, hint) => {
      fake.behaviour = behaviour;
      print();
      const { receipt_number } = await shop.commands.sell('sale');
      await until(() => waiting()[0]?.problem !== null);
      expect(waiting()).toMatchObject([
        { state: expect.stringMatching(/queued|sending/u) as string, problem: expect.stringMatching(hint) as string },
      ]);
      expect(fake.printed).toEqual([]);
      fake.behaviour = { answers: wellAnswers };
      await until(() => states().at(-1) === 'confirmed');
      expect(receiptsOn(fake)).toEqual([receipt_number]);
    },
  );

  it('that is switched off: the papers wait, and come in their order when it is on', async () => {
    await fake.stop();
    print();
    const sold = [await shop.commands.sell('first'), await shop.commands.sell('second')];
    await until(() => waiting()[1]?.problem !== null);
    expect(waiting()[1]?.problem).toMatch(/whether it is on/u);
    await fake.start();
    await until(() => states().every((state) => state === 'confirmed'));
    expect(receiptsOn(fake)).toEqual(sold.map(({ receipt_number }) => receipt_number));
  });

  it('shared by two tills prints each paper whole', async () => {
    const other = await Shop.trading({ hasPrinter: true });
    const mine = shop;
    print();
    shop = other;
    print();
    await Promise.all([mine, other].flatMap((one) => ['a', 'b', 'c'].map((key) => one.commands.sell(key))));
    for (const one of [mine, other]) {
      shop = one;
      await until(() => states().filter((state) => state === 'confirmed').length === 3);
    }
    shop = mine;
    expect(fake.printed).toHaveLength(6);
    expect(fake.printed.every((job) => job.includes('TOTAL'))).toBe(true);
    stopping.abort();
    await Promise.all(ended.splice(0));
    other.remove();
  });

  it('is no longer listed as doubtful once a duplicate was printed instead', async () => {
    fake.behaviour = { answers: wellAnswers, hangsUpAfterBytes: 20 };
    print();
    const { local_id } = await shop.commands.sell('torn');
    await until(() => states().includes('unknown'));
    fake.behaviour = { answers: wellAnswers };
    const reprint = new ReprintReceipt('copy', { receipt_local_id: local_id }, byManager);
    await new ReprintReceiptHandler(shop.recorder).execute(reprint);
    await until(() => states().at(-1) === 'confirmed');
    expect(states()).toEqual(['reprinted', 'confirmed']);
    expect(fake.printed.at(-1)?.includes('DUPLICATE 1')).toBe(true);
    expect(waiting()).toEqual([]);
  });

  it('are not kept waiting by a broken printer of the kitchen, nor the kitchen by them', async () => {
    const hot = await new FakePrinter().start();
    await hot.stop();
    print();
    print(testPrinter(hot.place), kitchen);
    const { receipt_number } = await shop.commands.sell('sale');
    await until(() => states().includes('confirmed'));
    expect(states('Drinks')).not.toContain('confirmed');
    await fake.stop();
    await hot.start();
    await shop.commands.sell('next');
    await until(() => states('Drinks').filter((state) => state === 'confirmed').length === 2);
    const slip = hot.printed[0]?.toString('latin1') ?? '';
    expect(slip).toContain(`1 x Coffee`);
    expect(slip).toContain(receipt_number);
    expect(slip).not.toMatch(/3\.50|TOTAL/u);
    expect(states()[1]).not.toBe('confirmed');
    await hot.stop();
  });
});
