import { Secret, TOTP } from 'otpauth';
import { AuditLog } from '../../src/auth/audit-log.js';
import { verifyChain } from '../../src/auth/audit-chain.js';
import { accountSubject } from '../../src/auth/sign-in-limits.js';
import { SetUp } from '../../src/auth/set-up.js';
import { Users } from '../../src/auth/users.js';
import { addKey, addUser } from '../support/house-key.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { codeOn, Visitor, type Visited } from '../support/visitor.js';

const PASSWORD = 'violet harbour tin lemon';
const OTHER = 'copper meadow slow kettle';
const BY = { actor: 'test' };

let house: TestHouse;
let url: string;
beforeAll(async () => {
  house = await openTestHouse();
  await house.app.listen(0, '127.0.0.1');
  url = await house.app.getUrl();
});
afterAll(() => house.close());
// All of them come from this machine.
beforeEach(() => house.db.database.query('DELETE FROM sign_in_limit'));

const users = () => house.app.get(Users);
const query = (sql: string, values?: readonly unknown[]) =>
  house.db.database.query<Record<string, unknown>>(sql, values);
const actions = async (): Promise<string[]> =>
  (await house.app.get(AuditLog).list({ limit: 500 })).map(({ action }) => action);

/** Makes somebody with a password; hashing takes a while. */
async function person(email: string, role: 'viewer' | 'steward' | 'admin' = 'viewer'): Promise<string> {
  return (await users().create(email, '', role, PASSWORD, BY)).id;
}

async function signIn(email: string, password = PASSWORD, visitor = new Visitor(url)): Promise<Visitor> {
  const answer = await visitor.post('/sign-in', { email, password });
  expect([answer.status, answer.location]).toEqual([303, '/account']);
  return visitor;
}

describe('the set-up', () => {
  it('makes one admin of twenty who ask at once, and nobody after that', async () => {
    const line = await house.app.get(SetUp).link(url);
    const [, token = ''] = /token=(\S+)/.exec(line ?? '') ?? [];
    expect((await new Visitor(url).get('/')).location).toBe('/set-up');
    const asked = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        new Visitor(url).post('/set-up', {
          token,
          email: `first${at}@test.example`,
          name: '',
          password: PASSWORD,
        }),
      ),
    );
    expect(asked.filter(({ location }) => location === '/account')).toHaveLength(1);
    expect(await query(`SELECT role, state FROM user_account`)).toEqual([{ role: 'admin', state: 'active' }]);
    expect(await house.app.get(SetUp).link(url)).toBeNull();
    const late = await new Visitor(url).post('/set-up', {
      token,
      email: 'late@test.example',
      name: '',
      password: PASSWORD,
    });
    expect([late.status, codeOn(late)]).toEqual([400, 'LINK_INVALID']);
    expect((await new Visitor(url).get('/set-up')).location).toBe('/sign-in');
  });
});

describe('sign-in', () => {
  it('opens the pages with the right password, and a new session each time', async () => {
    await person('ann@test.example', 'admin');
    const visitor = new Visitor(url);
    expect((await visitor.get('/account')).location).toBe('/sign-in?next=%2Faccount');
    await signIn('Ann@Test.Example ', PASSWORD, visitor);
    const first = visitor.cookies.get('isk_sid');
    expect((await visitor.get('/account')).text).toContain('ann@test.example');
    await signIn('ann@test.example', PASSWORD, visitor);
    expect(visitor.cookies.get('isk_sid')).not.toBe(first);
    const old = new Visitor(url);
    old.cookies.set('isk_sid', first ?? '');
    expect((await old.get('/account')).location).toBe('/sign-in?next=%2Faccount');
  });

  it('sets cookies that scripts cannot read and other sites do not send', async () => {
    const answer = await new Visitor(url).post('/sign-in', { email: 'ann@test.example', password: PASSWORD });
    const cookies = answer.headers.getSetCookie();
    expect(cookies).toHaveLength(2);
    for (const cookie of cookies) expect(cookie).toMatch(/; Path=\/.*; HttpOnly; SameSite=Lax$/);
  });

  it('says the same to a wrong address, a wrong password and a disabled user', async () => {
    const disabled = await person('gone@test.example');
    await users().disable(disabled, BY);
    const answers = await Promise.all(
      [
        { email: 'nobody@test.example', password: PASSWORD },
        { email: 'ann@test.example', password: OTHER },
        { email: 'gone@test.example', password: PASSWORD },
        { email: "' OR 1=1 --", password: PASSWORD },
      ].map((form) => new Visitor(url).post('/sign-in', form)),
    );
    const seen = answers.map(({ status, text }) => [status, text.replace(/value="[^"]*"/, '')]);
    expect(new Set(seen.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(seen[0]?.[0]).toBe(401);
    expect(codeOn(answers[0] as Visited)).toBe('SIGN_IN_REFUSED');
  });

  it('leads on only to pages of this house', async () => {
    for (const [next, way] of [
      ['/users?x=1', '/users?x=1'],
      ['//evil.example', '/account'],
      ['https://evil.example', '/account'],
      ['/\\evil.example', '/account'],
    ]) {
      const answer = await new Visitor(url).post('/sign-in', {
        email: 'ann@test.example',
        password: PASSWORD,
        next: next ?? '',
      });
      expect(answer.location).toBe(way);
    }
  });

  it('ends at sign-out', async () => {
    const visitor = await signIn('ann@test.example');
    const token = visitor.cookies.get('isk_sid') ?? '';
    expect((await visitor.post('/sign-out')).location).toBe('/sign-in');
    visitor.cookies.set('isk_sid', token);
    expect((await visitor.get('/account')).location).toBe('/sign-in?next=%2Faccount');
  });

  it('ends after half an hour without a request, and after twelve hours', async () => {
    for (const change of [
      `last_seen_at = now() - interval '31 minutes'`,
      `ends_at = now() - interval '1 second'`,
    ]) {
      const visitor = await signIn('ann@test.example');
      expect((await visitor.get('/account')).status).toBe(200);
      await query(`UPDATE user_session SET ${change}`);
      expect((await visitor.get('/account')).status).toBe(303);
    }
    expect(
      await query(`SELECT max(ends_at - created_at) <= interval '12 hours 1 second' AS ok FROM user_session`),
    ).toEqual([{ ok: true }]);
  });

  it('ends at the next request when the user is disabled or given another role', async () => {
    const id = await person('changed@test.example', 'steward');
    const visitor = await signIn('changed@test.example');
    await users().setRole(id, 'viewer', BY);
    expect((await visitor.get('/account')).status).toBe(303);
    const again = await signIn('changed@test.example');
    await users().disable(id, BY);
    expect((await again.get('/account')).status).toBe(303);
  });
});

describe('attempts', () => {
  it('wait longer and longer after five, whichever network they come from, account or none', async () => {
    await person('guessed@test.example');
    for (const email of ['guessed@test.example', 'nobody-at-all@test.example']) {
      const statuses: number[] = [];
      for (let attempt = 1; attempt <= 7; attempt += 1) {
        statuses.push((await new Visitor(url).post('/sign-in', { email, password: OTHER })).status);
      }
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
      const right = await new Visitor(url).post('/sign-in', { email, password: PASSWORD });
      expect([right.status, codeOn(right)]).toEqual([429, 'SIGN_IN_LIMITED']);
      expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(30);
      expect(right.text).toContain('Wait 1 minute');
      // Each further wrong one doubles the wait.
      await query(`UPDATE sign_in_limit SET blocked_until = now() WHERE subject LIKE 'account%'`);
      expect((await new Visitor(url).post('/sign-in', { email, password: OTHER })).status).toBe(401);
      const later = await new Visitor(url).post('/sign-in', { email, password: OTHER });
      expect(Number(later.headers.get('retry-after'))).toBeGreaterThan(100);
      await query('DELETE FROM sign_in_limit');
    }
  });

  it('are counted before they are judged: of forty at once five are', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, () =>
        new Visitor(url).post('/sign-in', { email: 'guessed@test.example', password: OTHER }),
      ),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
  });

  it('of others do not keep out who signed in from the same browser before', async () => {
    const known = await signIn('guessed@test.example');
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      await new Visitor(url).post('/sign-in', { email: 'guessed@test.example', password: OTHER });
    }
    expect(
      (await new Visitor(url).post('/sign-in', { email: 'guessed@test.example', password: PASSWORD })).status,
    ).toBe(429);
    await signIn('guessed@test.example', PASSWORD, known);
  });

  it('from one network are fifty in ten minutes, whichever accounts they try', async () => {
    await query(
      `INSERT INTO sign_in_limit (subject, attempts, last_at) VALUES ('network 127.0.0.1', 50, now())`,
    );
    expect(
      (await new Visitor(url).post('/sign-in', { email: 'ann@test.example', password: PASSWORD })).status,
    ).toBe(429);
    await query(`UPDATE sign_in_limit SET last_at = now() - interval '11 minutes'`);
    await signIn('ann@test.example');
  });

  it('are not moved elsewhere by a header that no proxy wrote', async () => {
    await query(
      `INSERT INTO sign_in_limit (subject, attempts, last_at) VALUES ('network 127.0.0.1', 50, now())`,
    );
    for (let at = 1; at <= 100; at += 1) {
      const headers = { origin: url, 'x-forwarded-for': `10.0.0.${at}`, forwarded: `for=10.0.0.${at}` };
      const answer = await new Visitor(url).post(
        '/sign-in',
        { email: 'x@test.example', password: OTHER },
        headers,
      );
      expect(answer.status).toBe(429);
    }
  });
});

describe('passwords', () => {
  it('are changed with the present one, which ends all other sessions', async () => {
    await person('changer@test.example');
    const [here, elsewhere] = [await signIn('changer@test.example'), await signIn('changer@test.example')];
    const wrong = await here.post('/account/password', { old: OTHER, password: OTHER });
    expect([wrong.status, codeOn(wrong)]).toEqual([400, 'PASSWORD_WRONG']);
    expect((await here.post('/account/password', { old: PASSWORD, password: OTHER })).status).toBe(200);
    expect((await here.get('/account')).status).toBe(200);
    expect((await elsewhere.get('/account')).status).toBe(303);
    await signIn('changer@test.example', OTHER);
  });

  it('are hashed anew at sign-in when the parameters have changed', async () => {
    const id = await person('old@test.example');
    const { hash } = await import('@node-rs/argon2');
    const weak = await hash(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    await query('UPDATE user_credential SET password_hash = $2 WHERE user_id = $1', [id, weak]);
    await signIn('old@test.example');
    const [row] = await query('SELECT password_hash AS hash FROM user_credential WHERE user_id = $1', [id]);
    expect(row?.['hash']).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$/);
    await signIn('old@test.example');
  });

  it('are chosen by an invitation, which opens once', async () => {
    const admin = await signIn('ann@test.example');
    const page = await admin.post('/users', { email: 'New@Test.example', name: 'Nora', role: 'steward' });
    const [, path = ''] = /(\/invitation\?token=[\w-]+)/.exec(page.text) ?? [];
    const guest = new Visitor(url);
    expect((await guest.get(path)).text).toContain('Welcome');
    const token = new URL(url + path).searchParams.get('token') ?? '';
    const weak = await guest.post('/invitation', { token, password: 'password123456789' });
    expect([weak.status, codeOn(weak)]).toEqual([400, 'PASSWORD_WEAK']);
    expect((await guest.post('/invitation', { token, password: PASSWORD })).status).toBe(200);
    expect(codeOn(await guest.post('/invitation', { token, password: OTHER }))).toBe('LINK_INVALID');
    expect(codeOn(await guest.get(path))).toBe('LINK_INVALID');
    await signIn('new@test.example');
    expect(await users().findByEmail('new@test.example')).toMatchObject({
      role: 'steward',
      state: 'active',
      name: 'Nora',
    });
  });

  it('are chosen anew by a link, of which only the newest opens', async () => {
    const id = await person('forgot@test.example');
    const session = await signIn('forgot@test.example');
    const first = await users().passwordLink(id, BY);
    const second = await users().passwordLink(id, BY);
    await query(
      `INSERT INTO sign_in_limit (subject, attempts, last_at, blocked_until) VALUES ($1, 9, now(), now() + interval '15 minutes')`,
      [accountSubject('forgot@test.example')],
    );
    const guest = new Visitor(url);
    expect(codeOn(await guest.post('/password-reset', { token: first.token, password: OTHER }))).toBe(
      'LINK_INVALID',
    );
    expect((await guest.post('/password-reset', { token: second.token, password: OTHER })).status).toBe(200);
    expect((await session.get('/account')).status).toBe(303);
    await signIn('forgot@test.example', OTHER);
  });
});

describe('the second factor', () => {
  // First this one, then the next: no code opens twice, and the next is good for up to a minute.
  const codeNow = (secret: string, aheadMs = 0): string =>
    new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + aheadMs });

  it('is set up with a code, asked for from then on, and no code opens twice', async () => {
    const id = await person('careful@test.example');
    const elsewhere = await signIn('careful@test.example');
    const visitor = await signIn('careful@test.example');
    const begun = await visitor.post('/account/second-factor');
    expect([begun.status, codeOn(begun), begun.location]).toEqual([303, undefined, '/account/second-factor']);
    const page = await visitor.get('/account/second-factor');
    const [, secret = ''] = /<code class="secret">([A-Z2-7]+)<\/code>/.exec(page.text) ?? [];
    expect(codeOn(await visitor.post('/account/second-factor/confirm', { code: '000000' }))).toBe(
      'CODE_WRONG',
    );
    const on = await visitor.post('/account/second-factor/confirm', { code: codeNow(secret) });
    const recovery = [...on.text.matchAll(/<code>([a-z0-9]{6}(?:-[a-z0-9]{6}){3})<\/code>/g)].map(
      ([, code = '']) => code,
    );
    expect(new Set(recovery).size).toBe(10);
    // Whatever was open elsewhere had been opened without it.
    expect((await elsewhere.get('/account')).status).toBe(303);
    const guest = new Visitor(url);
    const half = await guest.post('/sign-in', { email: 'careful@test.example', password: PASSWORD });
    expect(half.location).toBe('/sign-in/second-factor?next=%2Faccount');
    // The password alone opens nothing.
    expect((await guest.get('/account')).status).toBe(303);
    expect((await guest.get('/docs/')).status).toBe(303);
    const before = guest.cookies.get('isk_sid');
    const code = codeNow(secret, 30_000);
    expect((await guest.post('/sign-in/second-factor', { code })).location).toBe('/account');
    expect(guest.cookies.get('isk_sid')).not.toBe(before);
    expect((await guest.get('/account')).status).toBe(200);
    const again = new Visitor(url);
    await again.post('/sign-in', { email: 'careful@test.example', password: PASSWORD });
    expect(codeOn(await again.post('/sign-in/second-factor', { code }))).toBe('CODE_WRONG');
    expect(
      (await again.post('/sign-in/second-factor', { code: recovery[0]?.toUpperCase() ?? '' })).location,
    ).toBe('/account');
    await again.post('/sign-in', { email: 'careful@test.example', password: PASSWORD });
    expect(codeOn(await again.post('/sign-in/second-factor', { code: recovery[0] ?? '' }))).toBe(
      'CODE_WRONG',
    );
    const [row] = await query('SELECT sealed_secret AS sealed FROM second_factor WHERE user_id = $1', [id]);
    expect((row?.['sealed'] as Buffer).toString('latin1')).not.toContain(secret);
  });

  it('is guessed five times at most', async () => {
    const guest = new Visitor(url);
    await guest.post('/sign-in', { email: 'careful@test.example', password: PASSWORD });
    const statuses: number[] = [];
    for (let at = 0; at < 7; at += 1) {
      statuses.push((await guest.post('/sign-in/second-factor', { code: `00000${at}` })).status);
    }
    expect(statuses).toEqual([400, 400, 400, 400, 400, 429, 429]);
  });
});

describe('what is not one’s own', () => {
  it('looks as if it were not there: sessions and keys', async () => {
    const [anns, bobs] = [
      await addUser(house.app, 'a-owner@test.example', 'viewer'),
      await person('bob@test.example'),
    ];
    const { key } = await addKey(house.app, anns, { scopes: ['instruments:read'] });
    await signIn('ann@test.example');
    const bob = await signIn('bob@test.example');
    const [session] = await query('SELECT id FROM user_session WHERE user_id <> $1 LIMIT 1', [bobs]);
    const missing = '00000000-0000-4000-8000-000000000000';
    for (const [foreign, path] of [
      [String(session?.['id']), '/account/sessions/ID/end'],
      [key.id, '/account/keys/ID/revoke'],
      [key.id, '/account/keys/ID/rotate'],
    ] as const) {
      const answers = await Promise.all(
        [foreign, missing, 'x', `${missing}'`].map((id) =>
          bob.post(path.replace('ID', encodeURIComponent(id))),
        ),
      );
      for (const answer of answers) expect([path, answer.status]).toEqual([path, 404]);
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    }
    expect((await bob.get(`/account/keys/${key.id}`)).status).toBe(404);
    expect((await query('SELECT revoked_at FROM api_key WHERE id = $1', [key.id]))[0]).toEqual({
      revoked_at: null,
    });
    expect(
      (await query('SELECT count(*) AS n FROM user_session WHERE id = $1', [session?.['id']]))[0],
    ).toEqual({ n: 1 });
  });

  it('is managed by admins alone', async () => {
    const bob = await signIn('bob@test.example');
    const { id } = (await users().findByEmail('bob@test.example')) ?? { id: '' };
    for (const answer of [
      await bob.get('/users'),
      await bob.get(`/users/${id}`),
      await bob.post(`/users/${id}/role`, { role: 'admin' }),
      await bob.post('/users', { email: 'friend@test.example', name: '', role: 'admin' }),
    ]) {
      expect([answer.status, codeOn(answer)]).toEqual([403, 'PERMISSION_MISSING']);
    }
    expect(await users().get(id)).toMatchObject({ role: 'viewer' });
    const refused = (): Promise<unknown> =>
      query(
        `SELECT actor, details FROM audit_event WHERE action = 'refuse' AND actor LIKE 'user ' || $1 || ' %' ORDER BY id`,
        [id],
      );
    const written = await refused();
    expect(written).toEqual(
      ['GET /users', 'GET /users/:id', 'POST /users/:id/role', 'POST /users'].map((what) => ({
        actor: `user ${id} 127.0.0.1`,
        details: { code: 'PERMISSION_MISSING', method: what.split(' ')[0], route: what.split(' ')[1] },
      })),
    );
    // The same again is no news.
    await bob.get('/users');
    await bob.get(`/users/${id}?again`);
    expect(await refused()).toEqual(written);
  });
});

describe('users', () => {
  it('always have an admin among them', async () => {
    const admins = (await users().list()).filter(({ role }) => role === 'admin');
    const results = await Promise.allSettled(admins.map(({ id }) => users().disable(id, BY)));
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    const [left, ...none] = (await users().list()).filter(
      ({ role, state }) => role === 'admin' && state === 'active',
    );
    expect(none).toEqual([]);
    await expect(users().setRole(left?.id ?? '', 'viewer', BY)).rejects.toMatchObject({ code: 'LAST_ADMIN' });
    for (const { id } of admins) await users().enable(id, BY);
  });
});

describe('forms', () => {
  it('take no field that is not theirs', async () => {
    const bob = await signIn('bob@test.example');
    const { id } = (await users().findByEmail('bob@test.example')) ?? { id: '' };
    const before = await query('SELECT * FROM user_account ORDER BY id');
    const [keys] = await query('SELECT count(*) AS n FROM api_key');
    const columns = await query(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'public'
       AND table_name IN ('user_account', 'user_credential', 'user_session', 'api_key', 'api_key_secret')`,
    );
    const names = [
      ...new Set(
        columns.map(({ name }) => String(name)).filter((name) => !['name', 'scopes'].includes(name)),
      ),
    ];
    expect(names.length).toBeGreaterThan(25);
    for (const name of [...names, 'isAdmin', 'permissions', 'userId']) {
      for (const [path, form] of [
        ['/account/password', { old: PASSWORD, password: OTHER }],
        ['/account/keys', { name: 'key', scopes: 'instruments:read', days: '1' }],
        ['/account/second-factor', {}],
      ] as const) {
        const answer = await bob.post(path, { ...form, [name]: 'admin' });
        expect([path, name, answer.status]).toEqual([path, name, 400]);
      }
    }
    // Names that objects have by themselves reach no form.
    for (const name of ['__proto__', 'constructor']) {
      await bob.post('/account/second-factor', { [name]: 'admin', [`${name}[isAdmin]`]: 'yes' });
      expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
    }
    expect(await query('SELECT * FROM user_account ORDER BY id')).toEqual(before);
    expect((await query('SELECT count(*) AS n FROM api_key'))[0]).toEqual(keys);
    expect(await users().get(id)).toMatchObject({ role: 'viewer' });
  });

  it('come from our own pages only: forty ways to send one from elsewhere change nothing', async () => {
    const ann = await signIn('ann@test.example');
    const before = await actions();
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${url}.evil.example` },
      { origin: url, 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
      {},
    ];
    for (const headers of foreign) {
      for (const [path, form] of [
        ['/users', { email: 'evil@test.example', name: '', role: 'admin' }],
        ['/account/keys', { name: 'evil', scopes: 'users:write', days: '1' }],
        ['/account/second-factor', {}],
        ['/sign-out', {}],
        ['/sign-in', { email: 'ann@test.example', password: OTHER }],
      ] as const) {
        const answer = await ann.post(path, form, headers);
        expect([headers, path, answer.status]).toEqual([headers, path, 403]);
      }
    }
    expect((await ann.get('/sign-out')).status).toBe(404);
    expect(await actions()).toEqual(before);
    expect((await ann.get('/account')).status).toBe(200);
  });
});

it('the log of decisions holds together, names who and from where, and no secret', async () => {
  const log = house.app.get(AuditLog);
  expect((await verifyChain(log.sealed())).broken).toBeNull();
  const lines = await log.list({ limit: 500 });
  for (const action of [
    'set-up',
    'sign-in',
    'refuse-sign-in',
    'sign-out',
    'set-role',
    'disable-user',
    'invite-user',
    'accept-invitation',
    'reset-password',
    'change-password',
    'turn-second-factor-on',
    'create-key',
    'refuse',
  ]) {
    expect(lines.map((line) => line.action)).toContain(action);
  }
  expect(lines.find(({ action }) => action === 'sign-in')?.actor).toMatch(
    /^user [0-9a-f-]{36} 127\.0\.0\.1$/,
  );
  expect(JSON.stringify(lines)).not.toMatch(/violet|copper|is[lskd]_\w{20}|argon2/);
});
