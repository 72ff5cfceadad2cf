import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from '@node-rs/argon2';
import type { CatalogContent } from '../../src/catalog/catalog.js';
import { nobody } from '../../src/projections/wrong-pins.js';
import { coffee, content, Till } from './http-fixture.js';

const till = (): Till => made[made.length - 1] as Till;
const made: Till[] = [];
const start = async (catalog?: CatalogContent): Promise<Till> => {
  made.push(new Till());
  return till().start(catalog ? { catalog } : {});
};
afterEach(async () => {
  for (const one of made.splice(0)) {
    await one.stop();
    one.remove();
  }
});

const wrong = async (staff_code: string, times: number): Promise<readonly number[]> => {
  const statuses = [];
  for (let time = 0; time < times; time += 1) statuses.push((await till().signIn(staff_code, '0000')).status);
  return statuses;
};

describe('Wrong PINs', () => {
  it('are looked at no more after five, whoever comes with the right one, over a restart and a clock set back', async () => {
    await start();
    expect(await wrong('1', 12)).toEqual([...Array<number>(5).fill(401), ...Array<number>(7).fill(429)]);
    const locked = await till().signIn('1', 'pin-1111');
    expect(locked).toMatchObject({ status: 429, body: { code: 'TOO_MANY_ATTEMPTS', retry_after_seconds: 30 } });
    expect(locked.headers.get('retry-after')).toBe('30');
    till().pass(29_000);
    await till().restart();
    expect(await till().signIn('1', 'pin-1111')).toMatchObject({ status: 429, body: { retry_after_seconds: 30 } });
    till().setClock(-3_600_000);
    expect(await till().signIn('1', 'pin-1111')).toMatchObject({ status: 429 });
    till().setClock(7_200_000);
    expect(await till().signIn('1', 'pin-1111')).toMatchObject({ status: 429 });
    till().pass(30_000);
    expect(await till().signIn('1', 'pin-1111')).toMatchObject({ status: 200 });
  });

  it('lock for ever longer, also when a restart comes in between', async () => {
    await start();
    await wrong('1', 5);
    till().pass(30_000);
    await till().restart();
    till().pass(30_000);
    expect(await wrong('1', 6)).toEqual([401, 401, 401, 401, 401, 429]);
    till().pass(299_000);
    expect(await till().signIn('1', 'pin-1111')).toMatchObject({ status: 429 });
    till().pass(1_000);
    expect(await till().signIn('1', 'pin-1111')).toMatchObject({ status: 200 });
    expect(await till().signIn('1', '0000')).toMatchObject({ status: 401 });
  });

  it('that come all at once are no way round it', async () => {
    await start();
    const attempts = await Promise.all(Array.from({ length: 12 }, () => till().signIn('1', '0000')));
    const codes = attempts.map(({ status }) => status).sort();
    expect(codes).toEqual([...Array<number>(5).fill(401), ...Array<number>(7).fill(429)]);
  });

  it('of one lock out nobody else', async () => {
    await start();
    await wrong('2', 6);
    expect(await till().signIn('2', 'pin-2222')).toMatchObject({ status: 429 });
    expect(await till().signIn('1', 'pin-1111')).toMatchObject({ status: 200 });
    expect(await till().signIn('9', 'pin-9999')).toMatchObject({ status: 200 });
  });

  it('over many codes lock the terminal for all but managers, who can unlock', async () => {
    await start();
    for (const staff_code of ['x1', 'x2', 'x3', 'x4']) await wrong(staff_code, 5);
    expect(await till().signIn('1', 'pin-1111')).toMatchObject({ status: 429 });
    await till().restart();
    expect(await till().signIn('1', 'pin-1111')).toMatchObject({ status: 429 });
    expect(await till().signIn('9', 'pin-9999')).toMatchObject({ status: 200 });
    expect(await till().post('/v1/staff/1/unlock', {})).toMatchObject({ status: 201 });
    expect(await till().signIn('1', 'pin-1111')).toMatchObject({ status: 200 });
  });

  it('of an approval count like those at sign-in, and each is recorded', async () => {
    await start();
    await till().signIn('1', 'pin-1111');
    await till().post('/v1/sessions', { float: [] });
    const asked = { reason: 'change', approval: { staff_code: '9', pin: '0000' } };
    const statuses = [];
    for (let time = 0; time < 7; time += 1) statuses.push((await till().post('/v1/drawer-opens', asked)).status);
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429, 429]);
    const failure = { staff_code: '9', claimed_staff_id: 's-9', reason: 'wrong_pin', for: 'approval' };
    const failed = till().recorded('SignInFailed');
    expect(failed.map(({ data }) => data)).toEqual([
      ...Array<object>(5).fill(failure),
      { ...failure, reason: 'locked_out' },
    ]);
    expect(new Set(failed.map(({ staff_id }) => staff_id))).toEqual(new Set(['s-1']));
    const unknown = { ...coffee, approval: { staff_code: '77', pin: '1' } };
    expect(await till().post('/v1/sales', unknown)).toMatchObject({ status: 403, body: { code: 'APPROVAL_FAILED' } });
    expect(till().events.filter((type) => type === 'SaleRecorded')).toEqual([]);
  });

  it('are forgotten when a manager unlocks the code, and only then at once', async () => {
    await start();
    await wrong('1', 5);
    await till().signIn('2', 'pin-2222');
    const unlock = (body: object, key?: string) => till().post('/v1/staff/1/unlock', body, key ? { key } : {});
    expect(await unlock({})).toMatchObject({ status: 403, body: { code: 'APPROVAL_REQUIRED', role: 'manager' } });
    expect(await till().signIn('1', 'pin-1111')).toMatchObject({ status: 429 });
    const approval = { staff_code: '9', pin: 'pin-9999' };
    expect(await unlock({ approval }, 'once')).toMatchObject({ status: 201 });
    expect(till().recorded('StaffUnlocked')).toMatchObject([
      { staff_id: 's-2', approved_by: 's-9', data: { staff_code: '1', unlocked_staff_id: 's-1' } },
    ]);
    await wrong('1', 5);
    expect(await unlock({}, 'once')).toMatchObject({ status: 201 });
    expect(await till().signIn('1', 'pin-1111')).toMatchObject({ status: 429 });
    expect(await till().post('/v1/staff/nobody/unlock', {})).toMatchObject({ status: 404 });
  });

  it('count while the disk is full, when none of them can be recorded', async () => {
    await start();
    const { db } = till().terminal;
    const most = db.pragma('max_page_count', { simple: true }) as number;
    db.pragma(`max_page_count = ${String(db.pragma('page_count', { simple: true }))}`);
    let status = 0;
    for (let time = 0; time < 200 && status !== 507; time += 1) {
      ({ status } = await till().signIn('9', 'pin-9999'));
    }
    expect(status).toBe(507);
    const statuses = await wrong('2', 7);
    expect(statuses.filter((one) => one === 507).length).toBeGreaterThan(0);
    expect(statuses.at(-1)).toBe(429);
    db.pragma(`max_page_count = ${String(most)}`);
    expect(await till().signIn('2', 'pin-2222')).toMatchObject({ status: 429 });
  });
});

describe('What is said of a staff code', () => {
  it('is the same whether somebody has it or not', async () => {
    await start();
    const known = await till().signIn('9', 'x');
    const unknown = await till().signIn('nobody', 'x');
    const without = await till().signIn('0', 'x');
    expect([unknown.status, unknown.text]).toEqual([known.status, known.text]);
    expect([without.status, without.text]).toEqual([known.status, known.text]);
    expect(await wrong('nobody', 5)).toEqual([401, 401, 401, 401, 429]);
  });

  it('takes the same work whether somebody has it or not', async () => {
    const real = content.staff.map((member) => ({ ...member, pin_hash: member.staff_code === '9' ? realHash : null }));
    await start({ ...content, staff: real });
    // The work of this process alone: how long it takes says more about what else the machine does.
    const workOf = async (staff_code: string): Promise<number> => {
      const before = process.cpuUsage();
      await till().signIn(staff_code, '0000');
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    let [known, unknown] = [0, 0];
    for (let time = 0; time < 5; time += 1) {
      known += await workOf('9');
      unknown += await workOf('x');
    }
    // Without the work an answer takes a tenth of it.
    expect(unknown / known).toBeGreaterThan(0.4);
    expect(unknown / known).toBeLessThan(2.5);
  });

  it('is recorded safely: short, without control characters, and not when it could be a PIN', async () => {
    await start();
    const codes = ['x'.repeat(50), 'no“body', '73a90-2', '739026', '٧٣٩٠'];
    for (const code of codes) await till().signIn(code, 'x');
    expect(
      till()
        .recorded('SignInFailed')
        .map(({ data }) => data.staff_code),
    ).toEqual(['x'.repeat(20), 'no“body', null, null, null]);
    expect(await till().signIn('a\u0007b', 'x')).toMatchObject({ status: 422 });
    expect(till().recorded('SignInFailed')).toHaveLength(5);
  });
});

const realHash = hashSync('pin-9999');

describe('Signing in and out', () => {
  it('is recorded, with who it was and not with what was typed', async () => {
    await start();
    await till().signIn('1', 'pin-1111');
    expect(await till().post('/v1/logout', undefined, { key: null })).toMatchObject({ status: 204 });
    expect(await till().post('/v1/logout', undefined, { key: null })).toMatchObject({ status: 401 });
    const who = { staff_id: 's-1', approved_by: null };
    expect(till().recorded('StaffSignedIn')).toMatchObject([
      { ...who, data: { staff_code: '1', name: 'Nour', role: 'cashier' } },
    ]);
    expect(till().recorded('StaffSignedOut')).toMatchObject([{ ...who, data: { staff_code: '1' } }]);
  });

  it('touches no money: the X report of the session stays what it was', async () => {
    await start();
    await till().signIn('1', 'pin-1111');
    await till().post('/v1/sessions', { float: [{ currency: 'USD', amount_minor: 100 }] });
    await till().post('/v1/sales', coffee);
    const { last_seq: _before, ...before } = (await till().get('/v1/sessions/current/x-report')).body;
    await wrong('2', 3);
    await till().signIn('2', 'pin-2222');
    const { last_seq: _after, ...after } = (await till().get('/v1/sessions/current/x-report')).body;
    expect(after).toEqual(before);
  });

  it('leaves no PIN anywhere: not in the log output, not in any file', async () => {
    await start();
    const typed = ['83-wrong-6195', '84-unknown-6195', '85-approval-6195', 'pin-1111', 'pin-2222', 'pin-9999'];
    await till().signIn('1', typed[0] ?? '');
    await till().signIn('nobody', typed[1] ?? '');
    await till().signIn('1', 'pin-1111');
    await till().post('/v1/sessions', { float: [] });
    for (const pin of [typed[2], 'pin-2222']) {
      await till().post('/v1/drawer-opens', { reason: 'change', approval: { staff_code: '2', pin } });
    }
    await till().post('/v1/drawer-opens', {
      reason: 'x',
      approval: { staff_code: '2', pin: { 'pin-9999': typed[2] } },
    });
    expect(till().events.filter((type) => type === 'DrawerOpened')).toHaveLength(1);
    await till().restart();
    const files = readdirSync(till().folder).map((name) => readFileSync(join(till().folder, name), 'latin1'));
    const everything = [...till().logged, ...files].join('\n');
    expect([...typed, '$argon2'].filter((secret) => everything.includes(secret))).toEqual([]);
    expect(till().logged.length).toBeGreaterThan(0);
  });
});

describe('An approval', () => {
  it('is good for the one action that it came with', async () => {
    await start();
    await till().signIn('1', 'pin-1111');
    await till().post('/v1/sessions', { float: [] });
    const approval = { staff_code: '2', pin: 'pin-2222' };
    const first = { reason: 'change' };
    expect(await till().post('/v1/drawer-opens', { ...first, approval }, { key: 'A' })).toMatchObject({ status: 201 });
    const second = { reason: 'another' };
    for (const body of [first, second]) {
      expect(await till().post('/v1/drawer-opens', body)).toMatchObject({
        status: 403,
        body: { code: 'APPROVAL_REQUIRED' },
      });
    }
    expect(await till().post('/v1/drawer-opens', second, { key: 'A' })).toMatchObject({ status: 409 });
    expect(till().recorded('DrawerOpened')).toMatchObject([{ staff_id: 's-1', approved_by: 's-2' }]);
  });
});

describe('The settings of the catalog', () => {
  const refused = { status: 403, body: { code: 'APPROVAL_REQUIRED' } };
  const settings = {
    permissions: { open_session: 'supervisor', no_sale: 'cashier', discount_over_ppm: 100_000 },
    lock_after_minutes: 2,
  } as const;

  it('say who may do what, over a restart too', async () => {
    await start({ ...content, settings });
    await till().restart();
    await till().signIn('1', 'pin-1111');
    expect(await till().post('/v1/sessions', { float: [] })).toMatchObject(refused);
    const approval = { staff_code: '2', pin: 'pin-2222' };
    expect(await till().post('/v1/sessions', { float: [], approval })).toMatchObject({ status: 201 });
    expect(await till().post('/v1/drawer-opens', { reason: 'change' })).toMatchObject({ status: 201 });
    const off = (rate_ppm: number) => ({ ...coffee, discount: { kind: 'percent', rate_ppm } });
    expect(await till().post('/v1/sales', off(100_000))).toMatchObject({ status: 201 });
    expect(await till().post('/v1/sales', off(200_000))).toMatchObject(refused);
    expect(await till().post('/v1/sales', { ...off(200_000), approval })).toMatchObject({ status: 201 });
    expect(
      till()
        .recorded('SaleRecorded')
        .map(({ approved_by }) => approved_by),
    ).toEqual([null, 's-2']);
  });

  it('say when an untouched screen locks', async () => {
    await start({ ...content, settings });
    await till().signIn('1', 'pin-1111');
    till().pass(119_000);
    expect(await till().get('/v1/catalog')).toMatchObject({ status: 200 });
    till().pass(120_000);
    expect(await till().get('/v1/catalog')).toMatchObject({ status: 401, body: { code: 'SESSION_LOCKED' } });
  });
});

describe('A screen', () => {
  const locked = { status: 401, body: { code: 'SESSION_LOCKED' } };

  it('that nobody touches for five minutes is locked until somebody signs in again', async () => {
    await start();
    await till().signIn('1', 'pin-1111');
    for (let minutes = 0; minutes < 20; minutes += 4) {
      till().pass(4 * 60_000);
      expect(await till().get('/v1/catalog')).toMatchObject({ status: 200 });
    }
    till().pass(5 * 60_000);
    expect(await till().get('/v1/catalog')).toMatchObject(locked);
    expect(await till().post('/v1/sessions', { float: [] })).toMatchObject(locked);
    await till().signIn('1', 'pin-1111');
    expect(await till().post('/v1/sessions', { float: [] })).toMatchObject({ status: 201 });
  });

  it('is locked at once when it is asked for', async () => {
    await start();
    await till().signIn('1', 'pin-1111');
    expect(await till().post('/v1/lock', undefined, { key: null })).toMatchObject({ status: 204 });
    expect(await till().get('/v1/catalog')).toMatchObject(locked);
    expect(await till().post('/v1/lock', undefined, { key: null })).toMatchObject(locked);
    expect((await till().get('/v1/stream')).status).toBe(401);
    expect(await till().signIn('1', 'pin-1111')).toMatchObject({ status: 200 });
    expect(await till().get('/v1/catalog')).toMatchObject({ status: 200 });
  });

  it('is forgotten after twelve hours, used or not', async () => {
    await start({ ...content, settings: { lock_after_minutes: 720 } });
    await till().signIn('1', 'pin-1111');
    till().pass(11 * 3_600_000);
    expect(await till().get('/v1/catalog')).toMatchObject({ status: 200 });
    till().pass(3_600_000);
    expect(await till().get('/v1/catalog')).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
  });
});

describe('The PINs in the database', () => {
  const secret = () => join(till().folder, 'device.secret');
  const unreadable = { status: 503, body: { code: 'STAFF_UNREADABLE' } };

  it('are sealed, and open after a restart', async () => {
    await start();
    const stored = till().terminal.db.prepare('SELECT pin_hash FROM staff_1 ORDER BY staff_id').pluck().all();
    expect(stored).toEqual([null, ...Array<unknown>(3).fill(expect.stringMatching(/^sealed\.1\.[\w-]{100,}$/u))]);
    expect(new Set(stored).size).toBe(4);
    await till().restart();
    expect(await till().signIn('1', 'pin-1111')).toMatchObject({ status: 200 });
  });

  it('do not open without the secret of this till, which says so until the staff came down again', async () => {
    await start();
    const { recorder } = till().terminal;
    expect(recorder.catalog.staffReadable).toBe(true);
    await till().stop();
    rmSync(secret());
    await till().start({ catalog: null });
    for (const pin of ['pin-9999', '0000']) expect(await till().signIn('9', pin)).toMatchObject(unreadable);
    expect(await till().signIn('nobody', '0000')).toMatchObject(unreadable);
    expect(till().recorded('SignInFailed')).toEqual([]);
    // Central is asked for the catalog as if there were none.
    expect((await till().get('/v1/sync')).body).toMatchObject({ catalog_version: 0 });
    expect((await till().get('/health/ready')).body).toMatchObject({ catalog_version: -1 });
    expect(till().terminal.recorder.catalog.content?.staff.map(({ pin_hash }) => pin_hash)).toEqual(
      Array(4).fill(null),
    );
    await till().stop();
    await till().start();
    expect(await till().signIn('9', 'pin-9999')).toMatchObject({ status: 200 });
  });

  it('do not open for another person or another role', async () => {
    await start();
    const { db } = till().terminal;
    db.exec("UPDATE staff_1 SET role = 'manager' WHERE staff_code = '1'");
    db.exec(
      "UPDATE staff_1 SET pin_hash = (SELECT pin_hash FROM staff_1 WHERE staff_code = '2') WHERE staff_code = '0'",
    );
    expect(await till().signIn('1', 'pin-1111')).toMatchObject({ status: 401 });
    expect(await till().signIn('0', 'pin-2222')).toMatchObject({ status: 401 });
    expect(await till().signIn('2', 'pin-2222')).toMatchObject({ status: 200 });
  });

  it('ask for a secret that can be read', async () => {
    await start();
    await till().stop();
    const kept = readFileSync(secret());
    writeFileSync(secret(), 'x');
    await expect(till().start()).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' });
    writeFileSync(secret(), kept);
    await till().start({ catalog: null });
    expect(await till().signIn('1', 'pin-1111')).toMatchObject({ status: 200 });
  });

  it('count the codes that nobody has together, and forget them when somebody signs in', async () => {
    await start();
    for (const code of ['x', 'y', 'z']) await till().signIn(code, '1');
    const count = () =>
      till().terminal.db.prepare('SELECT wrong FROM wrong_pins WHERE staff_id = ?').pluck().get(nobody);
    expect(count()).toBe(3);
    await till().signIn('1', 'pin-1111');
    expect(count()).toBe(0);
  });
});
