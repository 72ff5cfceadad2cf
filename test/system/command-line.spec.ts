import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Programs } from './programs.js';
import { version } from '../../src/terminal/version.js';

describe('the command line', () => {
  const programs = new Programs();
  afterAll(() => programs.clear());

  test('gives the version of the package', async () => {
    expect(JSON.parse(readFileSync('package.json', 'utf8'))).toMatchObject({ version });
    expect(await programs.run('--version')).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  test.each([
    ['no program', ['nothing'], 2],
    ['a port that is none', ['terminal', '--data', 'x', '--port', '70000'], 2],
    ['no data folder', ['terminal'], 2],
    ['central without a place for its data', ['central'], 2],
    ['an address that is none', ['enroll', 'code', '--data', 'x', '--central', 'somewhere'], 2],
    ['nothing to audit', ['audit', 'verify', '/nowhere'], 2],
    ['a backup of nothing', ['backup', 'x.backup', '--data', '/nowhere'], 2],
    ['a backup without a name', ['backup', '--data', '/nowhere'], 2],
    ['no backup to restore', ['restore', '/nowhere/x.backup', '--data', '/nowhere'], 2],
    ['a database that is no PostgreSQL', ['central', '--database-url', 'mysql://u:secret@x', '--port', '0'], 2],
    ['a company without a name', ['central', 'code', '--database-url', 'postgres://127.0.0.1:1/x', '--tenant', ' '], 2],
    ['no terminal to revoke', ['central', 'revoke', '--data', 'x'], 2],
    ['no place of the terminal to revoke', ['central', 'revoke', 'x'], 2],
    ['no terminal to rotate', ['central', 'rotate', '--data', 'x'], 2],
    ['a printer that is none', ['terminal', '--data', '/nowhere', '--printer', 'lp0'], 2],
    ['a roll that nobody makes', ['terminal', '--data', '/nowhere', '--paper', 'a4'], 2],
    ['a state at no event', ['audit', 'state', '/nowhere', '--terminal', 'x', '--at-seq', 'x'], 2],
  ])('says what is wrong and how to do it right: %s', async (_what, args, code) => {
    const ended = await programs.run(...args);
    expect(ended.code).toBe(code);
    expect(ended.stderr).not.toBe('');
    expect(ended.stderr).not.toMatch(/\n\s+at |secret/u);
  });

  test.each([
    '',
    'terminal',
    'central',
    'central code',
    'enroll',
    'catalog import',
    'simulate',
    'audit verify',
    'audit day',
    'audit state',
    'demo',
    'backup',
    'restore',
    'doctor',
    'central revoke',
    'central rotate',
  ])('explains “%s”', async (name) => {
    const ended = await programs.run(...name.split(' ').filter(Boolean), '--help');
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/Usage: tillog/u);
  });

  test('refuses an old Node at once', () => {
    const script = `Object.defineProperty(process.versions, 'node', { value: '18.20.0' }); import(process.argv[1])`;
    const { status, stderr } = spawnSync(process.execPath, ['-e', script, programs.path('dist', 'main.js')], {
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/needs Node 20\.19\.0 or newer; this is 18\.20\.0/u);
    expect(status).toBe(2);
  });

  test('tells a second terminal on the folder that it is in use', async () => {
    const first = await programs.start('terminal', '--data', programs.path('shared'), '--port', '0');
    const second = await programs.run('terminal', '--data', programs.path('shared'), '--port', '0');
    expect(second).toMatchObject({ code: 3, stderr: expect.stringMatching(/Another tillog is running/u) as string });
    expect((await fetch(`${first.url}/health/live`)).status).toBe(200);
    await first.stop();
    expect(first.child.exitCode).toBe(0);
  });

  test('refuses orders with a broken row by its line, and makes nothing', async () => {
    mkdirSync(programs.path('orders'));
    const file = programs.path('orders', 'broken.csv');
    const header = 'order_id,ordered_at,code,name,category,quantity,unit_price';
    writeFileSync(
      file,
      `${header}\n1,2026-01-05T10:00:00,a,Apple,Fruit,1,1.00\n1,2026-01-05T10:00:00,b,Bun,,zero,2.00\n`,
    );
    const ended = await programs.run('simulate', file, '--data', programs.path('never'));
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/line 3/u);
    expect(existsSync(programs.path('never', 'tillog.db'))).toBe(false);
  });

  test('imports a catalog into a till where nobody can sign in yet, or names what is wrong with it', async () => {
    const file = programs.path('products.csv');
    const run = (...more: readonly string[]) =>
      programs.run('catalog', 'import', file, '--data', programs.path('till'), ...more);
    writeFileSync(file, 'code,name,category,price,tax_rate,barcodes\na,Apple,Fruit,1.005,11,\nb,Bun,,x,11,\n');
    expect(await run('--currency', 'JOD')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/line 3: price “x”/u) as string,
    });
    writeFileSync(file, 'code,name,category,price,tax_rate,barcodes\na,Apple,Fruit,1.005,11,\n');
    expect(await run('--currency', 'JOD')).toMatchObject({
      code: 0,
      stdout: '1 products imported; catalog version -1\n',
    });
    expect(await run()).toMatchObject({ code: 0, stdout: '1 products imported; catalog version -2\n' });
  });
});
