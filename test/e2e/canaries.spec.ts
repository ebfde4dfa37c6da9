import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { CommandChild } from '../support/child.js';
import { FakeOrigin, type SeenRequest } from '../support/fake-origin.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { Visitor, type Visited } from '../support/visitor.js';
import { waitUntil } from '../support/wait-until.js';

/** What the house is told, and what it gives out. Each opens something, and each comes along another path. */
const secrets: Record<string, string> = {
  databasePassword: 'canary1-of-the-database',
  setupToken: 'canary2-of-the-first-account',
  sealingKey: 'f1e7ca46503c4c1b5c4f6e8ab4327f5d7c0fb09a35d0c2c2c2be2ba6b5a4a1d9',
  providerSecret: 'canary4-of-the-provider',
  mailPassword: 'canary5-of-the-mail',
  mirrorPassword: 'canary6-of-the-mirror',
  password: 'canary of a person, nine words',
};
const EMAIL = 'root@test.example';

/** All that a text may look like that has a secret in it. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const inside = (prefix: string): string =>
    // Base64 of a longer text with the secret in it: what does not hang on its neighbours.
    Buffer.from(prefix + secret)
      .toString('base64')
      .slice(Math.ceil((prefix.length * 8) / 6) + 1, -4);
  return [
    secret,
    encodeURIComponent(secret),
    bytes.toString('hex'),
    ...['', 'x', 'xx'].map(inside),
    // How a form has blanks.
    secret.replaceAll(' ', '+').replaceAll(',', '%2C'),
  ];
}

/** Which of them a text has in it, and what stands around it. */
function found(text: string): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const at = Math.max(...formsOf(secret).map((form) => text.indexOf(form)));
    return at < 0 ? [] : [`${name}: ${text.slice(Math.max(0, at - 200), at + 100)}`];
  });
}

/** Servers that say all that they were told, as bad ones do. */
async function startEchoes(): Promise<{ web: FakeOrigin; mail: Server }> {
  const web = await FakeOrigin.start();
  const echo = ({ headers, path }: SeenRequest): string => {
    const basic = /^Basic (.+)/.exec(headers.authorization ?? '')?.[1] ?? '';
    return `${path} of ${Buffer.from(basic, 'base64').toString()} (${headers.authorization}) is not served`;
  };
  const issuer = web.url;
  web.on('/.well-known/openid-configuration', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      code_challenge_methods_supported: ['S256'],
    }),
  });
  web.on('/token', (request) => ({
    status: 401,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      error: 'invalid_client',
      error_description: `${secrets['providerSecret']} is wrong; ${echo(request)}`,
    }),
  }));
  const list = '/www.iso20022.org/sites/default/files/ISO10383_MIC/ISO10383_MIC.csv';
  web.on(list, (request) => ({ status: 403, body: echo(request) }));
  const mail = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.setEncoding('utf8').on('data', (text: string) => {
      const line = text.trim();
      if (/^EHLO/i.test(line)) socket.write('250-echo\r\n250 AUTH PLAIN LOGIN\r\n');
      else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
      else {
        const said = Buffer.from(line.split(' ').at(-1) ?? '', 'base64')
          .toString()
          .replaceAll('\0', ' ');
        socket.write(`535 5.7.8 ${said} (${line}) is not known here\r\n`);
      }
    });
    socket.write('220 echo\r\n');
  });
  await new Promise<void>((resolve) => mail.listen(0, '127.0.0.1', resolve));
  return { web, mail };
}

let house: TestHouse;
let echoes: Awaited<ReturnType<typeof startEchoes>>;
let child: CommandChild;
let url: string;
/** What was answered, but for the two places where a secret is handed over. */
const answered: string[] = [];
const asked = new Set<string>();
let watching = true;
let watched: Promise<void>;

beforeAll(async () => {
  house = await openTestHouse();
  echoes = await startEchoes();
  const database = new URL(house.db.url);
  database.username = `canary_of_${house.db.name}`;
  database.password = secrets['databasePassword'] ?? '';
  await asAdmin(`CREATE ROLE ${database.username} LOGIN PASSWORD '${database.password}' IN ROLE isinglass`);
  const mailPort = (echoes.mail.address() as AddressInfo).port;
  child = new CommandChild(
    {
      DATABASE_URL: database.href,
      ISINGLASS_HOME: house.home,
      PORT: '0',
      ISINGLASS_LOG_LEVEL: 'debug',
      ISINGLASS_SETUP_TOKEN: secrets['setupToken'] ?? '',
      ISINGLASS_SECRET_KEY: secrets['sealingKey'] ?? '',
      ISINGLASS_OIDC_ISSUER: echoes.web.url,
      ISINGLASS_OIDC_CLIENT_ID: 'house',
      ISINGLASS_OIDC_CLIENT_SECRET: secrets['providerSecret'] ?? '',
      ISINGLASS_SMTP_URL: `smtp://keeper:${secrets['mailPassword']}@127.0.0.1:${mailPort}`,
      ISINGLASS_MIRROR_URL: echoes.web.url.replace('//', `//keeper:${secrets['mirrorPassword']}@`),
    },
    ['serve'],
  );
  const address = /API (http:\/\/\S+)\/v1[^]*with the token of/;
  await waitUntil('it can be set up', async () => address.test(child.output) || child.hasEnded());
  url = address.exec(child.output)?.[1] ?? '';
  if (url === '') throw new Error(`it did not start:\n${child.output}`);
  watched = watch();
});
afterAll(async () => {
  watching = false;
  await watched;
  child.stop();
  await child.ended;
  await echoes.web.close();
  echoes.mail.close();
  await asAdmin(
    `REASSIGN OWNED BY canary_of_${house.db.name} TO isinglass; DROP ROLE canary_of_${house.db.name}`,
  );
  await house.close();
});

async function asAdmin(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: process.env['ISINGLASS_TEST_ADMIN_DATABASE'] });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

/** What PostgreSQL shows of the statements that it is at, as often as it can be asked. */
async function watch(): Promise<void> {
  const client = new pg.Client({ connectionString: house.db.url });
  await client.connect();
  while (watching) {
    const { rows } = await client.query<{ query: string }>(
      'SELECT DISTINCT query FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()',
    );
    for (const { query } of rows) asked.add(query);
  }
  await client.end();
}

/** Asks, and keeps what was answered. */
async function ask(path: string, init: RequestInit): Promise<void> {
  const response = await fetch(url + path, { redirect: 'manual', ...init });
  answered.push(JSON.stringify([...response.headers]), await response.text());
}

/** A page without what its fields are filled with: who typed it there sees it again. */
const page = ({ text }: Visited): string => text.replace(/ value="[^"]*"/g, '');

it('gives out two more: a session and a key', async () => {
  const visitor = new Visitor(url);
  const form = {
    token: secrets['setupToken'] ?? '',
    email: EMAIL,
    name: '',
    password: secrets['password'] ?? '',
  };
  answered.push(page(await visitor.post('/set-up', { ...form, token: `${form.token}x` })));
  answered.push(page(await visitor.post('/set-up', { ...form, email: 'no address' })));
  expect((await visitor.post('/set-up', form)).location).toBe('/account');
  answered.push(page(await visitor.post('/sign-in', { email: secrets['password'] ?? '', password: 'x' })));
  secrets['session'] = visitor.cookies.get('isk_sid') ?? '';
  const order = {
    name: 'all',
    scopes: ['instruments:read', 'operations:read', 'operations:write'],
    days: '1',
    networks: '',
  };
  const made = await visitor.post('/account/keys', order);
  secrets['apiKey'] = /isk_[a-z]+_\w{8}_[\w-]+/.exec(made.text)?.[0] ?? '';
  for (const path of [
    '/account',
    '/account/keys',
    '/users',
    '/admin/resources/user',
    '/admin/resources/api-key',
  ])
    answered.push(page(await visitor.get(path)));
  expect(secrets['session'].length).toBeGreaterThan(20);
  expect(secrets['apiKey'].length).toBeGreaterThan(40);
  expect(found(made.text)).toEqual([expect.stringMatching(/^apiKey: .*shown only now/s)]);
});

it('is told each of them in every place of a request', async () => {
  for (const [name, secret] of Object.entries(secrets)) {
    const inUrl = encodeURIComponent(secret);
    // Nobody knows a password when it stands where it does not belong; it is told where people do tell it.
    const isKnown = name !== 'password';
    for (const path of !isKnown
      ? []
      : [
          `/v1/instruments?name=${inUrl}`,
          `/v1/instruments?token=${inUrl}&isin=${inUrl}`,
          `/v1/instruments/${inUrl}`,
          `/v1/runs/${inUrl}`,
          `/${inUrl}`,
          `/invitation?token=${inUrl}`,
          `/password-reset?token=${inUrl}`,
          `/sign-in?next=/${inUrl}`,
          `/sign-in/provider?next=/${inUrl}`,
          `/sign-in/provider/callback?code=${inUrl}&state=${inUrl}`,
        ]) {
      for (const headers of [
        {},
        { authorization: `Bearer ${inUrl}` },
        { authorization: `Basic ${Buffer.from(`keeper:${secret}`).toString('base64')}` },
        { cookie: `isk_sid=${inUrl}; token=${inUrl}` },
        { authorization: `Bearer ${secrets['apiKey']}`, 'x-request-id': inUrl, 'if-none-match': inUrl },
      ] as Record<string, string>[]) {
        await ask(path, { headers });
      }
    }
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${secrets['apiKey']}` };
    for (const body of [
      JSON.stringify({ password: secret, ...(isKnown && { reason: secret, [secret]: 1 }) }),
      `{"password": "${secret}`,
    ]) {
      await ask('/v1/runs/1/cancel', { method: 'POST', headers, body });
      await ask('/v1/sources/xx-iso-mic/runs', { method: 'POST', headers, body });
    }
    const visitor = new Visitor(url);
    for (const path of [
      '/sign-in',
      '/invitation',
      '/password-reset',
      '/password-reset/link',
      '/account/password',
    ]) {
      const form = { email: secret, token: secret, password: secret, ...(isKnown && { [secret]: secret }) };
      answered.push(page(await visitor.post(path, form)));
    }
  }
  expect(answered.length).toBeGreaterThan(800);
});

it('has them told back by everybody whom it tells them to', async () => {
  // The provider, at the end of the way there and back.
  const visitor = new Visitor(url);
  const sent = await visitor.get('/sign-in/provider');
  const state = new URL(sent.location ?? '').searchParams.get('state') ?? '';
  const back = await visitor.get(`/sign-in/provider/callback?code=x&state=${state}`);
  expect(back.status).toBe(401);
  answered.push(back.text);
  // The mail server.
  await visitor.post('/password-reset/link', { email: EMAIL });
  await waitUntil('it was refused', async () => child.output.includes('is not known here'));
  // The mirror.
  const headers = { authorization: `Bearer ${secrets['apiKey']}`, 'content-type': 'application/json' };
  await ask('/v1/sources/xx-iso-mic/runs', { method: 'POST', headers, body: '{}' });
  await waitUntil('it failed', async () => {
    const [run] = await house.db.database.query<{ state: string }>(
      `SELECT state FROM run ORDER BY id DESC LIMIT 1`,
    );
    return run?.state === 'failed';
  });
  // They were told.
  const told = echoes.web.requests.map(({ headers }) =>
    Buffer.from(headers.authorization?.slice('Basic '.length) ?? '', 'base64').toString(),
  );
  expect(told.join('\n')).toContain(secrets['mirrorPassword']);
  expect(echoes.web.requestsTo('/token')).toHaveLength(1);
});

it('shows none of them: not in its log, in an answer, in a table, in a statement, or in a file', async () => {
  const tables = await house.db.database.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const dump: string[] = [];
  for (const { name } of tables) {
    const rows = await house.db.database.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
    dump.push(...rows.map(({ row }) => row));
  }
  const files = await readdir(house.home, { recursive: true, withFileTypes: true });
  const written = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'latin1')),
  );
  const places = {
    log: child.output,
    answers: answered.join('\n'),
    dump: dump.join('\n'),
    statements: [...asked].join('\n'),
    files: written.join('\n'),
  };
  for (const text of [places.log, places.answers, places.dump, places.statements])
    expect(text.length).toBeGreaterThan(1_000);
  expect(Object.fromEntries(Object.entries(places).map(([name, text]) => [name, found(text)]))).toEqual({
    log: [],
    answers: [],
    dump: [],
    statements: [],
    files: [],
  });
});
