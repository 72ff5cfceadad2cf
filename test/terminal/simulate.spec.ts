import { rmSync, writeFileSync } from 'node:fs';
import { machinePorts } from '../../src/ports.js';
import { SimulatedClock } from '../../src/terminal/simulated-clock.js';
import { printSummary } from '../../src/terminal/simulation-summary.js';
import { Terminal } from '../../src/terminal/terminal.js';
import { header, SimulationFolder } from './simulation.js';

const folders: SimulationFolder[] = [];
const shop = (rows: readonly string[] | string): SimulationFolder => {
  const folder = new SimulationFolder(rows);
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const { path } of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

const coffee = 'coffee,Coffee,Drinks';
const cake = 'cake,Cake,';

describe('what a file is rung up as', () => {
  it('opens a session a day with its first order and closes it with its last, counted as expected', async () => {
    const folder = shop([
      `1,2024-02-28T08:00:00,${coffee},2,1.50`,
      `1,2024-02-28T08:00:30,${cake},1,3.25`,
      `2,2024-02-28T23:59:59,${coffee},1,1.50`,
      `3,2024-02-29T00:00:00,${coffee},1,1.50`,
    ]);
    const summary = await folder.run();
    expect(summary).toEqual({
      finished: true,
      currency: 'USD',
      orders: 3,
      sales: 3,
      refunds: 0,
      gross_minor: 925,
      refunds_minor: 0,
      turnover_minor: 925,
      days: [
        { business_date: '2024-02-28', sales_count: 2, refunds_count: 0, turnover_minor: 775, z_number: 1 },
        { business_date: '2024-02-29', sales_count: 1, refunds_count: 0, turnover_minor: 150, z_number: 2 },
      ],
    });
    const trade = folder.events().filter(({ type }) => type !== 'DrawerOpened');
    expect(trade.map(({ type, occurred_at }) => `${type} ${occurred_at.slice(5, 19)}`)).toEqual([
      'TerminalStarted 02-28T08:00:00',
      'CatalogApplied 02-28T08:00:00',
      'SessionOpened 02-28T08:00:00',
      'SaleRecorded 02-28T08:00:00',
      'SaleRecorded 02-28T23:59:59',
      'SessionClosed 02-28T23:59:59',
      'SessionOpened 02-29T00:00:00',
      'SaleRecorded 02-29T00:00:00',
      'SessionClosed 02-29T00:00:00',
      'TerminalStopped 02-29T00:00:00',
    ]);
    expect(folder.eventsOf('SessionClosed').map(({ data }) => data.z_report.difference)).toEqual([
      [{ currency: 'USD', amount_minor: 0 }],
      [{ currency: 'USD', amount_minor: 0 }],
    ]);
    expect(folder.eventsOf('SessionOpened')[0]?.data.float).toEqual([{ currency: 'USD', amount_minor: 0 }]);
    expect(folder.updates).toEqual([1, 2, 3]);
  });

  it('sells from a catalog of first names and prices, with tax included at rate 0', async () => {
    const folder = shop([
      `1,2024-01-01T10:00:00,${coffee},1,1.50`,
      '1,2024-01-01T10:00:00,coffee,Another name,Else,1,1.50',
      `1,2024-01-01T10:00:00,${cake},1,3`,
    ]);
    await folder.run();
    const [applied] = folder.eventsOf('CatalogApplied');
    expect(applied?.data).toMatchObject({ catalog_version: -1, previous_version: 0, currency: 'USD', products: 2 });
    const [sale] = folder.eventsOf('SaleRecorded');
    expect(
      sale?.data.lines.map(({ name, category, rate_ppm, tax_mode }) => [name, category, rate_ppm, tax_mode]),
    ).toEqual([
      ['Coffee', 'Drinks', 0, 'inclusive'],
      ['Coffee', 'Drinks', 0, 'inclusive'],
      ['Cake', null, 0, 'inclusive'],
    ]);
    expect(sale).toMatchObject({ catalog_version: -1, staff_id: 'simulated-cashier', approved_by: null });
  });

  it('records another price than the catalog has as an override of that line, approved by the manager', async () => {
    const folder = shop([
      `1,2024-01-01T10:00:00,${coffee},1,1.50`,
      `2,2024-01-01T10:05:00,${coffee},1,1.20`,
      `2,2024-01-01T10:05:00,${cake},1,3.00`,
    ]);
    await folder.run();
    const [, second] = folder.eventsOf('SaleRecorded');
    expect(second?.approved_by).toBe('simulated-manager');
    expect(second?.data.lines.map((line) => [line.unit_price_minor, line.list_price_minor])).toEqual([
      [120, 150],
      [300, 300],
    ]);
    expect(folder.eventsOf('SessionClosed')[0]?.data.z_report.overrides_count).toBe(1);
  });

  it('records negative quantities as a refund without receipt, also below an empty drawer', async () => {
    const folder = shop([
      `7,2024-01-01T10:00:00,${coffee},-2,1.50`,
      `8,2024-01-01T10:05:00,${cake},1,1.00`,
      `8,2024-01-01T10:05:00,${coffee},-0.5,1.50`,
    ]);
    const summary = await folder.run();
    expect(summary).toMatchObject({ orders: 2, sales: 1, refunds: 2, refunds_minor: 375, turnover_minor: -275 });
    const refunds = folder.eventsOf('RefundRecorded');
    expect(refunds.map(({ approved_by, data }) => [approved_by, data.total_minor, data.original_local_id])).toEqual([
      ['simulated-manager', 300, null],
      ['simulated-manager', 75, null],
    ]);
    const z = folder.eventsOf('SessionClosed')[0]?.data.z_report;
    expect(z?.counted).toEqual([{ currency: 'USD', amount_minor: -275 }]);
    expect(z?.difference).toEqual([{ currency: 'USD', amount_minor: 0 }]);
  });

  it('takes no tender for what is free', async () => {
    const folder = shop([`1,2024-01-01T10:00:00,${coffee},1,0.00`, `2,2024-01-01T10:00:00,${coffee},-1,0`]);
    expect(await folder.run()).toMatchObject({ sales: 1, refunds: 1, turnover_minor: 0 });
    expect(folder.eventsOf('SaleRecorded')[0]?.data.tenders).toEqual([]);
    expect(folder.eventsOf('DrawerOpened')).toEqual([]);
  });

  it('takes long names, codes with spaces, quotes, weighed goods and hundreds of lines', async () => {
    const name = 'شاي '.repeat(125);
    const rows = Array.from({ length: 400 }, () => `1,2024-01-01T10:00:00,a b  c,${name},,0.125,8.00`);
    const folder = shop([...rows, '2,2024-01-01T10:01:00,"x,""y""","Two, ""three""",Mixed,1,1.00']);
    expect(await folder.run()).toMatchObject({ sales: 2, turnover_minor: 40_100 });
    const [first, second] = folder.eventsOf('SaleRecorded');
    expect(first?.data.lines).toHaveLength(400);
    expect(first?.data.lines[399]).toMatchObject({ code: 'a b  c', name, category: null, quantity_milli: 125 });
    expect(second?.data.lines[0]).toMatchObject({ code: 'x,"y"', name: 'Two, "three"' });
  });

  it.each([
    ['JOD', '1.125', 1125],
    ['JPY', '150', 150],
    ['LBP', '150000', 15_000_000],
  ])('counts in %s', async (currency, price, total) => {
    const folder = shop([`1,2024-01-01T10:00:00,${coffee},1,${price}`]);
    expect(await folder.run({ currency })).toMatchObject({ currency, turnover_minor: total });
  });

  it('reads any order of columns, more columns, a byte order mark, CRLF and empty lines', async () => {
    const lines = [
      'note,unit_price,quantity,category,name,code,ordered_at,order_id',
      '"a\r\nb",1.50,1,,Coffee,coffee,2024-01-01 10:00,1',
      '',
      ',1.50,1,,Coffee,coffee,2024-01-01 10:00:30,2,more',
    ];
    const folder = shop(`\uFEFF${lines.join('\r\n')}`);
    expect(await folder.run()).toMatchObject({ orders: 2, turnover_minor: 300 });
  });

  it('takes an order for another one when its number comes again later', async () => {
    const folder = shop([
      `1,2024-01-01T10:00:00,${coffee},1,1.50`,
      `2,2024-01-01T10:01:00,${coffee},1,1.50`,
      `1,2024-01-01T10:02:00,${coffee},1,1.50`,
    ]);
    expect(await folder.run()).toMatchObject({ orders: 3, sales: 3 });
  });

  it('keeps the order of the file when its times go back, and records that the clock did', async () => {
    const folder = shop([
      `1,2024-01-02T10:00:00,${coffee},1,1.50`,
      `2,2024-01-01T10:00:00,${coffee},1,1.50`,
      `3,2024-01-02T09:00:00,${coffee},1,1.50`,
    ]);
    const { days } = await folder.run();
    expect(days.map(({ business_date }) => business_date)).toEqual(['2024-01-02', '2024-01-01', '2024-01-02']);
    expect(folder.eventsOf('ClockJumped').map(({ data }) => data.jump_ms)).toEqual([-86_400_000]);
  });

  it('prints the totals of each day and of all days', async () => {
    const folder = shop([`1,2024-01-01T10:00:00,${coffee},1,1.50`, `2,2024-01-02T10:00:00,${coffee},-1,1.50`]);
    const written: string[] = [];
    printSummary(await folder.run(), (text) => void written.push(text));
    expect(written.join('').split('\n')).toEqual([
      'day         Z  sales  refunds  turnover USD',
      '2024-01-01  1      1        0          1.50',
      '2024-01-02  2      0        1         -1.50',
      '----------  -  -----  -------  ------------',
      'total       2      1        1          0.00',
      '2 orders in 2 sessions: sold 1.50 USD, refunded 1.50 USD, turnover 0.00 USD',
      '',
    ]);
  });
});

describe('a folder that was used before', () => {
  const rows = Array.from({ length: 30 }, (_, index) => {
    const day = String(1 + Math.floor(index / 10)).padStart(2, '0');
    return `${index},2024-01-${day}T10:${String(index).padStart(2, '0')}:00,${coffee},1,1.50`;
  });

  it('adds nothing when all is rung up, and says the same', async () => {
    const folder = shop(rows);
    const first = await folder.run();
    const before = folder.events();
    expect(await folder.run()).toEqual(first);
    expect(folder.events()).toEqual(before);
  });

  it('goes on after it was interrupted between two orders', async () => {
    const folder = shop(rows);
    const stop = new AbortController();
    const progress = {
      update: (done: number) => {
        if (done === 13) stop.abort();
      },
    };
    expect(await folder.run({ signal: stop.signal, progress })).toMatchObject({
      finished: false,
      orders: 13,
      sales: 13,
    });
    expect(folder.events().at(-1)).toMatchObject({
      type: 'TerminalStopped',
      data: { reason: 'simulation interrupted' },
    });
    expect(await folder.run()).toMatchObject({ finished: true, orders: 30, sales: 30, turnover_minor: 4500 });
    const whole = shop(rows);
    await whole.run();
    expect(folder.trade()).toEqual(whole.trade());
    expect(folder.eventsOf('ClockJumped')).toEqual([]);
    expect(folder.eventsOf('TerminalRecovered')).toEqual([]);
    expect(folder.eventsOf('CatalogApplied')).toHaveLength(1);
  });

  it('rings up another file behind the first, from a catalog of its own', async () => {
    const folder = shop(rows);
    await folder.run();
    writeFileSync(folder.orders, [header, `1,2024-02-01T10:00:00,${cake},1,3.00`].join('\n'));
    expect(await folder.run()).toMatchObject({ orders: 1, turnover_minor: 300, days: [{ z_number: 4 }] });
    expect(folder.eventsOf('CatalogApplied').map(({ data }) => data.catalog_version)).toEqual([-1, -2]);
    const z = folder.eventsOf('SessionClosed').at(-1)?.data.z_report;
    expect(z?.perpetual.turnover_minor).toBe(4800);
  });

  it('refuses another currency than the log has, before it records anything', async () => {
    const folder = shop(rows);
    await folder.run();
    const before = folder.events();
    await expect(folder.run({ currency: 'EUR' })).rejects.toMatchObject({ code: 'CURRENCY_CHANGED' });
    expect(folder.events()).toEqual(before);
  });

  it('refuses a folder where somebody else left a session open', async () => {
    const folder = shop(rows);
    const stop = new AbortController();
    await folder.run({ signal: stop.signal, progress: { update: () => stop.abort() } });
    const before = folder.events();
    writeFileSync(folder.orders, [header, `1,2024-02-01T10:00:00,${cake},1,3.00`].join('\n'));
    await expect(folder.run()).rejects.toMatchObject({ code: 'SESSION_OPEN' });
    expect(folder.events()).toEqual(before);
  });

  it('refuses a folder that another program uses', async () => {
    const folder = shop(rows);
    const terminal = Terminal.open({ dataDir: folder.dataDir, ports: machinePorts, onCommitUnknown: () => undefined });
    try {
      await expect(folder.run()).rejects.toMatchObject({ code: 'FOLDER_IN_USE' });
    } finally {
      terminal.close();
    }
  });
});

describe('what runs beside the till', () => {
  const rows = [`1,2024-01-01T10:00:00,${coffee},1,1.50`, `2,2024-01-01T11:00:00,${coffee},1,1.50`];

  const recording = (calls: string[]) => ({
    onOpen: async (terminal: Terminal) => {
      const last = () =>
        terminal.recorder.log.read((terminal.recorder.log.head?.seq ?? 1) - 1, 1)[0]?.type ?? 'nothing';
      calls.push(`open after ${last()}, started ${String(terminal.started)}`);
      return {
        drained: async () => void calls.push(`drained after ${last()}`),
        detach: async () => void calls.push('detached'),
      };
    },
  });

  it('starts before the first order and is waited for after the last event', async () => {
    const folder = shop(rows);
    const calls: string[] = [];
    await folder.run(recording(calls));
    await folder.run(recording(calls));
    expect(calls).toEqual([
      'open after TerminalStarted, started true',
      'drained after TerminalStopped',
      'detached',
      'open after TerminalStopped, started false',
      'drained after TerminalStopped',
      'detached',
    ]);
  });

  it('is ended when it fails, and the terminal is stopped in order', async () => {
    const folder = shop(rows);
    const failing = { onOpen: () => Promise.reject(new Error('no central')) };
    await expect(folder.run(failing)).rejects.toThrow('no central');
    expect(folder.events().map(({ type }) => type)).toEqual(['TerminalStarted', 'TerminalStopped']);
    expect(await folder.run()).toMatchObject({ finished: true, sales: 2 });
  });

  it('sleeps on the clock of the file', async () => {
    const clock = new SimulatedClock(1000);
    const woken: string[] = [];
    const stop = new AbortController();
    const sleeps = [
      clock.sleep(500).then(() => void woken.push('short')),
      clock.sleep(5000).then(() => void woken.push('long')),
      clock.sleep(5000, stop.signal).then(() => void woken.push('aborted')),
    ];
    clock.moveTo(1600);
    await sleeps[0];
    stop.abort();
    await sleeps[2];
    expect(woken).toEqual(['short', 'aborted']);
    clock.moveTo(0);
    expect([clock.wall(), clock.monotonic()]).toEqual([0, 600]);
    clock.moveTo(4400);
    await sleeps[1];
    expect(woken).toEqual(['short', 'aborted', 'long']);
  });
});
