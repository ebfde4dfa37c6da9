import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { AuditLog } from '../../src/auth/audit-log.js';
import { Users } from '../../src/auth/users.js';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  startIdentityProvider,
  type IdentityProvider,
} from '../support/identity-provider.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { codeOn, Visitor, type Visited } from '../support/visitor.js';

const BY = { actor: 'test' };
const CLAIMS = {
  ann: { email: 'Ann@Test.Example', email_verified: true, name: 'Ann' },
  mallory: { email: 'ann@test.example', email_verified: true },
  unverified: { email: 'bob@test.example', email_verified: false },
  bob: { email: 'bob@test.example', email_verified: true },
  stranger: { email: 'stranger@test.example', email_verified: true },
  nobody: {},
};

let house: TestHouse;
let open: TestHouse;
let provider: IdentityProvider;
let url: string;
beforeAll(async () => {
  // The house must know the provider, and the provider the house: its address is settled first.
  const port = 20_000 + (process.pid % 12_000);
  url = `http://127.0.0.1:${port}`;
  provider = await startIdentityProvider(CLAIMS, `${url}/sign-in/provider/callback`);
  const settings = { oidcIssuer: provider.issuer, oidcClientId: CLIENT_ID, oidcClientSecret: CLIENT_SECRET };
  house = await openTestHouse(settings);
  open = await openTestHouse({ ...settings, oidcNewUsers: 'viewer' });
  await house.app.listen(port, '127.0.0.1');
  await house.app.get(Users).invite('ann@test.example', '', 'admin', BY);
  await house.app.get(Users).invite('bob@test.example', '', 'viewer', BY);
});
afterAll(async () => {
  await house.close();
  await open.close();
  await provider.close();
});

/** There and back, as somebody. */
async function comeAs(name: string, visitor = new Visitor(url), next = '/users'): Promise<Visited> {
  const sent = await visitor.get(`/sign-in/provider?next=${encodeURIComponent(next)}`);
  expect(sent.status).toBe(303);
  const back = await provider.signIn(sent.location ?? '', name);
  return visitor.get(back.slice(url.length));
}

it('who was invited signs in by the address that the provider verified, and goes on where they wanted to', async () => {
  const visitor = new Visitor(url);
  expect((await comeAs('ann', visitor)).location).toBe('/users');
  expect((await visitor.get('/users')).text).toContain('ann@test.example');
  expect(await house.app.get(Users).findByEmail('ann@test.example')).toMatchObject({
    state: 'active',
    role: 'admin',
  });
  expect((await comeAs('ann', new Visitor(url), '//evil.example')).location).toBe('/account');
});

it('another number at the provider does not become somebody by having their address', async () => {
  const answer = await comeAs('mallory');
  expect([answer.status, codeOn(answer)]).toEqual([401, 'PROVIDER_REFUSED']);
});

it.each(['unverified', 'stranger', 'nobody'])('%s is not let in', async (name) => {
  const answer = await comeAs(name);
  expect([answer.status, codeOn(answer)]).toEqual([401, 'PROVIDER_REFUSED']);
});

it('who was disabled is not let in', async () => {
  const users = house.app.get(Users);
  expect((await comeAs('bob')).location).toBe('/users');
  const bob = await users.findByEmail('bob@test.example');
  await users.disable(bob?.id ?? '', BY);
  expect(codeOn(await comeAs('bob'))).toBe('PROVIDER_REFUSED');
});

it('an answer opens for the browser that was sent, and once', async () => {
  const visitor = new Visitor(url);
  const sent = await visitor.get('/sign-in/provider');
  const back = (await provider.signIn(sent.location ?? '', 'ann')).slice(url.length);
  // Somebody else's browser, with no state, or with its own.
  const other = new Visitor(url);
  expect(codeOn(await other.get(back))).toBe('PROVIDER_REFUSED');
  await other.get('/sign-in/provider');
  expect(codeOn(await other.get(back))).toBe('PROVIDER_REFUSED');
  expect((await visitor.get(back)).location).toBe('/account');
  expect(codeOn(await visitor.get(back))).toBe('PROVIDER_REFUSED');
});

it.each([
  ['another state', (back: string) => back.replace(/state=[^&]+/, 'state=x')],
  ['another code', (back: string) => back.replace(/code=[^&]+/, 'code=x')],
  ['another issuer', (back: string) => back.replace(/iss=[^&]+/, 'iss=http%3A%2F%2Fevil.example')],
  ['a refusal', (back: string) => back.replace(/code=[^&]+/, 'error=access_denied')],
  ['nothing', (back: string) => back.replace(/\?.*/, '')],
])('an answer with %s opens nothing', async (_, change) => {
  const visitor = new Visitor(url);
  const sent = await visitor.get('/sign-in/provider');
  const back = (await provider.signIn(sent.location ?? '', 'ann')).slice(url.length);
  expect(codeOn(await visitor.get(change(back)))).toBe('PROVIDER_REFUSED');
  expect((await visitor.get('/account')).status).toBe(303);
});

it.each([
  ['nonce', /nonce=[^&]+/],
  ['code_challenge', /code_challenge=[^&]+/],
])('an answer to another %s than ours opens nothing', async (name, pattern) => {
  const visitor = new Visitor(url);
  const sent = (await visitor.get('/sign-in/provider')).location ?? '';
  expect(sent).toMatch(pattern);
  const back = await provider.signIn(sent.replace(pattern, `${name}=${'x'.repeat(43)}`), 'ann');
  expect(codeOn(await visitor.get(back.slice(url.length)))).toBe('PROVIDER_REFUSED');
});

describe('an ID token that the provider did not sign with a key that it publishes opens nothing', () => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const payloadOf = (token: string): string => token.split('.')[1] ?? '';
  const signedByUs = (header: object, payload: string): string => {
    const text = `${part(header)}.${payload}`;
    return `${text}.${sign('sha256', Buffer.from(text), own.privateKey).toString('base64url')}`;
  };
  const changed = (token: string, claims: object): string => {
    const [header, payload = '', signature] = token.split('.');
    const said = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    return [header, part({ ...said, ...claims }), signature].join('.');
  };
  afterEach(() => {
    provider.forge = undefined;
  });

  it.each<[string, (token: string) => string]>([
    ['one without a signature', (token) => `${part({ alg: 'none' })}.${payloadOf(token)}.`],
    [
      'one signed with the secret of the client',
      (token) => {
        const text = `${part({ alg: 'HS256' })}.${payloadOf(token)}`;
        return `${text}.${createHmac('sha256', CLIENT_SECRET).update(text).digest('base64url')}`;
      },
    ],
    ['one with a made-up signature', (token) => token.replace(/[^.]+$/, 'AAAA')],
    ['one signed by a stranger', (token) => signedByUs({ alg: 'RS256' }, payloadOf(token))],
    [
      'one that brings its key along',
      (token) => signedByUs({ alg: 'RS256', jwk: own.publicKey.export({ format: 'jwk' }) }, payloadOf(token)),
    ],
    ['one of somebody else', (token) => changed(token, { sub: 'bob' })],
    ['one that lasts longer', (token) => changed(token, { exp: 4_102_444_800 })],
  ])('%s', async (_, forge) => {
    provider.forge = forge;
    const visitor = new Visitor(url);
    expect(codeOn(await comeAs('ann', visitor))).toBe('PROVIDER_REFUSED');
    expect((await visitor.get('/account')).status).toBe(303);
  });

  it('and the one that it signed does', async () => {
    provider.forge = (token) => token;
    expect((await comeAs('ann')).location).toBe('/users');
  });
});

it('the way there is limited by network, for each leaves a line behind', async () => {
  await house.db.database
    .query(`INSERT INTO sign_in_limit (subject, attempts, last_at) VALUES ('network 127.0.0.1', 50, now())
    ON CONFLICT (subject) DO UPDATE SET attempts = 50, last_at = now()`);
  const answer = await new Visitor(url).get('/sign-in/provider');
  expect([answer.status, codeOn(answer)]).toEqual([429, 'SIGN_IN_LIMITED']);
  await house.db.database.query('DELETE FROM sign_in_limit');
});

it('strangers are let in, with the role that the operator chose, where the operator says so', async () => {
  const users = open.app.get(Users);
  const claims = { issuer: provider.issuer, subject: 'stranger', email: 'stranger@test.example', name: 'S' };
  expect(await users.vouchedFor(claims, 'viewer', BY)).toMatchObject({ role: 'viewer', state: 'active' });
  const both = await Promise.all(
    [1, 2].map(() =>
      users.vouchedFor({ ...claims, subject: 'two', email: 'two@test.example' }, 'viewer', BY),
    ),
  );
  expect(both[0]?.id).toBe(both[1]?.id);
  expect(await users.vouchedFor({ ...claims, subject: 'three', email: null }, 'viewer', BY)).toBeNull();
});

it('the sign-in page shows the way, and the log of decisions who went it', async () => {
  await house.app.get(Users).invite('root@test.example', '', 'admin', BY);
  expect((await new Visitor(url).get('/sign-in')).text).toContain(
    `Sign in with ${new URL(provider.issuer).host}`,
  );
  const lines = await house.app.get(AuditLog).list({ limit: 100 });
  expect(lines.map(({ action }) => action)).toEqual(expect.arrayContaining(['link-provider', 'sign-in']));
});

it('a provider that does not answer is said to be away, and the password still opens', async () => {
  await provider.close();
  const away = await openTestHouse({
    oidcIssuer: 'http://127.0.0.1:9',
    oidcClientId: CLIENT_ID,
    oidcClientSecret: CLIENT_SECRET,
  });
  await away.app.listen(0, '127.0.0.1');
  const visitor = new Visitor(await away.app.getUrl());
  const answer = await visitor.get('/sign-in/provider');
  expect([answer.status, codeOn(answer)]).toEqual([503, 'PROVIDER_UNAVAILABLE']);
  await away.close();
});
