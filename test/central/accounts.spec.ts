import { centralOwner } from '../../src/central/program.js';
import { type Answer, type Asked, expectProblem, Office } from './office.js';

let office: Office;
beforeAll(async () => {
  office = await Office.start();
}, 60_000);
afterAll(() => office.stop());
// Wrong passwords of one spec must not turn away the next one.
afterEach(() => {
  office.clock.ahead += 25 * 3_600_000;
});

const password = 'correct horse 9';
const header = { 'x-tillog-request': '1' };

const owner = (tenant: string, username = 'rania'): Promise<void> =>
  centralOwner({ databaseUrl: office.databaseUrl, ports: office.clock.ports }, { tenant, username, password });

const login = (tenant: string, username = 'rania', typed = password, headers = {}): Promise<Answer> =>
  office.ask('POST /v1/login', { body: { tenant, username, password: typed }, headers });

const cookieFrom = (answer: Answer): string => {
  expect(answer.status).toBe(204);
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
};

/** Somebody who signed in with a browser. */
const signedIn = async (
  tenant: string,
  username?: string,
): Promise<(route: string, asked?: Asked) => Promise<Answer>> => {
  const cookie = cookieFrom(await login(tenant, username));
  return (route, { headers, ...asked } = {}) =>
    office.ask(route, { ...asked, headers: { cookie, ...header, ...headers } });
};

describe('the first administrator', () => {
  it('is made on the command line, signs in with a cookie that no script reads, and signs out', async () => {
    await owner('First');
    const answer = await login('First', ' Rania ');
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^tillog_session=tu_[^;]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/u);
    const headers = { cookie: cookieFrom(answer), ...header };
    expect((await office.ask('GET /v1/me', { headers })).body).toMatchObject({ username: 'rania', role: 'owner' });
    expect((await office.ask('GET /v1/terminals', { headers })).status).toBe(200);
    const out = await office.ask('POST /v1/logout', { headers });
    expect(out.headers.get('set-cookie')).toMatch(/^tillog_session=;.*Max-Age=0/u);
    expectProblem(await office.ask('GET /v1/me', { headers }), 401, 'TOKEN_INVALID');
    const stored = JSON.stringify([
      await office.cluster.asOwner('SELECT * FROM users', office.databaseUrl),
      await office.cluster.asOwner('SELECT * FROM user_sessions', office.databaseUrl),
    ]);
    expect(stored).not.toContain(password);
    expect(stored).not.toContain(cookieFrom(answer).split('=')[1]);
    expect(stored).toContain('$argon2id$');
  });

  it('needs no company name where there is one company, gets a secure cookie over TLS, and a new password', async () => {
    const alone = await Office.start();
    const store = { databaseUrl: alone.databaseUrl, ports: alone.clock.ports };
    await centralOwner(store, { tenant: 'Alone', username: 'rania', password });
    const body = { username: 'rania', password };
    const origin = alone.central.url.replace('http:', 'https:');
    const tls = await alone.ask('POST /v1/login', { body, headers: { origin } });
    expect(tls.headers.get('set-cookie')).toMatch(/; Secure$/u);
    await centralOwner(store, { tenant: 'Alone', username: 'rania', password: 'another horse 8' });
    expectProblem(await alone.ask('GET /v1/me', { headers: { cookie: cookieFrom(tls) } }), 401, 'TOKEN_INVALID');
    expect((await alone.ask('POST /v1/login', { body })).status).toBe(401);
    expect((await alone.ask('POST /v1/login', { body: { ...body, password: 'another horse 8' } })).status).toBe(204);
    await alone.stop();
  });

  it.each([
    ['short', 'Ab1!'],
    ['one letter again and again', 'aaaaaaaaaaaaaa'],
    ['the username in it', 'rania-and-more-1'],
  ])('may not have a password that is guessed first: %s', async (_what, weak) => {
    const store = { databaseUrl: office.databaseUrl, ports: office.clock.ports };
    const made = centralOwner(store, { tenant: 'Weak', username: 'rania', password: weak });
    await expect(made).rejects.toMatchObject({ code: 'PASSWORD_WEAK' });
  });
});

describe('signing in', () => {
  it('tells nobody whether the company, the name or the password was wrong, neither in words nor in time', async () => {
    await owner('Equal');
    const tries = {
      known: login('Equal', 'rania', 'wrong horse'),
      name: login('Equal', 'nobody'),
      company: login('Nowhere'),
    };
    const [known, name, company] = await Promise.all(Object.values(tries));
    for (const answer of [known, name, company]) {
      expectProblem(answer ?? (await login('Equal')), 401, 'LOGIN_WRONG');
      const { request_id: _id, ...body } = answer?.body as { request_id: string };
      const { request_id: _other, ...first } = known?.body as { request_id: string };
      expect(body).toEqual(first);
    }
    const timed = async (username: string): Promise<number> => {
      const from = performance.now();
      await login('Equal', username, 'wrong horse');
      return performance.now() - from;
    };
    const [ofKnown, ofUnknown] = [await timed('rania'), await timed('somebody')];
    // Both hash once, which takes tens of ms; a name that nobody has must not be answered at once.
    expect(ofUnknown).toBeGreaterThan(ofKnown / 3);
  });

  it('is turned away after wrong passwords, for a name that nobody has as well, also by another copy, and works later', async () => {
    await owner('Locked');
    const answers: Answer[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1)
      answers.push(await login('Locked', 'rania', `wrong ${String(attempt)}`));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429]);
    expect(Number(answers[5]?.headers.get('retry-after'))).toBeGreaterThan(20);
    expectProblem(await login('Locked'), 429, 'TOO_MANY_ATTEMPTS');
    office.clock.ahead += 31_000;
    expect((await login('Locked')).status).toBe(204);
    office.clock.ahead += 11 * 60_000;
    for (let attempt = 0; attempt < 5; attempt += 1) await login('Locked', 'ghost', 'wrong');
    expectProblem(await login('Locked', 'ghost', 'wrong'), 429, 'TOO_MANY_ATTEMPTS');
    expect((await login('Locked')).status).toBe(204);
  });

  it('turns a source away that tries many names, whatever it says where it comes from', async () => {
    const statuses = new Set<number>();
    let last: Answer | undefined;
    for (let attempt = 0; attempt < 30; attempt += 1) {
      last = await login('Guessing', `name${String(attempt)}`, 'wrong', {
        'x-forwarded-for': `10.0.0.${String(attempt)}`,
      });
      statuses.add(last.status);
    }
    expect(statuses).toEqual(new Set([401, 429]));
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it.each([
    ['no password', { username: 'rania' }],
    ['a number', { username: 'rania', password: 1 }],
    ['a field too many', { username: 'rania', password, role: 'owner' }],
    ['prototypes', { username: 'rania', password, constructor: { prototype: {} } }],
  ])('with %s is refused', async (_what, body) => {
    expectProblem(await office.ask('POST /v1/login', { body }), 422, 'REQUEST_INVALID');
  });
});

describe('a session', () => {
  it('is over after a while without use, after half a day, and everywhere once the account is disabled', async () => {
    await owner('Over');
    const idle = await signedIn('Over');
    office.clock.ahead += 2 * 3_600_000 + 1000;
    expectProblem(await idle('GET /v1/me'), 401, 'TOKEN_INVALID');
    const long = await signedIn('Over');
    for (let hour = 0; hour < 11; hour += 1) {
      office.clock.ahead += 3_600_000;
      expect((await long('GET /v1/me')).status).toBe(200);
    }
    office.clock.ahead += 3_600_000;
    expectProblem(await long('GET /v1/me'), 401, 'TOKEN_INVALID');
    const boss = await signedIn('Over');
    const made = await boss('POST /v1/users', { body: { username: 'omar', name: 'Omar', role: 'viewer', password } });
    const { user_id } = made.body as { user_id: string };
    const omar = await signedIn('Over', 'omar');
    expect((await omar('GET /v1/me')).status).toBe(200);
    expect((await boss(`PUT /v1/users/${user_id}`, { body: { disabled: true } })).status).toBe(200);
    expectProblem(await omar('GET /v1/me'), 401, 'TOKEN_INVALID');
    expectProblem(await login('Over', 'omar'), 401, 'LOGIN_WRONG');
  });

  it('is of no use to another site, to a page without the header, or as a bearer token', async () => {
    await owner('Foreign');
    const cookie = cookieFrom(await login('Foreign'));
    const body = { username: 'x', name: 'X', role: 'viewer', password };
    const { origin } = new URL(office.central.url);
    for (const headers of [
      { cookie },
      { cookie, ...header, origin: 'http://evil.example' },
      { cookie, ...header, origin: 'null' },
      { cookie, ...header, 'sec-fetch-site': 'cross-site' },
      { cookie, ...header, 'sec-fetch-site': 'same-site' },
    ]) {
      expectProblem(await office.ask('POST /v1/users', { body, headers }), 403, 'ORIGIN_REFUSED');
    }
    const foreign = { cookie, origin: 'http://evil.example' };
    const looked = await office.ask('GET /v1/users', { headers: foreign });
    expectProblem(looked, 403, 'ORIGIN_REFUSED');
    expect(looked.headers.get('access-control-allow-origin')).toBeNull();
    expectProblem(await login('Foreign', 'rania', password, { origin: 'http://evil.example' }), 403, 'ORIGIN_REFUSED');
    const token = cookie.split('=')[1] ?? '';
    expectProblem(await office.ask('GET /v1/users', { token }), 401, 'TOKEN_INVALID');
    expectProblem(await office.ask('GET /v1/catalog', { headers: { cookie } }), 401, 'TOKEN_INVALID');
    const own = { cookie, ...header, origin, 'sec-fetch-site': 'same-origin' };
    expect((await office.ask('POST /v1/users', { body, headers: own })).status).toBe(201);
  });
});

describe('a role', () => {
  it('lets a viewer look, a manager change the catalog, and only an owner manage accounts', async () => {
    await owner('Roles');
    const boss = await signedIn('Roles');
    for (const role of ['viewer', 'manager']) {
      const body = { username: role, name: role, role, password };
      expect((await boss('POST /v1/users', { body })).status).toBe(201);
    }
    const [viewer, manager] = [await signedIn('Roles', 'viewer'), await signedIn('Roles', 'manager')];
    const edit = { headers: { 'if-match': '*' }, body: { put: [], remove: [] } };
    expect((await viewer('GET /v1/catalog-draft')).status).toBe(200);
    expectProblem(await viewer('POST /v1/catalog-draft/products', edit), 403, 'ROLE_TOO_LOW');
    expect((await manager('POST /v1/catalog-draft/products', edit)).status).toBe(200);
    expect((await manager('GET /v1/catalog-draft')).body).toMatchObject({ changed_by: 'manager' });
    for (const somebody of [viewer, manager]) {
      expectProblem(await somebody('GET /v1/users'), 403, 'ROLE_TOO_LOW');
      expectProblem(await somebody('POST /v1/users', { body: {} }), 403, 'ROLE_TOO_LOW');
    }
    const { terminal } = await office.enrol('Roles');
    const rotate = `POST /v1/terminals/${terminal.terminal_id}/rotate-token`;
    expectProblem(await manager(rotate), 403, 'ROLE_TOO_LOW');
    expect((await boss(rotate)).status).toBe(204);
    const token = await office.admin('Roles');
    const { items } = (await office.ask('GET /v1/users', { token })).body as { items: { username: string }[] };
    expect(items.map(({ username }) => username)).toEqual(['manager', 'rania', 'viewer']);
    expect(JSON.stringify(items)).not.toContain('argon2');
  });

  it('changes the own password where a program made the accounts and nobody is an owner', async () => {
    const token = await office.admin('Ownerless');
    const body = { username: 'rania', name: 'Rania', role: 'manager', password };
    expect((await office.ask('POST /v1/users', { token, body })).status).toBe(201);
    const rania = await signedIn('Ownerless');
    const change = { password, new_password: 'another horse 9' };
    expect((await rania('POST /v1/me/password', { body: change })).status).toBe(204);
    expect((await login('Ownerless', 'rania', 'another horse 9')).status).toBe(204);
  });

  it('is never taken from the last owner, and a username is given once', async () => {
    await owner('Last');
    const boss = await signedIn('Last');
    const { user_id } = (await boss('GET /v1/me')).body as { user_id: string };
    for (const body of [{ role: 'viewer' }, { disabled: true }]) {
      expectProblem(await boss(`PUT /v1/users/${user_id}`, { body }), 409, 'LAST_OWNER');
    }
    expect((await boss('GET /v1/me')).status).toBe(200);
    const body = { username: 'RANIA', name: 'Other', role: 'owner', password };
    expectProblem(await boss('POST /v1/users', { body }), 409, 'USERNAME_TAKEN');
    expectProblem(
      await boss('POST /v1/users', { body: { ...body, username: 'two', password: 'short' } }),
      422,
      'PASSWORD_WEAK',
    );
    expectProblem(await boss('PUT /v1/users/x', { body: {} }), 404, 'USER_UNKNOWN');
    const elsewhere = office.ask(`PUT /v1/users/${user_id}`, {
      body: { name: 'Y' },
      token: await office.admin('Other company'),
    });
    expectProblem(await elsewhere, 404, 'USER_UNKNOWN');
  });

  it('changes its own password with the old one, which ends every session', async () => {
    await owner('Own');
    const [boss, other] = [await signedIn('Own'), await signedIn('Own')];
    const wrong = { password: 'wrong', new_password: 'quite new word' };
    expectProblem(await boss('POST /v1/me/password', { body: wrong }), 401, 'LOGIN_WRONG');
    expectProblem(
      await boss('POST /v1/me/password', { body: { ...wrong, password, new_password: 'x' } }),
      422,
      'PASSWORD_WEAK',
    );
    expect((await boss('POST /v1/me/password', { body: { ...wrong, password } })).status).toBe(204);
    for (const session of [boss, other]) expectProblem(await session('GET /v1/me'), 401, 'TOKEN_INVALID');
    expect((await login('Own', 'rania', 'quite new word')).status).toBe(204);
    const token = await office.admin('Own');
    expectProblem(await office.ask('POST /v1/me/password', { body: wrong, token }), 404, 'USER_UNKNOWN');
  });
});
