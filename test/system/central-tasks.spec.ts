import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { superuser } from '../../src/central/postgres-cluster.js';
import { findPostmaster } from '../../src/central/postgres-server.js';
import { Programs } from './programs.js';

const programs = new Programs();
afterAll(() => programs.clear());

/** The database of the central that runs, past every guard. */
const superuserUrl = async (): Promise<string> => {
  const folder = programs.path('central', 'postgres');
  const password = (await readFile(join(folder, 'password'), 'utf8')).trim();
  const { port = 0 } = (await findPostmaster(join(folder, 'data'))) ?? {};
  return `postgres://${superuser}:${password}@127.0.0.1:${String(port)}/tillog`;
};

describe('tillog central', () => {
  it('makes the first owner with a password that is typed, rebuilds, and says what is wrong', async () => {
    const data = ['--data', programs.path('central')] as const;
    const weak = await programs.runWith('short\n', 'central', 'admin', '--user', 'rania', ...data);
    expect(weak).toMatchObject({ code: 2, stderr: expect.stringContaining('PASSWORD_WEAK') as string });
    const none = await programs.runWith('', 'central', 'admin', '--user', 'rania', ...data);
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('No password was given') as string });
    const made = await programs.runWith('correct horse 9\n', 'central', 'admin', '--user', 'rania', ...data);
    expect(made).toMatchObject({ code: 0, stdout: 'rania can sign in to the back office of Shop\n' });
    const central = await programs.start('central', ...data, '--port', '0');
    const login = await fetch(`${central.url}/v1/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'rania', password: 'correct horse 9' }),
    });
    expect(login.status).toBe(204);
    const rebuilt = await programs.run('central', 'rebuild', ...data);
    expect(rebuilt).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('receipts: 0 rows, 0 differed\n') as string,
    });
    const lost = await programs.run('central', 'rebuild', '--tenant', 'Nobody', ...data);
    expect(lost).toMatchObject({ code: 2, stderr: expect.stringContaining('no company “Nobody”') as string });
    for (const task of [['--port', '0'], ['code']]) {
      const refused = await programs.run('central', ...task, '--database-url', await superuserUrl());
      expect(refused).toMatchObject({ code: 3, stdout: '' });
      expect(refused.stderr).toMatch(/^tillog: The role postgres goes past row-level security, .*a role of its own/u);
    }
    await central.stop();
  });
});
