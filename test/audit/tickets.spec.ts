import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runDay, runVerify } from '../../src/audit/program.js';
import { dayText } from '../../src/audit/day-text.js';
import type { LogSource } from '../../src/audit/source.js';
import { openSource } from '../../src/audit/sqlite-file.js';
import { cheese, coffee, forge, LogFixture } from './log-fixture.js';
import { ticketsOn } from './ticket-log.js';

let home: string;
let dir: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tillog-tickets-'));
  dir = join(home, 'data');
});
afterEach(() => rmSync(home, { recursive: true }));

/**
 * The first day two tickets are parked, of 13.50 + 7.10 and of 4.50. Of the first a coffee of 4.50 is taken off; the
 * second is discarded. The next day a third waits while the first is sold with 4.50 more, 20.60 in all.
 */
const twoDays = (): LogFixture => {
  const fixture = new LogFixture(dir).start();
  const tickets = ticketsOn(fixture);
  fixture.open('2026-01-01');
  tickets.park([coffee], 'garden');
  tickets.discard();
  tickets.park([{ ...coffee, quantity_milli: 3000 }, cheese]);
  tickets.voidLine(1, 1000);
  fixture.close([{ currency: 'USD', amount_minor: 10_000 }]);
  fixture.open('2026-01-02');
  tickets.sell([coffee], [{ method: 'cash', amount_minor: 2060 }]);
  tickets.park([cheese], 'bar');
  fixture.close([{ currency: 'USD', amount_minor: 12_060 }]);
  fixture.stop();
  return fixture;
};

const ask = async <Answer>(question: (source: LogSource) => Promise<Answer>): Promise<Answer> => {
  const source = openSource(dir);
  try {
    return await question(source);
  } finally {
    await source.close();
  }
};

/** A ticket event as a forger sees it. */
interface ForgedTicket {
  session_id: string | null;
  data: {
    ticket_id: string | null;
    label: string;
    lines: { line_no: number; quantity_milli: number; unit_price_minor: number; code: string }[];
    lines_count: number;
    line_no: number;
    quantity_milli: number;
    gross_minor: number;
    ticket_gross_minor: number;
    from_session_id: string;
    z_report: { open_tickets: { gross_minor: number }[] };
  };
}

const nobody = '00000000-0000-4000-8000-000000000000';

describe('days with tickets', () => {
  it('have nothing wrong in them', async () => {
    twoDays();
    const { report } = await ask((source) => runVerify(source, {}));
    expect(report.problems).toEqual([]);
  });

  it('say what was taken off, discarded and left open, and the Z is right', async () => {
    twoDays();
    const { exitCode, report } = await ask((source) => runDay(source, {}));
    expect(exitCode).toBe(0);
    expect(report.totals).toMatchObject({
      line_voids_count: 1,
      line_voids_minor: 450,
      tickets_discarded_count: 1,
      tickets_discarded_minor: 450,
      gross_minor: 2060,
      turnover_minor: 2060,
    });
    expect(report.days.flatMap(({ sessions }) => sessions)).toMatchObject([
      { matches_recorded_z: true, open_tickets: [{ label: 'table 4', lines_count: 2, gross_minor: 1610 }] },
      { matches_recorded_z: true, open_tickets: [{ label: 'bar', lines_count: 1, gross_minor: 710 }] },
    ]);
    const text = dayText((await ask((source) => runDay(source, { date: '2026-01-01' }))).report);
    expect(text).toMatch(/Lines voided × 1 +4\.50 USD\n/u);
    expect(text).toMatch(/Tickets discarded × 1 +4\.50 USD\n/u);
    expect(text).toMatch(/Left open: table 4 +16\.10 USD\n/u);
  });

  const first = ({ data }: ForgedTicket) => data.lines[0] as ForgedTicket['data']['lines'][number];
  it.each<[string, string, string, (event: ForgedTicket) => unknown]>([
    ['a Z that hides a ticket', 'SessionClosed', 'Z_WRONG', ({ data }) => (data.z_report.open_tickets = [])],
    [
      'a Z that makes a ticket cheaper',
      'SessionClosed',
      'Z_WRONG',
      ({ data }) => data.z_report.open_tickets.forEach((ticket) => (ticket.gross_minor -= 100)),
    ],
    ['a ticket that was never parked', 'SaleRecorded', 'TICKET_WRONG', ({ data }) => (data.ticket_id = nobody)],
    ['a sale at another price', 'SaleRecorded', 'TICKET_WRONG', (event) => (first(event).unit_price_minor -= 1)],
    [
      'a sale of less than was parked',
      'SaleRecorded',
      'TICKET_WRONG',
      (event) => (first(event).quantity_milli -= 1000),
    ],
    ['a sale of other goods', 'SaleRecorded', 'TICKET_WRONG', (event) => (first(event).code = 'TEA')],
    ['a line numbered anew', 'TicketParked', 'TICKET_WRONG', (event) => (first(event).line_no = 7)],
    ['a void of a line that is not there', 'LineVoided', 'TICKET_WRONG', ({ data }) => (data.line_no = 3)],
    ['a void of more than is gone', 'LineVoided', 'TICKET_WRONG', ({ data }) => (data.quantity_milli = 2000)],
    ['a ticket discarded for less', 'TicketDiscarded', 'TICKET_WRONG', ({ data }) => (data.gross_minor = 1)],
    ['a ticket discarded with fewer lines', 'TicketDiscarded', 'TICKET_WRONG', ({ data }) => (data.lines_count = 0)],
    ['a ticket carried over for less', 'TicketCarriedOver', 'TICKET_WRONG', ({ data }) => (data.gross_minor = 1)],
    [
      'a ticket carried over from elsewhere',
      'TicketCarriedOver',
      'TICKET_WRONG',
      ({ data }) => (data.from_session_id = nobody),
    ],
    ['parking outside a session', 'TicketParked', 'SESSION_WRONG', (event) => (event.session_id = null)],
  ])('show %s', async (_what, type, code, change) => {
    const fixture = twoDays();
    const seqs: number[] = [];
    await ask(async (source) => {
      for (const log of await source.terminals()) {
        for await (const rows of log.rows()) {
          for (const row of rows) if (row.type === type) seqs.push(row.seq);
        }
      }
    });
    const [seq = 0] = seqs;
    forge(fixture.path, seq, (event) => change(event as unknown as ForgedTicket));
    const { report } = await ask((source) => runVerify(source, {}));
    expect(report.problems.filter((problem) => problem.seq === seq).map((problem) => problem.code)).toContain(code);
  });

  it('show a ticket that was lost between two sessions', async () => {
    const fixture = new LogFixture(dir).start();
    fixture.open('2026-01-01');
    ticketsOn(fixture).park([coffee]);
    fixture.close([]);
    const carried = fixture.events.length + 2;
    fixture.open('2026-01-02');
    fixture.close([]);
    fixture.stop();
    forge(fixture.path, carried, (event) => {
      const forged = event as unknown as { type: string; data: object };
      forged.type = 'DrawerOpened';
      const nothing = { staff_name: null, approver_name: null, paper: null };
      forged.data = { reason: 'sale', cause_local_id: '00000000-0000-4000-8000-000000000001', ...nothing };
    });
    fixture.signAgain();
    const { report } = await ask((source) => runVerify(source, {}));
    expect(report.problems).toMatchObject([
      { seq: carried + 1, code: 'Z_WRONG', detail: expect.stringContaining('was not carried over') as string },
    ]);
  });

  it('are not judged where a newer program did something that may concern a ticket', async () => {
    const fixture = twoDays();
    forge(fixture.path, 3, (event) => (event.type = 'TicketSplit'));
    fixture.signAgain();
    const { report } = await ask((source) => runVerify(source, {}));
    expect(report.problems.map(({ seq, code }) => [seq, code])).toEqual([[3, 'UNKNOWN_TYPE']]);
  });

  it('tell which ticket of a Z is wrong first', async () => {
    const fixture = new LogFixture(dir).start();
    fixture.open('2026-01-01');
    for (const label of ['a', 'b', 'c']) ticketsOn(fixture).park([coffee], label);
    const seq = fixture.events.length + 1;
    fixture.close([]);
    fixture.stop();
    forge(fixture.path, seq, (event) => (event as unknown as ForgedTicket).data.z_report.open_tickets.pop());
    fixture.signAgain();
    const { report } = await ask((source) => runVerify(source, {}));
    expect(report.problems).toMatchObject([
      {
        seq,
        code: 'Z_WRONG',
        detail: expect.stringMatching(/^open_tickets\[2\]: recorded null, expected .*"c"/u) as string,
      },
    ]);
  });
});
