import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Refusals } from '../../src/auth/refusals.js';
import { NotAllowedError } from '../../src/common/errors.js';
import { addKey, addUser } from '../support/house-key.js';
import { openSession } from '../support/house-session.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { Visitor } from '../support/visitor.js';
import { waitUntil } from '../support/wait-until.js';

// Whoever is refused leaves a line in the log of the process; who is known leaves one in the log of decisions too.

let house: TestHouse;
let url: string;
let person: string;
let visitor: Visitor;
let key: string;
beforeAll(async () => {
  house = await openTestHouse();
  await house.app.listen(0, '127.0.0.1');
  url = await house.app.getUrl();
  person = await addUser(house.app, 'ann@test.example', 'admin');
  visitor = new Visitor(url);
  visitor.cookies.set('isk_sid', (await openSession(house.app, person)).cookie.replace('isk_sid=', ''));
  key = (await addKey(house.app, person, { scopes: ['operations:write'] })).text;
});
afterAll(() => house.close());

const warn = jest.spyOn(Logger.prototype, 'warn');
afterAll(() => warn.mockRestore());

const bearer = (text: string): Record<string, string> => ({ authorization: `Bearer ${text}` });
const guest = (): Visitor => new Visitor(url);

it.each<[string, number, () => Promise<{ readonly status: number }>, string | null]>([
  ['LINK_INVALID', 400, () => guest().post('/invitation', { token: 'isl_x', password: 'x' }), null],
  ['LINK_INVALID', 400, () => guest().get('/password-reset?token=isl_x'), null],
  ['PROVIDER_REFUSED', 401, () => guest().get('/sign-in/provider/callback?code=x&state=x'), null],
  ['SIGN_IN_REFUSED', 401, () => guest().post('/sign-in', { email: 'x@test.example', password: 'x' }), null],
  ['KEY_INVALID', 401, () => fetch(`${url}/v1/sources`, { headers: bearer('isk_live_x') }), null],
  ['KEY_INVALID', 401, () => fetch(`${url}/docs`, { headers: bearer('isk_live_x') }), null],
  ['ORIGIN_REFUSED', 403, () => guest().post('/sign-in', {}, { origin: 'https://evil.example' }), null],
  ['PASSWORD_WRONG', 400, () => visitor.post('/account/password', { old: 'x', password: 'x' }), 'user'],
  ['CODE_WRONG', 400, () => visitor.post('/account/second-factor/confirm', { code: '000000' }), 'user'],
  ['PERMISSION_MISSING', 403, () => fetch(`${url}/v1/sources`, { headers: bearer(key) }), 'key'],
  [
    'PERMISSION_MISSING',
    403,
    // Found out in the route itself, behind the guard.
    () =>
      fetch(`${url}/v1/sources/eu-esma-firds/runs`, {
        method: 'POST',
        headers: { ...bearer(key), 'content-type': 'application/json' },
        body: JSON.stringify({ acceptGap: 'it is not mine to accept' }),
      }),
    'key',
  ],
])('%s (%d) is told once', async (code, status, ask, known) => {
  warn.mockClear();
  const refusals = (): Promise<{ actor: string }[]> =>
    house.db.database.query(`SELECT actor FROM audit_event WHERE action = 'refuse' ORDER BY id`);
  const before = (await refusals()).length;
  expect((await ask()).status).toBe(status);
  const lines = warn.mock.calls.filter(([line]) => String(line).startsWith(`${code}: `));
  expect(lines).toHaveLength(1);
  expect(String(lines[0]?.[0])).toContain('127.0.0.1');
  const written = async (): Promise<unknown> =>
    (await refusals()).slice(before).map(({ actor }) => actor.split(' ')[0]);
  // It may be written a moment after the answer.
  if (known !== null) await waitUntil('it is written', async () => (await refusals()).length > before);
  expect(await written()).toEqual(known === null ? [] : [known]);
});

it('the same again stands among the decisions once, from wherever it comes', async () => {
  const refusals = house.app.get(Refusals);
  const principal = { kind: 'person', userId: person, email: '', role: 'viewer', permissions: new Set() };
  const before = await house.db.database.query(`SELECT FROM audit_event WHERE action = 'refuse'`);
  for (const ip of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) {
    const request = {
      ip,
      headers: {},
      method: 'GET',
      originalUrl: '/elsewhere',
      route: { path: '/elsewhere' },
      principal,
    };
    await refusals.tell(new NotAllowedError('PERMISSION_MISSING', 'no', 'Ask.'), request as never);
  }
  const after = await house.db.database.query(`SELECT FROM audit_event WHERE action = 'refuse'`);
  expect(after).toHaveLength(before.length + 1);
});

it('too many attempts are told too', async () => {
  const subject = 'network 127.0.0.1';
  await house.db.database.query(
    'INSERT INTO sign_in_limit (subject, attempts, last_at) VALUES ($1, 50, now()) ON CONFLICT (subject) DO UPDATE SET attempts = 50',
    [subject],
  );
  warn.mockClear();
  expect((await guest().post('/sign-in', { email: 'x@test.example', password: 'x' })).status).toBe(429);
  expect(warn.mock.calls.filter(([line]) => String(line).startsWith('SIGN_IN_LIMITED: '))).toHaveLength(1);
});
