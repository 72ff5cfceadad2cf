import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCatalog } from '../../src/catalog/catalog.js';
import type { EventData } from '../../src/domain/event.js';
import { openDurably } from '../../src/events/sqlite.js';
import { machinePorts } from '../../src/ports.js';
import { ApplyCatalog, ApplyCatalogHandler } from '../../src/terminal/commands/apply-catalog.js';
import { Terminal } from '../../src/terminal/terminal.js';
import { type Behaviour, FakePrinter, wellAnswers } from '../hardware/fake-printer.js';
import { content } from '../terminal/http-fixture.js';
import { commandsOn, eventsIn } from '../terminal/shop.js';
import { eventually, Programs, type Running } from './programs.js';

interface Listed {
  readonly state: string;
  readonly problem: string | null;
}

describe('A till that prints, as a program', () => {
  const programs = new Programs();
  const data = programs.path('till');
  let fake: FakePrinter;
  let till: Running;
  let token = '';

  const call = async (path: string, body?: object): Promise<Record<string, unknown>> => {
    const headers = {
      authorization: `Bearer ${token}`,
      'idempotency-key': machinePorts.randomness.uuid(),
      ...(body ? { 'content-type': 'application/json' } : {}),
    };
    const answer = await fetch(
      till.url + path,
      body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers },
    );
    return (await answer.json()) as Record<string, unknown>;
  };
  const start = async (printer = fake.place): Promise<void> => {
    till = await programs.start('terminal', '--data', data, '--port', '0', '--printer', printer);
    token = String((await call('/v1/login', { staff_code: '9', pin: 'pin-9999' }))['token']);
  };
  // So many lines that they are more than the till sends at once.
  const lines = Array.from({ length: 120 }, () => ({ code: 'coffee' }));
  const sell = async (method: 'cash' | 'card' = 'card'): Promise<string> => {
    const sold = await call('/v1/sales', { lines, tenders: [{ method, amount_minor: 42_000 }] });
    return String(sold['receipt_number']);
  };
  const newest = (sql: string): unknown => {
    const db = openDurably(join(data, 'tillog.db'));
    try {
      return db.prepare(`${sql} ORDER BY seq DESC LIMIT 1`).pluck().get();
    } finally {
      db.close();
    }
  };
  const stateNow = (): unknown => newest('SELECT state FROM print_jobs');
  const lastReceipt = (): string => String(newest('SELECT receipt_number FROM receipts'));
  const recovered = (): EventData['TerminalRecovered'] | undefined => {
    const db = openDurably(join(data, 'tillog.db'));
    try {
      const event = eventsIn(db).findLast(({ type }) => type === 'TerminalRecovered');
      return event?.data as EventData['TerminalRecovered'] | undefined;
    } finally {
      db.close();
    }
  };
  const copiesOf = (receipt: string): number => fake.printed.filter((job) => job.includes(receipt)).length;
  const newestListed = async (): Promise<Listed | undefined> => {
    const { jobs } = (await call('/v1/print-jobs')) as { jobs: readonly Listed[] };
    return jobs[0];
  };
  /** Sells, and kills the till at the very moment at which `isMoment` holds of the bytes that the printer has. */
  const killAt = async (behaviour: Behaviour, isMoment: (job: Buffer) => boolean): Promise<string> => {
    // A busy machine may kill it too late, when the printer's silence was noted: then the next sale is taken.
    for (let attempt = 0; attempt < 10; attempt += 1) {
      fake.behaviour = behaviour;
      fake.onJob = (job) => {
        if (isMoment(job)) till.child.kill('SIGKILL');
      };
      const gone = once(till.child, 'exit');
      // The printer may be there before the answer is.
      await sell().catch(() => undefined);
      await gone;
      fake.onJob = () => undefined;
      fake.behaviour = { answers: wellAnswers };
      if (stateNow() === 'sending') return lastReceipt();
      await start();
    }
    throw new Error('It was never killed in time.');
  };
  /** Prints one more, so that everything before it had its turn. */
  const printOneMore = async (): Promise<void> => {
    const receipt = await sell();
    await eventually(() => Promise.resolve(copiesOf(receipt) === 1 || undefined));
  };

  beforeAll(async () => {
    process.env['TILLOG_PRINTER_ALLOW_LOOPBACK'] = '1';
    fake = await new FakePrinter().start();
    const terminal = Terminal.open({ dataDir: data, ports: machinePorts, onCommitUnknown: () => undefined });
    terminal.start();
    await new ApplyCatalogHandler(terminal.recorder).execute(new ApplyCatalog(makeCatalog(-1, content)));
    await commandsOn(terminal.recorder).openSession('open');
    terminal.stop('it is the printer’s turn');
    await start();
  });
  afterAll(async () => {
    delete process.env['TILLOG_PRINTER_ALLOW_LOOPBACK'];
    await programs.clear();
    await fake.stop();
  });

  it('killed before the first byte prints the paper once after its restart, and says that it was not printed', async () => {
    await fake.stop();
    const receipt = await sell();
    await eventually(async () => ((await newestListed())?.problem === null ? undefined : true));
    await till.stop('SIGKILL');
    expect(stateNow()).toBe('queued');
    await fake.start();
    await start();
    expect(recovered()).toMatchObject({ last_receipt_number: receipt, last_receipt_printed: 'not_printed' });
    await printOneMore();
    expect(copiesOf(receipt)).toBe(1);
  });

  it.each<[string, Behaviour, (job: Buffer) => boolean]>([
    ['killed after some bytes', { answers: wellAnswers, readsBytes: 1000 }, (job) => job.length >= 1000],
    [
      'killed after the last byte, before that is noted',
      {},
      (job) => job.subarray(-3).equals(Buffer.from('1b5200', 'hex')),
    ],
  ])(
    '%s says that nobody knows how much is on paper, and does not print it again',
    async (_step, behaviour, isMoment) => {
      const receipt = await killAt(behaviour, isMoment);
      const copies = fake.printed.length;
      await start();
      expect(recovered()).toMatchObject({ last_receipt_number: receipt, last_receipt_printed: 'unknown' });
      const listed = await eventually(async () => {
        const paper = await newestListed();
        return paper?.state === 'unknown' ? paper : undefined;
      });
      expect(listed.problem).toMatch(/look whether the paper is whole/u);
      await printOneMore();
      expect(fake.printed.slice(copies).filter((job) => job.includes(receipt))).toEqual([]);
    },
  );

  it('killed after the paper was noted says that it was printed, and does not print it again', async () => {
    const receipt = await sell();
    await eventually(() => Promise.resolve(stateNow() === 'confirmed' || undefined));
    await till.stop('SIGKILL');
    await start();
    expect(recovered()).toMatchObject({ last_receipt_number: receipt, last_receipt_printed: 'printed' });
    await printOneMore();
    expect(copiesOf(receipt)).toBe(1);
  });

  it('killed while it opens the drawer does not open it again after its restart', async () => {
    const pulses = (): number => fake.printed.filter((job) => job.includes(Buffer.from('1b7000', 'hex'))).length;
    const before = pulses();
    fake.onJob = (job) => {
      if (job.includes(Buffer.from('1b7000', 'hex'))) till.child.kill('SIGKILL');
    };
    const gone = once(till.child, 'exit');
    await sell('cash').catch(() => undefined);
    await gone;
    fake.onJob = () => undefined;
    expect(pulses()).toBe(before + 1);
    await start();
    await printOneMore();
    expect(pulses()).toBe(before + 1);
    expect(['unknown', 'sent']).toContain(newest('SELECT state FROM drawer_pulses'));
  });

  it('stops in order only after the job that is under way, and leaves nothing unknown', async () => {
    const receipt = await sell();
    await fake.until(() => copiesOf(receipt) === 1);
    await till.stop();
    expect(['sent', 'confirmed']).toContain(stateNow());
    await start();
    await printOneMore();
    expect(copiesOf(receipt)).toBe(1);
  });

  it('sells where USB cannot be loaded, and the till and its doctor say what to install', async () => {
    await till.stop();
    // What the loader finds instead of libudev, which libusb needs, is no library.
    const libraries = programs.path('libraries');
    mkdirSync(libraries);
    writeFileSync(join(libraries, 'libudev.so.1'), 'no library');
    process.env['LD_LIBRARY_PATH'] = libraries;
    try {
      await start('usb:');
      const receipt = await sell();
      expect(lastReceipt()).toBe(receipt);
      const listed = await eventually(async () => {
        const paper = await newestListed();
        return paper?.problem === null ? undefined : paper;
      });
      expect(listed).toMatchObject({ state: 'queued', problem: expect.stringMatching(/install libudev/u) as string });
      const { code, stdout } = await programs.run('doctor', '--data', data, '--printer', 'usb:');
      expect(code).toBe(1);
      expect(stdout).toMatch(/printer .*install libudev \(on Debian: libudev1\).*\[PRINTER_UNREACHABLE\]/u);
      expect(stdout).toMatch(/^Printers on USB: USB cannot be used on this machine: install libudev/mu);
    } finally {
      delete process.env['LD_LIBRARY_PATH'];
    }
  });
});
