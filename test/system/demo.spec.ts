import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { eventually, Programs, type Running } from './programs.js';

/** The shell blocks of the README's chapter on selling with curl, with the till's address put in. */
const readmeScript = (till: string): string => {
  const readme = readFileSync('README.md', 'utf8');
  const chapter = readme.slice(readme.indexOf('## A sale with curl'), readme.indexOf('## A sale in seven steps'));
  const [first = ''] = [...chapter.matchAll(/```sh\n([\s\S]*?)```/gu)].map((match) => match[1] ?? '');
  return first.replace(/TILL=\S+/u, `TILL=${till}`);
};

interface SyncStatus {
  readonly pending: number;
  readonly problem: string | null;
}

describe('the demo, as the README shows it', () => {
  const programs = new Programs();
  let demo: Running;

  beforeAll(async () => {
    demo = await programs.start('demo', '--data', programs.path('shop'), '--port', '0', '--central-port', '0');
  });
  afterAll(() => programs.clear());

  const till = async (path: string, init: RequestInit = {}): Promise<Record<string, unknown>> =>
    (await (await fetch(`${demo.url}${path}`, init)).json()) as Record<string, unknown>;

  const signIn = async (): Promise<(path: string, body?: object, key?: string) => Promise<Record<string, unknown>>> => {
    const headers = { 'content-type': 'application/json' };
    const { token } = await till('/v1/login', {
      method: 'POST',
      headers,
      body: JSON.stringify({ staff_code: '1', pin: '739152' }),
    });
    return (path, body, key = path) =>
      till(path, {
        headers: { ...headers, authorization: `Bearer ${String(token)}`, 'idempotency-key': key },
        ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
      });
  };

  test('the commands of the README sell', () => {
    const output = execFileSync('bash', ['-euc', readmeScript(demo.url)], { encoding: 'utf8' });
    const [session, sale, sync] = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(session).toMatchObject({ float: [{ currency: 'USD', amount_minor: 5000 }] });
    expect(sale).toMatchObject({ total_minor: 700, change: [{ currency: 'USD', amount_minor: 300 }] });
    expect(sync).toMatchObject({ rejected: [] });
  });

  test('a sale made while central is stopped arrives when central is back', async () => {
    const ask = await signIn();
    const [, centralUrl = '', pid = ''] = /central +(\S+) +\(pid (\d+)\)/u.exec(demo.printed()) ?? [];
    process.kill(Number(pid), 'SIGINT');
    await eventually(async () => (await fetch(centralUrl).catch(() => undefined)) === undefined || undefined);
    const sale = { lines: [{ code: 'tea' }], tenders: [{ method: 'cash', amount_minor: 250 }] };
    expect(await ask('/v1/sales', sale, 'while-away')).toMatchObject({ total_minor: 250 });
    const away = await eventually(async () => {
      const status = (await ask('/v1/sync')) as unknown as SyncStatus;
      return status.pending > 0 && status.problem !== null ? status : undefined;
    });
    expect(away.problem).toMatch(/Sales go on/u);
    const central = await programs.start(
      'central',
      '--data',
      programs.path('shop', 'central'),
      '--port',
      new URL(centralUrl).port,
    );
    await eventually(async () => ((await ask('/v1/sync')) as unknown as SyncStatus).pending === 0 || undefined);
    await central.stop('SIGINT');
  });

  test('stopping it leaves no process behind', async () => {
    const pids = [...demo.printed().matchAll(/\(pid (\d+)\)/gu)].map((match) => Number(match[1]));
    await demo.stop('SIGINT');
    expect(demo.child.exitCode).toBe(0);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/u);
  });
});
