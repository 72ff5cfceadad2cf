import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { temporaryFolder } from '../temporary-folder.js';
import { compileSource } from './compiled-source.js';

/** A program that opens the folder it is given, says so, and sells as fast as it can, naming every sale it answered. */
const program = `
import { makeCatalog } from './catalog/catalog.js';
import { ApplyCatalog, ApplyCatalogHandler } from './terminal/commands/apply-catalog.js';
import { CloseSession, CloseSessionHandler } from './terminal/commands/close-session.js';
import { OpenSession, OpenSessionHandler } from './terminal/commands/open-session.js';
import { RecordSale, RecordSaleHandler } from './terminal/commands/record-sale.js';
import { machinePorts } from './ports.js';
import { Terminal } from './terminal/terminal.js';

const [dataDir, contentText, salesMax = 'Infinity'] = process.argv.slice(2);
try {
  const terminal = Terminal.open({ dataDir, ports: machinePorts, onCommitUnknown: () => process.exit(3) });
  terminal.start();
  const { recorder } = terminal;
  const authority = { by: { staff_id: 'manager-1', role: 'manager' } };
  const newId = () => machinePorts.randomness.uuid();
  const open = () => new OpenSessionHandler(recorder).execute(new OpenSession(newId(), { float: [] }, authority));
  if (recorder.catalog.version === 0) {
    await new ApplyCatalogHandler(recorder).execute(new ApplyCatalog(makeCatalog(1, JSON.parse(contentText))));
  }
  if (recorder.state.session.status === 'closed') await open();
  process.stdout.write('open\\n');
  const tenders = [{ method: 'cash', amount_minor: 350 }];
  for (let sale = 1; sale <= Number(salesMax); sale += 1) {
    const request = { lines: [{ code: 'coffee' }], tenders };
    const { local_id } = await new RecordSaleHandler(recorder).execute(new RecordSale(newId(), request, authority));
    process.stdout.write(local_id + '\\n');
    if (sale % 7 === 0) {
      await new CloseSessionHandler(recorder).execute(new CloseSession(newId(), { counted: [] }, authority));
      await open();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  terminal.stop('done');
} catch (cause) {
  process.stdout.write('refused ' + cause.code + '\\n');
  process.exitCode = 1;
}
`;

/** The same with tickets: parks each, takes every second one in hand, sells every third, and names what it answered. */
const parkingProgram = program
  .replace(
    'import { RecordSale,',
    `import { ParkTicket, ParkTicketHandler } from './terminal/commands/park-ticket.js';
import { ResumeTicket, ResumeTicketHandler } from './terminal/commands/resume-ticket.js';
import { RecordSale,`,
  )
  .replace(
    / {4}const request = [\s\S]*?\\n'\);\n/u,
    `    const say = (what, { ticket_id }) => process.stdout.write(what + ' ' + ticket_id + '\\n');
    const parking = new ParkTicket(newId(), { label: 'Table ' + sale, lines: [{ code: 'coffee' }] }, authority);
    const ticket = await new ParkTicketHandler(recorder).execute(parking);
    say('open', ticket);
    const { ticket_id } = ticket;
    if (sale % 2 === 0) {
      await new ResumeTicketHandler(recorder).execute(new ResumeTicket(newId(), { ticket_id }, authority));
      say('resumed', ticket);
    }
    if (sale % 3 === 0) {
      await new RecordSaleHandler(recorder).execute(new RecordSale(newId(), { ticket_id, tenders }, authority));
      say('sold', ticket);
    }
`,
  );

/** The programs, compiled into a folder of their own. */
export const makeSellingProgram = () => {
  const folder = temporaryFolder();
  const compiled = compileSource(folder);
  const [path, parking] = [join(compiled, 'sell.js'), join(compiled, 'park.js')];
  writeFileSync(path, program);
  writeFileSync(parking, parkingProgram);
  return { path, parking, remove: (): void => rmSync(folder, { recursive: true }) };
};

/** One run of that program. */
export class SellingRun {
  readonly child: ChildProcess;
  private readonly lines: Interface;
  /** What it said so far. */
  readonly said: string[] = [];
  private readonly waiting: { readonly lines: number; readonly go: () => void }[] = [];
  private readonly closed: Promise<void>;

  /** @param command the program and its arguments, behind whatever runs it */
  constructor(command: readonly string[]) {
    const [file = process.execPath, ...args] = command;
    this.child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    if (!this.child.stdout) throw new Error('The program has no output.');
    this.lines = createInterface(this.child.stdout);
    this.lines.on('line', (line) => {
      this.said.push(line);
      this.wake();
    });
    this.closed = new Promise((resolve) => this.child.once('close', () => resolve()));
  }

  /** Resolves as soon as it said so many lines, or when it ended before. */
  async until(lines: number): Promise<void> {
    const enough = new Promise<void>((go) => this.waiting.push({ lines, go }));
    this.wake();
    await Promise.race([enough, this.closed]);
  }

  /** Resolves when it ended and everything that it said was read. */
  async ended(): Promise<number | null> {
    await this.closed;
    return this.child.exitCode;
  }

  /** Ends it as a power cut ends a process: without a word. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.closed;
  }

  /** Has it stand still, in the middle of whatever it does. */
  async pause(): Promise<void> {
    this.child.kill('SIGSTOP');
    const stat = `/proc/${String(this.child.pid)}/stat`;
    while (!readFileSync(stat, 'utf8').includes(') T')) await new Promise((go) => setImmediate(go));
  }

  goOn(): void {
    this.child.kill('SIGCONT');
  }

  private wake(): void {
    for (const { lines, go } of this.waiting) if (this.said.length >= lines) go();
  }
}
