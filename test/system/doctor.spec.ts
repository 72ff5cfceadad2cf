import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import type { DoctorReport } from '../../src/terminal/doctor.js';
import { eventually, Programs, type Running } from './programs.js';

const programs = new Programs();
afterAll(() => programs.clear());

const till = programs.path('till');

const examined = async (...more: readonly string[]) => {
  const { code, stdout, stderr } = await programs.run('doctor', '--data', till, '--json', ...more);
  expect(stderr).toBe('');
  const report = JSON.parse(stdout) as DoctorReport;
  const found = report.checks.flatMap(({ check, findings }) => findings.map((one) => `${check} ${one.code}`));
  return { code, report, found };
};

/** What lies in the folder of the till, besides what is shared in memory and moves while it talks to central. */
const namesAndSecrets = (): readonly string[] =>
  readdirSync(till).map((name) =>
    /^(terminal|device|owner|enrol)/u.test(name) ? `${name} ${readFileSync(`${till}/${name}`, 'hex')}` : name,
  );

describe('tillog doctor', () => {
  let central: Running;
  let terminal: Running;

  it('looks at a till that runs and a central that answers, and leaves both as they are', async () => {
    const place = ['--data', programs.path('central')] as const;
    central = await programs.start('central', ...place, '--port', '0');
    const enrolmentCode = (await programs.run('central', 'code', ...place)).stdout.trim();
    await programs.run('enroll', enrolmentCode, '--data', till, '--central', central.url);
    terminal = await programs.start('terminal', '--data', till, '--port', '0');
    await eventually(async () => {
      const status = (await (await fetch(`${terminal.url}/v1/sync`)).json()) as { readonly pending: number };
      return status.pending === 0 ? true : undefined;
    });
    const before = namesAndSecrets();
    const { code, report, found } = await examined();
    expect(namesAndSecrets()).toEqual(before);
    expect([code, report.till_running, report.health === 'problem']).toEqual([0, true, false]);
    for (const well of ['database DATABASE_WHOLE', 'chain CHAIN_WHOLE', 'clock CLOCK_RIGHT', 'key KEY_FITS']) {
      expect(found).toContain(well);
    }
    expect(found).toContain('central CENTRAL_REACHED');
    expect(found).toContain('printer NO_PRINTER');
    expect((await fetch(`${terminal.url}/health/ready`)).status).toBe(200);
  });

  it('finds a key that others may read, and says it for a person', async () => {
    chmodSync(`${till}/terminal.key`, 0o644);
    const { code, stdout } = await programs.run('doctor', '--data', till);
    expect(code).toBe(1);
    expect(stdout).toMatch(/a till runs on it now/u);
    expect(stdout).toMatch(/^PROBLEM {2}key {7}.*mode 644.*\[KEY_OPEN\]\n {19}Money: .*\n {19}To do: .*chmod 600/mu);
    chmodSync(`${till}/terminal.key`, 0o600);
  });

  it('finds that the token was revoked at central, and that central is away', async () => {
    const { report } = await examined();
    const place = ['--data', programs.path('central')] as const;
    await programs.run('central', 'revoke', String(report.terminal_id), ...place);
    const revoked = await examined();
    expect([revoked.code, revoked.found.filter((one) => one.startsWith('central'))]).toEqual([
      1,
      ['central TOKEN_REVOKED'],
    ]);
    await central.stop();
    const alone = await examined();
    expect([alone.code, alone.found.filter((one) => one.startsWith('central'))]).toEqual([
      0,
      ['central CENTRAL_SILENT'],
    ]);
  });

  it('prints a test page into a folder, and refuses what cannot be a printer', async () => {
    const papers = programs.path('papers');
    const { code, found } = await examined('--printer', `virtual:${papers}`, '--print-test', '--paper', '58mm');
    expect([code, found.slice(-2)]).toEqual([0, ['printer PRINTER_READY', 'printer TEST_PRINTED']]);
    expect(readFileSync(`${papers}/000001.txt`, 'utf8')).toContain('12345678901234567890123456789012\n');
    const refused = await examined('--printer', 'tcp:169.254.169.254:9100');
    expect([refused.code, refused.found.at(-1)]).toEqual([1, 'printer PRINTER_ADDRESS_NOT_PRIVATE']);
    await terminal.stop();
    expect((await examined()).report.till_running).toBe(false);
  });

  it.each([
    ['a folder that is not there', ['--data', '/nowhere']],
    ['a drawer without a page', ['--data', till, '--open-drawer']],
    ['a page without a printer', ['--data', till, '--print-test']],
  ])('ends with 2 for %s', async (_what, args) => {
    const { code, stderr } = await programs.run('doctor', ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^tillog: \S/u);
  });
});
