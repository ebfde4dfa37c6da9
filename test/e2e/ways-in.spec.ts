import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Secret, TOTP } from 'otpauth';
import { ApiKeys } from '../../src/auth/api-keys.js';
import { OneTimeLinks } from '../../src/auth/one-time-links.js';
import { Passwords } from '../../src/auth/passwords.js';
import { SecondFactors } from '../../src/auth/second-factors.js';
import { Sessions } from '../../src/auth/sessions.js';
import { SignInLimits } from '../../src/auth/sign-in-limits.js';
import { Users } from '../../src/auth/users.js';
import { addUser } from '../support/house-key.js';
import { openSession } from '../support/house-session.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { codeOn, Visitor, type Visited } from '../support/visitor.js';

// What happens between the proof of who it is and the session: others change what was proven.

const PASSWORD = 'violet harbour tin lemon';
const OTHER = 'copper meadow slow kettle';
const THIRD = 'marble sunday wooden flute';
const BY = { actor: 'test' };
const FROM = { address: '127.0.0.1', userAgent: 'test' };

let house: TestHouse;
let url: string;
beforeAll(async () => {
  house = await openTestHouse();
  await house.app.listen(0, '127.0.0.1');
  url = await house.app.getUrl();
  await addUser(house.app, 'root@test.example', 'admin');
});
afterAll(() => house.close());
beforeEach(() => house.db.database.query('DELETE FROM sign_in_limit'));

const users = (): Users => house.app.get(Users);

/** Does something after a password was found right, and before anything follows from it. */
async function duringVerify<Result>(
  meanwhile: () => Promise<unknown>,
  work: () => Promise<Result>,
): Promise<Result> {
  const passwords = house.app.get(Passwords);
  const verify = passwords.verify.bind(passwords);
  passwords.verify = async (password, hash) => {
    const isRight = await verify(password, hash);
    passwords.verify = verify;
    await meanwhile();
    return isRight;
  };
  try {
    return await work();
  } finally {
    passwords.verify = verify;
  }
}

async function reset(userId: string, password: string): Promise<void> {
  const { token } = await users().passwordLink(userId, BY);
  await users().choosePassword('password-reset', token, password, BY);
}

/** Without the code of it, and so without ending a session. */
async function turnSecondFactorOn(userId: string, email: string): Promise<void> {
  await house.app.get(SecondFactors).begin(userId, email);
  await house.db.database.query('UPDATE second_factor SET confirmed_at = now() WHERE user_id = $1', [userId]);
}

const signIn = (email: string, password = PASSWORD, visitor = new Visitor(url)): Promise<Visited> =>
  visitor.post('/sign-in', { email, password });

async function sessionsOf(userId: string): Promise<number> {
  return (await house.app.get(Sessions).list(userId)).length;
}

it('a password that a link has put out of use meanwhile opens nothing', async () => {
  const { id, email } = await users().create('reset@test.example', '', 'viewer', PASSWORD, BY);
  const answer = await duringVerify(
    () => reset(id, OTHER),
    () => signIn(email),
  );
  expect([answer.status, codeOn(answer)]).toEqual([401, 'SIGN_IN_REFUSED']);
  expect(await sessionsOf(id)).toBe(0);
  expect((await signIn(email, OTHER)).location).toBe('/account');
});

it('loops of sign-ins with the old password leave no session after a reset', async () => {
  const { id, email } = await users().create('loop@test.example', '', 'viewer', PASSWORD, BY);
  let isOver = false;
  const loops = Array.from({ length: 4 }, async () => {
    while (!isOver) await signIn(email);
  });
  await reset(id, OTHER);
  isOver = true;
  await Promise.all(loops);
  expect(await sessionsOf(id)).toBe(0);
});

it('a user who was disabled meanwhile is not let in', async () => {
  const { id, email } = await users().create('gone@test.example', '', 'viewer', PASSWORD, BY);
  const answer = await duringVerify(
    () => users().disable(id, BY),
    () => signIn(email),
  );
  expect(codeOn(answer)).toBe('SIGN_IN_REFUSED');
  await users().enable(id, BY);
  expect(await sessionsOf(id)).toBe(0);
});

it('a second factor that was turned on meanwhile is asked for', async () => {
  const { id, email } = await users().create('factor@test.example', '', 'viewer', PASSWORD, BY);
  const answer = await duringVerify(
    () => turnSecondFactorOn(id, email),
    () => signIn(email),
  );
  expect(answer.location).toMatch(/^\/sign-in\/second-factor/);
});

it('who knows the old password does not change it while its owner resets it', async () => {
  const { id, email } = await users().create('owner@test.example', '', 'viewer', PASSWORD, BY);
  const thief = new Visitor(url);
  await signIn(email, PASSWORD, thief);
  const answer = await duringVerify(
    () => reset(id, OTHER),
    () => thief.post('/account/password', { old: PASSWORD, password: THIRD }),
  );
  expect([answer.status, answer.location]).toEqual([303, '/sign-in']);
  expect(codeOn(await signIn(email, THIRD))).toBe('SIGN_IN_REFUSED');
  expect((await signIn(email, OTHER)).location).toBe('/account');
});

it('signing out and turning a second factor off at once wait for each other, and neither is lost', async () => {
  const email = 'both@test.example';
  const id = await addUser(house.app, email, 'viewer');
  const [factors, sessions] = [house.app.get(SecondFactors), house.app.get(Sessions)];
  for (let time = 0; time < 20; time += 1) {
    await openSession(house.app, id);
    const [stays] = await sessions.list(id);
    const { secret } = await factors.begin(id, email);
    const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
    const { codes } = await factors.confirm(id, code, stays?.id ?? '', BY);
    const [recovery = ''] = codes;
    const visitor = new Visitor(url);
    visitor.cookies.set('isk_sid', (await openSession(house.app, id)).cookie.replace('isk_sid=', ''));
    // It ends all sessions but one, among them the one that signs out.
    const [left] = await Promise.all([
      visitor.post('/sign-out'),
      factors.turnOffWith(id, recovery, stays?.id ?? '', BY),
    ]);
    expect([left.status, left.location]).toEqual([303, '/sign-in']);
    expect((await users().get(id)).hasSecondFactor).toBe(false);
    expect((await sessions.list(id)).map((each) => each.id)).toEqual([stays?.id]);
    await sessions.end(id, stays?.id ?? '', BY);
  }
});

it('right passwords are thirty in ten minutes, until a link makes a new one', async () => {
  const { id } = await users().create('often@test.example', '', 'viewer', PASSWORD, BY);
  const limits = house.app.get(SignInLimits);
  for (let time = 0; time < 29; time += 1) await limits.takeRight(id, 'new browser');
  expect((await signIn('often@test.example')).location).toBe('/account');
  expect(codeOn(await signIn('often@test.example'))).toBe('SIGN_IN_LIMITED');
  const { token } = await users().passwordLink(id, BY);
  await new Visitor(url).post('/password-reset', { token, password: OTHER });
  expect((await signIn('often@test.example', OTHER)).location).toBe('/account');
});

it('who knows a password keeps its owner, in a browser that is known, from no second factor', async () => {
  const { id, email } = await users().create('two@test.example', '', 'viewer', PASSWORD, BY);
  const owner = new Visitor(url);
  await signIn(email, PASSWORD, owner);
  await turnSecondFactorOn(id, email);
  const thief = new Visitor(url);
  await signIn(email, PASSWORD, thief);
  for (let time = 0; time < 5; time += 1) {
    expect(codeOn(await thief.post('/sign-in/second-factor', { code: '000000' }))).toBe('CODE_WRONG');
  }
  expect(codeOn(await thief.post('/sign-in/second-factor', { code: '000000' }))).toBe('SIGN_IN_LIMITED');
  owner.cookies.delete('isk_sid');
  await signIn(email, PASSWORD, owner);
  expect(codeOn(await owner.post('/sign-in/second-factor', { code: '000000' }))).toBe('CODE_WRONG');
});

it('what is refused is written down fifty times an hour for an address and a thousand times for all, and no more', async () => {
  const limits = house.app.get(SignInLimits);
  const times = async (most: number, subject: (at: number) => string): Promise<number> =>
    (await Promise.all(Array.from({ length: most }, (_, at) => limits.mayBeWritten(subject(at))))).filter(
      Boolean,
    ).length;
  const alarm = jest.spyOn(Logger.prototype, 'error');
  expect(await times(80, () => 'one')).toBe(50);
  expect(alarm).not.toHaveBeenCalled();
  expect(await times(1_200, (at) => `address ${at}`)).toBe(920);
  expect(await limits.mayBeWritten('another')).toBe(false);
  // Somebody is to look at it, once.
  expect(alarm.mock.calls.map(String)).toEqual([
    expect.stringMatching(/^more than 1000 sign-ins were refused/),
  ]);
  alarm.mockRestore();
});

it('who has the password alone keeps nobody out who has a known browser, and ends no session', async () => {
  const { id, email } = await users().create('kept@test.example', '', 'viewer', PASSWORD, BY);
  const owner = new Visitor(url);
  await signIn(email, PASSWORD, owner);
  await turnSecondFactorOn(id, email);
  for (let time = 0; time < 28; time += 1) await house.app.get(SignInLimits).takeRight(id, 'new browser');
  expect((await signIn(email)).location).toMatch(/second-factor/);
  expect(codeOn(await signIn(email))).toBe('SIGN_IN_LIMITED');
  const sessions = house.app.get(Sessions);
  for (let time = 0; time < 60; time += 1) {
    await house.db.database.transaction((client) => sessions.begin(client, id, 'second-factor', FROM));
  }
  expect((await owner.get('/account')).status).toBe(200);
  expect((await signIn(email, PASSWORD, owner)).location).toMatch(/second-factor/);
});

it('a person has fifty sessions: the one that nobody used for longest ends', async () => {
  const id = await addUser(house.app, 'many@test.example', 'viewer');
  const sessions = house.app.get(Sessions);
  const begin = (): Promise<string> =>
    house.db.database.transaction((client) => sessions.begin(client, id, 'signed-in', FROM));
  const first = await begin();
  for (let time = 0; time < 54; time += 1) await begin();
  expect(await sessionsOf(id)).toBe(50);
  expect(await sessions.find(first)).toBeNull();
  expect(await sessions.find(await begin())).not.toBeNull();
});

it('of sixty keys that are made at once there are fifty, and of five rotations one', async () => {
  const id = await addUser(house.app, 'keys@test.example', 'viewer');
  const keys = house.app.get(ApiKeys);
  const order = { name: 'x', scopes: ['instruments:read'], days: 1 };
  const made = await Promise.allSettled(Array.from({ length: 60 }, () => keys.create(id, order, BY)));
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(50);
  expect((await keys.list(id)).filter(({ isLive }) => isLive)).toHaveLength(50);
  for (const { id: key } of await keys.list(id)) await keys.revoke(id, key, BY);
  // Nor begin revoked ones anew: their quota would.
  await expect(keys.create(id, order, BY)).rejects.toMatchObject({ code: 'KEYS_TOO_MANY' });

  const other = await addUser(house.app, 'rotating@test.example', 'viewer');
  const { key } = await keys.create(other, order, BY);
  const rotated = await Promise.allSettled(Array.from({ length: 5 }, () => keys.rotate(other, key.id, BY)));
  expect(rotated.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await keys.list(other)).toHaveLength(2);
});

it('a stranger who asks for links takes none away, however often', async () => {
  const { user, token } = await users().invite('invited@test.example', '', 'viewer', BY);
  const links = house.app.get(OneTimeLinks);
  for (let time = 0; time < 12; time += 1) await users().passwordLink(user.id, BY, 'stay');
  expect(await links.require('invitation', token)).toBe(user.id);
  expect(await links.count(user.id)).toBe(13);
  await users().passwordLink(user.id, BY);
  await expect(links.require('invitation', token)).rejects.toMatchObject({ code: 'LINK_INVALID' });
  expect(await links.count(user.id)).toBe(1);
});

it.each(['invitation', 'password-reset'] as const)(
  'a link (%s) opens until its time is over',
  async (purpose) => {
    const email = `late-${purpose}@test.example`;
    const { user, token } =
      purpose === 'invitation'
        ? await users().invite(email, '', 'viewer', BY)
        : await users().passwordLink(await addUser(house.app, email, 'viewer'), BY);
    const guest = new Visitor(url);
    expect((await guest.get(`/${purpose}?token=${token}`)).status).toBe(200);
    await house.db.database.query(
      `UPDATE one_time_link SET ends_at = clock_timestamp() - interval '1 second' WHERE user_id = $1`,
      [user.id],
    );
    expect(codeOn(await guest.get(`/${purpose}?token=${token}`))).toBe('LINK_INVALID');
    expect(codeOn(await guest.post(`/${purpose}`, { token, password: PASSWORD }))).toBe('LINK_INVALID');
  },
);

it('the links of who is disabled open nothing any more, not even after they are enabled', async () => {
  const id = await addUser(house.app, 'away@test.example', 'viewer');
  const { token } = await users().passwordLink(id, BY);
  await users().disable(id, BY);
  await users().enable(id, BY);
  expect(codeOn(await new Visitor(url).post('/password-reset', { token, password: PASSWORD }))).toBe(
    'LINK_INVALID',
  );
});

it('between password and code there are ten minutes, and after it half a day', async () => {
  const id = await addUser(house.app, 'slow@test.example', 'viewer');
  for (const stage of ['second-factor', 'signed-in'] as const) await openSession(house.app, id, stage);
  const rows = await house.db.database.query(
    `SELECT stage, extract(epoch FROM ends_at - created_at)::int / 60 AS minutes FROM user_session WHERE user_id = $1 ORDER BY stage`,
    [id],
  );
  expect(rows).toEqual([
    { stage: 'second-factor', minutes: 10 },
    { stage: 'signed-in', minutes: 720 },
  ]);
});

it('a new password gives no new guesses at the second factor', async () => {
  const id = await addUser(house.app, 'guessed@test.example', 'viewer');
  const factors = house.app.get(SecondFactors);
  const { secret } = await factors.begin(id, 'guessed@test.example');
  const [stays] = await house.app.get(Sessions).list(id);
  await openSession(house.app, id);
  const [own] = await house.app.get(Sessions).list(id);
  await factors.confirm(
    id,
    new TOTP({ secret: Secret.fromBase32(secret) }).generate(),
    (stays ?? own)?.id ?? '',
    BY,
  );
  const guest = new Visitor(url);
  const chooseAndSignIn = async (password: string): Promise<void> => {
    const { token } = await users().passwordLink(id, BY);
    expect((await guest.post('/password-reset', { token, password })).status).toBe(200);
    expect((await guest.post('/sign-in', { email: 'guessed@test.example', password })).location).toMatch(
      /second-factor/,
    );
  };
  const guess = async (): Promise<string | undefined> =>
    codeOn(await guest.post('/sign-in/second-factor', { code: '000000' }));
  await chooseAndSignIn(PASSWORD);
  for (let time = 0; time < 5; time += 1) expect(await guess()).toBe('CODE_WRONG');
  expect(await guess()).toBe('SIGN_IN_LIMITED');
  await chooseAndSignIn(OTHER);
  expect(await guess()).toBe('SIGN_IN_LIMITED');
});

it('a second factor changes the session it is turned on in; its recovery codes are counted and made anew', async () => {
  const id = await addUser(house.app, 'codes@test.example', 'admin');
  const { cookie } = await openSession(house.app, id);
  const visitor = new Visitor(url);
  visitor.cookies.set('isk_sid', cookie.replace('isk_sid=', ''));
  const old = new Visitor(url);
  old.cookies.set('isk_sid', cookie.replace('isk_sid=', ''));
  const { secret } = await house.app.get(SecondFactors).begin(id, 'codes@test.example');
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
  const codesOn = ({ text }: Visited): string[] =>
    [...text.matchAll(/<code>([a-z0-9]{6}(?:-[a-z0-9]{6}){3})<\/code>/g)].map(([, each = '']) => each);
  const first = codesOn(await visitor.post('/account/second-factor/confirm', { code }));
  expect(first).toHaveLength(10);
  expect((await old.get('/account')).status).toBe(303);
  expect((await visitor.get('/account')).status).toBe(200);
  expect((await visitor.get('/account/second-factor')).text).toContain('10 are left');
  const again = '/account/second-factor/recovery-codes';
  expect(codeOn(await visitor.post(again, { code: 'x' }))).toBe('CODE_WRONG');
  const second = codesOn(await visitor.post(again, { code: first[0] ?? '' }));
  expect(new Set([...first, ...second]).size).toBe(20);
  expect(codeOn(await visitor.post('/account/second-factor/off', { code: first[1] ?? '' }))).toBe(
    'CODE_WRONG',
  );
  // Without a code only by another admin.
  expect(codeOn(await visitor.post(`/users/${id}/second-factor/off`))).toBe('OWN_SECOND_FACTOR');
  expect((await visitor.get(`/users/${id}`)).text).not.toContain(`/users/${id}/second-factor/off`);
  expect((await users().get(id)).hasSecondFactor).toBe(true);
  expect((await visitor.post('/account/second-factor/off', { code: second[0] ?? '' })).location).toBe(
    '/account',
  );
  expect((await users().get(id)).hasSecondFactor).toBe(false);
});

it('who must have a second factor comes nowhere before it is set up', async () => {
  const strict = await openTestHouse({ secondFactorRoles: ['admin'] });
  try {
    await strict.app.listen(0, '127.0.0.1');
    const visitorOf = async (email: string, role: 'admin' | 'viewer'): Promise<Visitor> => {
      const { cookie } = await openSession(strict.app, await addUser(strict.app, email, role));
      const visitor = new Visitor(await strict.app.getUrl());
      visitor.cookies.set('isk_sid', cookie.replace('isk_sid=', ''));
      return visitor;
    };
    const admin = await visitorOf('admin@test.example', 'admin');
    for (const path of ['/account', '/account/keys', '/users'])
      expect([path, (await admin.get(path)).location]).toEqual([path, '/account/second-factor']);
    for (const path of ['/admin', '/admin/resources/instrument', '/docs/'])
      expect([path, (await admin.get(path)).location]).toEqual([path, expect.stringMatching(/^\/sign-in/)]);
    expect((await admin.get('/admin/api/resources/instrument/actions/list')).status).toBe(401);
    expect((await admin.post('/account/keys', { name: 'x' })).location).toBe('/account/second-factor');
    // And not back from there: that would go on for ever.
    expect((await admin.get('/sign-in?next=%2Fadmin')).location).toBe('/account/second-factor');
    expect((await admin.get('/account/second-factor')).status).toBe(200);
    // Whose role does not need one comes in.
    expect((await (await visitorOf('viewer@test.example', 'viewer')).get('/account')).status).toBe(200);
  } finally {
    await strict.close();
  }
});
