import { request as httpRequest } from 'node:http';
import { DOOR_TABLE } from '../support/door-table.js';
import { addKey, addUser, fullAccess } from '../support/house-key.js';
import { openSession } from '../support/house-session.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

const LISTED = 'https://desk.example';

let plain: TestHouse;
let behind: TestHouse;
let access: { authorization: string };
beforeAll(async () => {
  plain = await openTestHouse();
  behind = await openTestHouse({
    publicUrl: 'https://isin.example',
    trustProxy: 1,
    corsOrigins: [LISTED],
  });
  for (const { app } of [plain, behind]) await app.listen(0, '127.0.0.1');
  access = await fullAccess(plain.app);
});
afterAll(async () => {
  await plain.close();
  await behind.close();
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/** Asks with any method and any header, which `fetch` does not let one. */
async function ask(
  { app }: TestHouse,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): Promise<Answer> {
  const url = await app.getUrl();
  return new Promise((resolve, reject) => {
    const request = httpRequest(url + path, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    request.on('error', reject).end(body);
  });
}

const EVERYWHERE: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

it('every answer of every route says how it may be used', async () => {
  const { cookie } = await openSession(plain.app, await addUser(plain.app, 'all@pages.example', 'admin'));
  const routes = [
    ...DOOR_TABLE.map(({ route }) => route),
    'GET /nothing',
    'GET /docs/',
    'GET /docs/openapi.json',
  ];
  for (const route of routes) {
    const [method = '', path = ''] = route.split(' ');
    for (const headers of [{}, access, { cookie }] as Record<string, string>[]) {
      const { headers: said } = await ask(plain, method, path.replace(/:\w+/g, 'x'), headers);
      expect([route, said]).toEqual([route, expect.objectContaining(EVERYWHERE)]);
      expect([route, said['content-security-policy']]).toEqual([
        route,
        expect.stringMatching(/^default-src 'none'.*frame-ancestors 'none'/),
      ]);
      // Pages tell their own forms' origin, and other sites nothing.
      expect([route, ['no-referrer', 'same-origin']]).toEqual([
        route,
        expect.arrayContaining([said['referrer-policy']]),
      ]);
      expect(said).not.toHaveProperty('x-powered-by');
      expect(said).not.toHaveProperty('server');
      expect(said).not.toHaveProperty('strict-transport-security');
      if (route !== 'GET /assets/page.css')
        expect([route, said['cache-control']]).toEqual([route, 'no-store']);
    }
  }
});

it('methods that are answered nowhere are refused', async () => {
  for (const method of ['TRACE', 'PATCH', 'PROPFIND', 'LOCK', 'PURGE', 'SEARCH']) {
    const { status, text } = await ask(plain, method, '/v1/instruments', access);
    expect([method, status, text]).toEqual([method, 405, expect.stringContaining('METHOD_REFUSED')]);
  }
});

it('what is too long or too large is refused', async () => {
  const long = await ask(plain, 'GET', `/v1/instruments?name=${'x'.repeat(4_100)}`, access);
  expect([long.status, long.text]).toEqual([400, expect.stringContaining('ADDRESS_TOO_LONG')]);
  const json = { ...access, 'content-type': 'application/json' };
  const large = await ask(
    plain,
    'POST',
    '/v1/isins/validate',
    json,
    JSON.stringify({ isins: ['x'.repeat(300_000)] }),
  );
  expect([large.status, large.text]).toEqual([413, expect.stringContaining('BODY_TOO_LARGE')]);
  const url = await plain.app.getUrl();
  const form = { origin: url, 'content-type': 'application/x-www-form-urlencoded' };
  expect((await ask(plain, 'POST', '/sign-in', form, `email=${'x'.repeat(20_000)}`)).status).toBe(400);
});

describe('reached by https', () => {
  const host = 'isin.example';

  it('asks browsers to stay there, and binds cookies to the host', async () => {
    const { headers } = await ask(behind, 'GET', '/health/live', { host });
    expect(headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains');
    const out = await ask(behind, 'POST', '/sign-out', { host, origin: 'https://isin.example' });
    expect(out.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^__Host-isk_sid=; Max-Age=0; Path=\/; Expires=.*; HttpOnly; Secure; SameSite=Lax$/,
      ),
    ]);
  });

  it('knows its own pages by its address, not by the one it listens on', async () => {
    for (const [origin, status] of [
      ['https://isin.example', 303],
      ['http://isin.example', 403],
      ['https://evil.example', 403],
      ['https://isin.example.evil.example', 403],
    ] as const) {
      expect([origin, (await ask(behind, 'POST', '/sign-out', { host, origin })).status]).toEqual([
        origin,
        status,
      ]);
    }
  });

  it('believes the proxy that stands before it, and only the nearest', async () => {
    const { text } = await (async () => {
      const id = await addUser(behind.app, 'proxied@test.example', 'viewer');
      const { cookie } = await openSession(behind.app, id);
      await ask(
        behind,
        'POST',
        '/sign-in',
        {
          host,
          origin: 'https://isin.example',
          cookie,
          'content-type': 'application/x-www-form-urlencoded',
          'x-forwarded-for': '6.6.6.6, 203.0.113.9',
        },
        'email=nobody%40test.example&password=x',
      );
      const [row] = await behind.db.database.query<{ actor: string }>(
        `SELECT actor FROM audit_event WHERE action = 'refuse-sign-in' ORDER BY id DESC LIMIT 1`,
      );
      return { text: row?.actor };
    })();
    expect(text).toBe('anonymous 203.0.113.9');
  });

  it('answers a key whatever the proxy calls its address', async () => {
    const { text } = await addKey(behind.app, await addUser(behind.app, 'anywhere@test.example', 'admin'));
    for (const address of [
      '203.0.113.9',
      '203.0.113.9:555',
      '[2001:db8::1]:555',
      'fe80::1%eth0',
      'dead',
      '10.1',
      '....',
    ]) {
      const headers = { host, authorization: `Bearer ${text}`, 'x-forwarded-for': address };
      expect([address, (await ask(behind, 'GET', '/v1/instruments', headers)).status]).toEqual([
        address,
        200,
      ]);
    }
  });
});

describe('pages of other sites', () => {
  const ORIGINS = [
    'https://evil.example',
    'null',
    'http://desk.example',
    'https://desk.example:8443',
    'https://desk.example.evil.example',
    'https://evil-desk.example',
    'https://DESK.example/',
    'https://desk.example.',
    'https://sub.desk.example',
    'file://',
    '*',
    '',
  ];

  it.each(ORIGINS)('"%s" is not let in', async (origin) => {
    for (const method of ['GET', 'OPTIONS']) {
      const { status, headers } = await ask(behind, method, '/v1/instruments', {
        host: 'isin.example',
        origin,
        'access-control-request-method': 'GET',
      });
      expect([origin, method, status]).toEqual([origin, method, 403]);
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  it('that the operator named may ask the API, without cookies, and no page', async () => {
    const asking = { host: 'isin.example', origin: LISTED };
    const preflight = await ask(behind, 'OPTIONS', '/v1/instruments', {
      ...asking,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-origin']).toBe(LISTED);
    expect(preflight.headers).not.toHaveProperty('access-control-allow-credentials');
    const answer = await ask(behind, 'GET', '/v1/instruments', {
      ...asking,
      ...(await fullAccess(behind.app)),
    });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, LISTED]);
    expect((await ask(behind, 'POST', '/sign-out', asking)).status).toBe(403);
  });
});
