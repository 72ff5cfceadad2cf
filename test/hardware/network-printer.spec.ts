import { cutBytes, resetBytes } from '../../src/hardware/escpos-commands.js';
import { print } from '../../src/hardware/escpos-interpreter.js';
import { troubleHints } from '../../src/hardware/escpos-status.js';
import {
  type Behaviour,
  coverOpenAnswers,
  FakePrinter,
  offlineAnswers,
  paperOutAnswers,
  wellAnswers,
} from './fake-printer.js';
import { testPrinter } from './printers.js';

const paper = (text: string): Uint8Array => Buffer.concat([resetBytes, Buffer.from(`${text}\n`), cutBytes]);
const lines = (job: Buffer | undefined): readonly string[] =>
  print(job ?? Buffer.of()).items.flatMap((item) => (item.kind === 'line' ? [item.text] : []));

const faultOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (cause: unknown) => cause,
  );

describe('A printer in the network', () => {
  let fake: FakePrinter;

  beforeEach(async () => {
    fake = await new FakePrinter().start();
  });
  afterEach(() => fake.stop());

  it('that answers is asked before and after, and the job is confirmed', async () => {
    const printer = testPrinter(fake.place);
    expect(await printer.status()).toEqual({ answers: true, troubles: [] });
    expect(await printer.print([paper('one'), paper('two')])).toBe('confirmed');
    expect(fake.printed).toHaveLength(1);
    expect(lines(fake.printed[0])).toEqual(['one', 'two']);
  });

  it('that cannot answer prints all the same', async () => {
    fake.behaviour = {};
    const printer = testPrinter(fake.place);
    expect(await printer.status()).toEqual({ answers: false, troubles: [] });
    expect(await printer.print([paper('one')])).toBe('sent');
    expect(lines(fake.printed[0])).toEqual(['one']);
  });

  it.each([
    ['PAPER_OUT', { answers: paperOutAnswers }],
    ['COVER_OPEN', { answers: coverOpenAnswers }],
    ['OFFLINE', { answers: offlineAnswers }],
  ] as const)('that says %s gets nothing, and a person is told what to do', async (trouble, behaviour) => {
    fake.behaviour = behaviour;
    const printer = testPrinter(fake.place);
    expect((await printer.status()).troubles).toContain(trouble);
    const fault = await faultOf(printer.print([paper('one')]));
    expect(fault).toMatchObject({ name: 'PrintFault', made: 'nothing_sent', message: troubleHints[trouble] });
    expect(fake.printed).toEqual([]);
    fake.behaviour = { answers: wellAnswers };
    expect(await printer.print([paper('one')])).toBe('confirmed');
    expect(fake.printed).toHaveLength(1);
  });

  it('that ran out of paper on the way leaves it open how much is on it', async () => {
    fake.behaviour = { answers: wellAnswers, answersAfter: paperOutAnswers };
    const fault = await faultOf(testPrinter(fake.place).print([paper('one')]));
    expect(fault).toMatchObject({
      made: 'unknown',
      message: expect.stringMatching(/whole, or print it again/u) as string,
    });
  });

  it.each<[string, Behaviour]>([
    ['answers', { answers: wellAnswers, hangsUpAfterBytes: 4 }],
    ['does not answer', { hangsUpAfterBytes: 4 }],
  ])('that %s and hangs up in the middle leaves it open how much is on paper', async (_kind, behaviour) => {
    fake.behaviour = behaviour;
    const printer = testPrinter(fake.place);
    expect(await faultOf(printer.print([paper('torn')]))).toMatchObject({ made: 'unknown' });
    fake.behaviour = { answers: wellAnswers };
    expect(await printer.print([paper('next')])).toBe('confirmed');
    expect(fake.printed).toHaveLength(2);
    expect(fake.printed[1]?.subarray(0, 2)).toEqual(Buffer.from(resetBytes));
    expect(lines(fake.printed[1])).toEqual(['next']);
  });

  it('that takes the call and never reads is given up within the time limit', async () => {
    fake.behaviour = { reads: false };
    const printer = testPrinter(fake.place);
    expect(await printer.status()).toEqual({ answers: false, troubles: [] });
    // What the system keeps for it passes for taken; more than that does not.
    const large = Buffer.alloc(16 * 2 ** 20, 0x0a);
    expect(await faultOf(printer.print([large]))).toMatchObject({ made: 'unknown' });
  });

  it('that is off gets nothing, and prints as soon as it is on', async () => {
    // Given up soon while nobody answers; once somebody does, a machine that is busy takes its time.
    const printer = testPrinter(fake.place, {
      limits: { connectMs: 300, writeMs: 5000, answerMs: 5000, jobMs: 10_000 },
    });
    await fake.stop();
    const fault = await faultOf(printer.print([paper('one')]));
    expect(fault).toMatchObject({
      made: 'nothing_sent',
      message: expect.stringMatching(/whether it is on/u) as string,
    });
    await fake.start();
    expect(await printer.print([paper('one')])).toBe('confirmed');
  });

  it('that answers after its limit is not asked again in the same job: that answer would pass for the next', async () => {
    fake.behaviour = { answers: wellAnswers, answersAfter: paperOutAnswers, answersLate: true };
    expect(await testPrinter(fake.place).print([paper('one')])).toBe('sent');
    expect(fake.asked).toBe(1);
    expect(lines(fake.printed[0])).toEqual(['one']);
  });

  it('that is busy for another terminal is called again', async () => {
    await fake.stop();
    const printed = testPrinter(fake.place, {
      limits: { connectMs: 5000, writeMs: 200, answerMs: 150, jobMs: 600 },
    }).print([paper('one')]);
    await fake.start();
    expect(await printed).toBe('confirmed');
  });

  it('that ended its half of the connection still gets the whole job', async () => {
    fake.behaviour = { halfOpen: true };
    expect(await testPrinter(fake.place).print([paper('one')])).toBe('sent');
    await fake.until(() => lines(fake.printed[0]).length === 1);
  });

  it('gets the whole pulse, with commands before and after it, and none that is wanted no more', async () => {
    const printer = testPrinter(fake.place, { pulse: { connector: 1, on_ms: 120, off_ms: 240 } });
    await printer.open(() => true);
    expect(fake.printed[0]?.toString('hex')).toBe('1b401b70013c781b5200');
    expect(print(fake.printed[0] ?? Buffer.of())).toMatchObject({
      items: [],
      pulses: [{ pin: 1, on_ms: 120, off_ms: 240 }],
    });
    const late = await faultOf(printer.open(() => false));
    expect(late).toMatchObject({ made: 'nothing_sent', message: expect.stringMatching(/stayed shut/u) as string });
    expect(fake.printed).toHaveLength(1);
  });

  it('is spoken to by one at a time, in the order in which they came', async () => {
    const printer = testPrinter(fake.place);
    await Promise.all([printer.print([paper('one')]), printer.open(() => true), printer.print([paper('two')])]);
    expect(fake.printed.map(lines)).toEqual([['one'], [], ['two']]);
  });

  it('that talks without being asked is still understood', async () => {
    const printer = testPrinter(fake.place);
    fake.behaviour = { answers: paperOutAnswers, chatter: [0x14, 0x00, 0x00, 0x0f] };
    expect((await printer.status()).troubles).toContain('PAPER_OUT');
    fake.behaviour = { chatter: [0x14, 0x00, 0x00, 0x0f] };
    expect(await printer.status()).toEqual({ answers: false, troubles: [] });
  });
});
