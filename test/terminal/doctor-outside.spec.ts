import { writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { print } from '../../src/hardware/escpos-interpreter.js';
import { papers } from '../../src/hardware/paper.js';
import type { DoctorReport } from '../../src/terminal/doctor.js';
import { type DiskFacts, examineDisk } from '../../src/terminal/doctor-machine.js';
import type { PrinterTest } from '../../src/terminal/doctor-printer.js';
import { coverOpenAnswers, FakePrinter, paperOutAnswers, wellAnswers } from '../hardware/fake-printer.js';
import { testPrinter } from '../hardware/printers.js';
import { codesOf, examined, troubles } from './doctor-fixture.js';
import { Shop } from './shop.js';

let shop: Shop;
beforeEach(async () => {
  shop = await Shop.trading();
  for (const key of ['a', 'b', 'c']) await shop.commands.sell(key);
});
afterEach(() => shop.remove());

const hour = 3_600_000;

describe('A disk', () => {
  const mebibyte = 1024 * 1024;
  const good: DiskFacts = { free: 500 * mebibyte, type: 0xef53, refused: null };
  it.each<[string, Partial<DiskFacts>, readonly string[]]>([
    ['of this machine with room', {}, ['ok DISK_FINE']],
    ['with little room', { free: 199 * mebibyte }, ['warning DISK_LOW']],
    ['with hardly any room', { free: 31 * mebibyte }, ['problem DISK_FULL']],
    ['that is full and takes nothing', { free: 0, refused: 'EROFS' }, ['problem DISK_READ_ONLY', 'problem DISK_FULL']],
    ['of another machine', { type: 0x6969 }, ['problem DISK_OF_NETWORK']],
    ['of a Windows machine', { type: 0xfe534d42 }, ['problem DISK_OF_NETWORK']],
    ['in memory', { type: 0x01021994 }, ['warning DISK_IN_MEMORY']],
    ['of a container', { type: 0x794c7630 }, ['warning DISK_OF_CONTAINER']],
  ])('%s', (_what, facts, found) => {
    expect(examineDisk({ ...good, ...facts }).map(({ health, code }) => `${health} ${code}`)).toEqual(found);
  });
});

describe('Central', () => {
  type Answer = (response: ServerResponse) => void;
  let answer: Answer;
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(`${String(request.method)} ${String(request.url)} ${String(request.headers.authorization)}`);
    response.setHeader('date', new Date(shop.clock.wall()).toUTCString());
    answer(response);
  });
  let url: string;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => asked.splice(0));

  const joined = (central_url = url): void => {
    const id = '00000000-0000-4000-8000-000000000001';
    const names = { tenant_id: id, store_id: id, tenant_name: 'T', store_name: 'S' };
    const text = JSON.stringify({ ...names, token: 'tt_0123456789abcdef0123', central_url });
    writeFileSync(join(shop.folder, 'enrolment.json'), text, { mode: 0o600 });
  };
  const says =
    (status: number, code?: string): Answer =>
    (response) => {
      response.writeHead(status, code === undefined ? {} : { 'content-type': 'application/problem+json' });
      response.end(code === undefined ? '' : JSON.stringify({ code }));
    };
  const page: Answer = (response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<form>Accept our terms</form>');
  };

  it.each<[string, Answer, readonly string[]]>([
    ['takes the token', says(304), []],
    ['does not know the token', says(401, 'TOKEN_INVALID'), ['central problem TOKEN_REFUSED']],
    ['took the token out of use', says(403, 'TOKEN_REVOKED'), ['central problem TOKEN_REVOKED']],
    ['is starting', says(503, 'UNAVAILABLE'), ['central warning CENTRAL_SILENT']],
    ['hangs up', (response) => response.destroy(), ['central warning CENTRAL_SILENT']],
    ['is a login page', page, ['central problem CENTRAL_STRANGE']],
    ['is somewhere else', says(302), ['central problem CENTRAL_STRANGE']],
    ['refuses without a reason', says(403), ['central problem CENTRAL_STRANGE']],
  ])('%s', async (_what, how, found) => {
    joined();
    answer = how;
    const report = await examined(shop);
    expect(troubles(report)).toEqual(found);
    expect(report.checks.find(({ check }) => check === 'central')?.findings[0]?.detail).toContain(
      '9 events wait to be sent',
    );
    expect(asked).toEqual([`GET /v1/catalog?since=2147483647 Bearer tt_0123456789abcdef0123`]);
  });

  it('is asked at the address that was given instead', async () => {
    joined('http://127.0.0.1:1');
    answer = says(304);
    expect(troubles(await examined(shop))).toEqual(['central warning CENTRAL_SILENT']);
    expect(troubles(await examined(shop, { centralUrl: `${url}/` }))).toEqual([]);
  });

  it('has another time', async () => {
    joined();
    answer = (response) => {
      response.setHeader('date', new Date(shop.clock.wall() + hour).toUTCString());
      says(304)(response);
    };
    const report = await examined(shop);
    expect(troubles(report)).toEqual(['clock problem CLOCK_OFF']);
    expect(report.checks[2]?.findings[0]?.detail).toBe('The clock is 60 minutes behind that of central.');
  });

  it('acknowledged nothing since yesterday, and refused something', async () => {
    joined();
    answer = says(304);
    shop.terminal.db.exec(
      `INSERT INTO verdicts (seq, local_id, code, reason, permanent, attempts)
        SELECT seq, local_id, 'INVALID', 'x', 1, 1 FROM events WHERE seq IN (2, 3)`,
    );
    shop.clock.pass(25 * hour);
    const report = await examined(shop);
    expect(troubles(report)).toEqual(['central problem EVENTS_WAIT_LONG', 'central problem EVENTS_REFUSED']);
    const said = report.checks.find(({ check }) => check === 'central')?.findings.map(({ detail }) => detail);
    expect(said?.at(-1)).toBe('Central refused 2 events (INVALID).');
  });
});

describe('A printer', () => {
  let fake: FakePrinter;
  beforeEach(async () => (fake = await new FakePrinter().start()));
  afterEach(() => fake.stop());

  const look = (test?: PrinterTest, place = fake.place): Promise<DoctorReport> =>
    examined(shop, { printer: { printer: () => testPrinter(place), ...(test ? { test } : {}) } });

  it.each<[string, FakePrinter['behaviour'], readonly string[], readonly string[]]>([
    ['that is ready', { answers: wellAnswers }, ['PRINTER_READY'], []],
    ['that never answers', {}, ['PRINTER_SAYS_NOTHING'], []],
    ['without paper', { answers: paperOutAnswers }, ['PAPER_OUT', 'OFFLINE'], ['problem PAPER_OUT', 'problem OFFLINE']],
    [
      'that is open',
      { answers: coverOpenAnswers },
      ['COVER_OPEN', 'OFFLINE'],
      ['problem COVER_OPEN', 'problem OFFLINE'],
    ],
    ['whose paper ends soon', { answers: [0x12, 0x12, 0x12, 0x1e] }, ['PAPER_LOW'], ['warning PAPER_LOW']],
  ])('%s', async (_what, behaviour, codes, found) => {
    fake.behaviour = behaviour;
    const report = await look();
    expect(codesOf(report, 'printer')).toEqual(codes);
    expect(troubles(report)).toEqual(found.map((one) => `printer ${one}`));
    expect(fake.printed).toEqual([]);
  });

  it('that is switched off', async () => {
    const { place } = fake;
    await fake.stop();
    expect(troubles(await look(undefined, place))).toEqual(['printer problem PRINTER_UNREACHABLE']);
    await fake.start();
  });

  it('at a place where none may be', async () => {
    expect(troubles(await look(undefined, 'tcp:8.8.8.8:9100'))).toEqual([
      'printer problem PRINTER_ADDRESS_NOT_PRIVATE',
    ]);
  });

  /** What the printer did with all that it got. */
  const done = () => fake.printed.map((job) => print(job));

  it.each(['58mm', '80mm', '80mm-42'] as const)(
    'prints a page on %s with all that a receipt may hold',
    async (paper) => {
      const report = await look({ paper, openDrawer: false });
      expect(codesOf(report, 'printer')).toEqual(['PRINTER_READY', 'TEST_PRINTED']);
      expect(done()).toHaveLength(1);
      const [{ items, pulses } = { items: [], pulses: [] }] = done();
      const lines = items.flatMap((item) => (item.kind === 'line' ? [item.text] : []));
      const ruler = lines.find((line) => line.startsWith('1234567890'));
      expect(ruler).toHaveLength(papers[paper].columns);
      expect(lines.every((line) => line.length <= papers[paper].columns)).toBe(true);
      expect(lines.some((line) => line.startsWith('ABCDEFGHIJKLM abcdefghijklm'))).toBe(true);
      // What the code page does not have, French and Arabic, comes as pictures.
      expect(items.filter(({ kind }) => kind === 'picture').length).toBeGreaterThanOrEqual(3);
      const codes = items.flatMap((item) => (item.kind === 'code' ? [item.content] : []));
      expect(codes).toEqual(['tillog test page 2026-03-01 08:00 UTC']);
      expect(items.at(-1)?.kind).toBe('cut');
      expect(pulses).toEqual([]);
    },
  );

  it('opens the drawer with the page only where that was asked for', async () => {
    const report = await look({ paper: '80mm', openDrawer: true });
    expect(report.checks.at(-1)?.findings.at(-1)?.detail).toContain('The drawer was told to open.');
    expect(done().flatMap(({ pulses }) => pulses)).toHaveLength(1);
  });

  it('that takes a page only in part', async () => {
    fake.behaviour = { hangsUpAfterBytes: 300 };
    const report = await look({ paper: '80mm', openDrawer: false });
    expect(troubles(report)).toEqual(['printer problem TEST_NOT_PRINTED']);
  });
});
