import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { eventually, Programs, type Running } from './programs.js';

const orders = resolve('../shared/data/pizza-orders-2015.csv');
const year = existsSync(orders) ? describe : describe.skip;
if (!existsSync(orders)) process.stderr.write(`A restaurant's year is not tested: ${orders} is missing.\n`);

interface Session {
  readonly reconciled: boolean;
  readonly report: { readonly turnover_minor: number; readonly sales_count: number };
}

year('a real restaurant’s year through a terminal, a relay and a central that is killed on the way', () => {
  const programs = new Programs();
  let central: Running;
  let admin = '';

  const centralData = programs.path('central');
  const tillData = programs.path('till');
  const startCentral = (port: string): Promise<Running> =>
    programs.start('central', '--data', centralData, '--port', port);

  const ask = async <Item>(path: string): Promise<readonly Item[]> => {
    const answer = await fetch(`${central.url}${path}`, { headers: { authorization: `Bearer ${admin}` } });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { items: readonly Item[] }).items;
  };

  beforeAll(async () => {
    central = await startCentral('0');
    admin = (await programs.run('central', 'admin', '--data', centralData)).stdout.trim();
  });
  afterAll(() => programs.clear());

  test('arrives whole, each event once, every Z reconciled', async () => {
    const code = (await programs.run('central', 'code', '--data', centralData)).stdout.trim();
    const simulation = programs.run(
      'simulate',
      orders,
      '--data',
      tillData,
      '--currency',
      'USD',
      '--central',
      central.url,
      '--code',
      code,
    );
    await eventually(async () => ((await ask('/v1/receipts?limit=500')).length > 400 ? true : undefined));
    const { port } = new URL(central.url);
    await central.stop('SIGKILL');
    central = await startCentral(port);
    const { code: exit, stdout, stderr } = await simulation;
    expect({ exit, stderr: exit === 0 ? '' : stderr }).toEqual({ exit: 0, stderr: '' });
    expect(stdout).toContain('817860.05 USD');
    const sessions = await ask<Session>('/v1/sessions?limit=500');
    expect(sessions).toHaveLength(358);
    expect(sessions.filter(({ reconciled }) => !reconciled)).toEqual([]);
    expect(sessions.reduce((sum, { report }) => sum + report.turnover_minor, 0)).toBe(81_786_005);
    expect(sessions.reduce((sum, { report }) => sum + report.sales_count, 0)).toBe(21_350);
    expect(await ask('/v1/rejected')).toEqual([]);
  }, 400_000);

  test('is reconstructed to the same figures from the terminal’s file and from central', async () => {
    const [till, copy] = await Promise.all(
      [tillData, centralData].map(async (source) => {
        const { code, stdout } = await programs.run('audit', 'day', source, '--json');
        expect(code).toBe(0);
        return JSON.parse(stdout) as { days: readonly object[]; totals: Record<string, unknown> };
      }),
    );
    expect(copy).toEqual(till);
    expect(till?.days).toHaveLength(358);
    expect(till?.totals).toMatchObject({ turnover_minor: 81_786_005, sales_count: 21_350 });
    for (const source of [tillData, centralData]) {
      expect(await programs.run('audit', 'verify', source)).toMatchObject({ code: 0, stderr: '' });
    }
  }, 120_000);

  test('adds nothing when it is rung up again', async () => {
    const before = (await programs.run('audit', 'verify', tillData, '--json')).stdout;
    expect(await programs.run('simulate', orders, '--data', tillData, '--central', central.url)).toMatchObject({
      code: 0,
    });
    expect((await programs.run('audit', 'verify', tillData, '--json')).stdout).toBe(before);
  }, 120_000);

  test('its read models are rebuilt to the same rows', async () => {
    const { code, stdout } = await programs.run('projections', 'rebuild', '--data', tillData);
    expect(stdout).toMatch(/^session_totals: 358 rows, 0 differed$/mu);
    expect(stdout).not.toMatch(/[1-9]\d* differed/u);
    expect(code).toBe(0);
  }, 120_000);
});
