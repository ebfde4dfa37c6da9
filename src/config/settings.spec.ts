import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ConfigurationError } from '../common/errors.js';
import { isSourceOn, readConfig, SETTINGS, type Config } from './settings.js';

function refusalOf(environment: Record<string, string>): ConfigurationError {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** Drawn once; no key of anybody. */
const RANDOM_KEY = 'f1e7ca46503c4c1b5c4f6e8ab4327f5d7c0fb09a35d0c2c2c2be2ba6b5a4a1d9';

/** Values that are refused, by the setting they are of. */
const WRONG: readonly (readonly [string, string])[] = [
  ['DATABASE_URL', 'mysql://localhost/house'],
  ['DATABASE_URL', 'localhost:5432'],
  ['DATABASE_URL', 'postgres://keeper:s3cr3t-word@db:not-a-port/house'],
  ['ISINGLASS_EMBEDDED_DATABASE', 'perhaps'],
  ['NODE_ENV', 'prod'],
  ['NODE_ENV', 'PRODUCTION'],
  ['NODE_ENV', 'staging'],
  ['HOST', '0.0.0.0'],
  ['HOST', '::'],
  ['HOST', '192.168.1.10'],
  ['HOST', 'example.com'],
  ['HOST', '127.0.0.1.example.com'],
  ['HOST', '127.0.0.256'],
  ['HOST', '127.1'],
  ['HOST', '[::1]'],
  ['PORT', '-1'],
  ['PORT', '65536'],
  ['PORT', '80.5'],
  ['PORT', '0x50'],
  ['PORT', 'http'],
  ['ISINGLASS_PUBLIC_URL', 'isin.example'],
  ['ISINGLASS_PUBLIC_URL', 'ftp://isin.example'],
  ['ISINGLASS_PUBLIC_URL', 'https://'],
  ['ISINGLASS_PUBLIC_URL', 'https://isin.example/house'],
  ['ISINGLASS_PUBLIC_URL', 'https://isin.example/?'],
  ['ISINGLASS_PUBLIC_URL', 'https://isin.example#top'],
  ['ISINGLASS_PUBLIC_URL', 'https://keeper:s3cr3t-word@isin.example'],
  ['ISINGLASS_PUBLIC_URL', 'https://*.example'],
  ['ISINGLASS_TRUST_PROXY', 'true'],
  ['ISINGLASS_TRUST_PROXY', '*'],
  ['ISINGLASS_TRUST_PROXY', '0'],
  ['ISINGLASS_TRUST_PROXY', '11'],
  ['ISINGLASS_TRUST_PROXY', '-1'],
  ['ISINGLASS_TRUST_PROXY', 'loopback'],
  ['ISINGLASS_TRUST_PROXY', 'proxy.example'],
  ['ISINGLASS_TRUST_PROXY', '0.0.0.0/0'],
  ['ISINGLASS_TRUST_PROXY', '::/0'],
  ['ISINGLASS_TRUST_PROXY', '10.0.0.0/7'],
  ['ISINGLASS_TRUST_PROXY', '10.0.0.0/33'],
  ['ISINGLASS_TRUST_PROXY', '10.0.0.1/8/8'],
  ['ISINGLASS_TRUST_PROXY', '10.0.0.1,everybody'],
  ['ISINGLASS_TRUST_PROXY', ','],
  ['ISINGLASS_CORS_ORIGINS', '*'],
  ['ISINGLASS_CORS_ORIGINS', 'null'],
  ['ISINGLASS_CORS_ORIGINS', 'https://*.example'],
  ['ISINGLASS_CORS_ORIGINS', 'https://app.example/page'],
  ['ISINGLASS_CORS_ORIGINS', 'https://app.example,*'],
  ['PUBLIC_READ', 'everybody'],
  ['PUBLIC_READ', '2'],
  ['ISINGLASS_SETUP_TOKEN', 'nineteen-characters'],
  ['ISINGLASS_SETUP_TOKEN', 'a token with blanks in it'],
  ['ISINGLASS_SECRET_KEY', 'secret'],
  ['ISINGLASS_SECRET_KEY', RANDOM_KEY.slice(2)],
  ['ISINGLASS_SECRET_KEY', `${RANDOM_KEY}00`],
  ['ISINGLASS_SECRET_KEY', '0'.repeat(64)],
  ['ISINGLASS_SECRET_KEY', 'deadbeef'.repeat(8)],
  ['ISINGLASS_SECRET_KEY', '0123456789abcdef'.repeat(4)],
  ['ISINGLASS_SECRET_KEY', Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString('base64')],
  ['ISINGLASS_SECRET_KEY', Buffer.from('correct-horse-battery-staple-2026').toString('base64').slice(0, 43)],
  ['ISINGLASS_SECRET_KEY', Buffer.from('correct-horse-battery-staple-202').toString('hex')],
  ['ISINGLASS_SECOND_FACTOR', 'admin,reader'],
  ['ISINGLASS_SECOND_FACTOR', 'yes'],
  ['ISINGLASS_OIDC_ISSUER', 'login.example'],
  ['ISINGLASS_OIDC_ISSUER', 'http://login.example'],
  ['ISINGLASS_OIDC_ISSUER', 'http://localhost.example'],
  ['ISINGLASS_OIDC_ISSUER', 'https://login.example/?realm=1'],
  ['ISINGLASS_OIDC_CLIENT_ID', 'two words'],
  ['ISINGLASS_OIDC_CLIENT_SECRET', 'two words'],
  ['ISINGLASS_OIDC_NEW_USERS', 'admin'],
  ['ISINGLASS_SMTP_URL', 'mail.example'],
  ['ISINGLASS_SMTP_URL', 'https://mail.example'],
  ['ISINGLASS_SMTP_URL', 'smtp://'],
  ['ISINGLASS_MAIL_FROM', 'isinglass'],
  ['ISINGLASS_MAIL_FROM', 'a@b.example, c@d.example'],
  ['ISINGLASS_MAIL_FROM', 'House\nBcc: c@d.example <a@b.example>'],
  ['ISINGLASS_KEY_REQUESTS_PER_MINUTE', '0'],
  ['ISINGLASS_KEY_REQUESTS_PER_MINUTE', '100001'],
  ['ISINGLASS_KEY_REQUESTS_PER_DAY', 'many'],
  ['ISINGLASS_ROLES', 'web,cook'],
  ['ISINGLASS_ROLES', ','],
  ['ISINGLASS_PARALLEL_LOADS', '0'],
  ['ISINGLASS_LEASE_SECONDS', '1'],
  ['ISINGLASS_SOURCES', 'in-nse-equities'],
  ['ISINGLASS_SOURCES', '+in-nse-equities,xx-iso-mic'],
  ['ISINGLASS_SOURCES', '+IN NSE'],
  ['ISINGLASS_PROFILE', 'equities'],
  ['ISINGLASS_PROFILE', 'all,shares'],
  ['ISINGLASS_VENUES', 'PARIS'],
  ['ISINGLASS_KEEP_WEEKS', '-1'],
  ['ISINGLASS_KEEP_FILES_DAYS', '0'],
  ['ISINGLASS_KEEP_RUNS_DAYS', '0'],
  ['ISINGLASS_KEEP_LOG_DAYS', 'forever'],
  ['ISINGLASS_MIRROR_URL', 'ftp://mirror.example'],
  ['ISINGLASS_MIRROR_URL', 'mirror.example'],
  ['ISINGLASS_LOG_LEVEL', 'verbose'],
];

/** A directory may have any name. */
const TAKE_ANY = ['ISINGLASS_HOME', 'ISINGLASS_FILES'];

describe('the settings', () => {
  it('have defaults that make a house on this machine alone', () => {
    expect(readConfig({})).toEqual({
      home: resolve('.isinglass'),
      databaseUrl: undefined,
      embeddedDatabase: false,
      production: false,
      host: '127.0.0.1',
      port: 3000,
      publicUrl: undefined,
      trustProxy: false,
      corsOrigins: [],
      publicRead: false,
      setupToken: undefined,
      secretKey: undefined,
      secondFactorRoles: [],
      oidcIssuer: undefined,
      oidcClientId: undefined,
      oidcClientSecret: undefined,
      oidcNewUsers: undefined,
      smtpUrl: undefined,
      mailFrom: undefined,
      keyRequestsPerMinute: 600,
      keyRequestsPerDay: 100_000,
      roles: ['web', 'scheduler', 'worker'],
      parallelLoads: 2,
      leaseSeconds: 30,
      sources: new Map(),
      letters: ['C', 'E'],
      mics: null,
      keepWeeks: 2,
      keepFilesDays: 365,
      keepRunsDays: 90,
      keepLogDays: 30,
      mirrorUrl: undefined,
      filesDirectory: undefined,
      logLevel: 'info',
    } satisfies Config);
  });

  it('are their defaults where they are empty or blank', () => {
    const blank = Object.values(SETTINGS).map(({ name }, index) => [name, index % 2 === 0 ? '' : ' ']);
    expect(readConfig(Object.fromEntries(blank) as Record<string, string>)).toEqual(readConfig({}));
  });

  it('are read from the environment, without blanks around them', () => {
    expect(
      readConfig({
        ISINGLASS_HOME: '/var/lib/isinglass',
        DATABASE_URL: ' postgresql://reader:secret@db:5432/house ',
        ISINGLASS_EMBEDDED_DATABASE: 'Yes',
        NODE_ENV: 'production',
        HOST: '::',
        PORT: '0',
        ISINGLASS_PUBLIC_URL: 'HTTPS://Isin.example:443/',
        ISINGLASS_TRUST_PROXY: '10.0.0.0/8, ::1',
        ISINGLASS_CORS_ORIGINS: 'https://app.example/, http://localhost:5173, https://app.example',
        PUBLIC_READ: '1',
        ISINGLASS_SETUP_TOKEN: 'twenty-characters-ok',
        ISINGLASS_SECRET_KEY: RANDOM_KEY,
        ISINGLASS_SECOND_FACTOR: 'admin, steward',
        ISINGLASS_OIDC_ISSUER: 'https://login.example/realms/house/',
        ISINGLASS_OIDC_CLIENT_ID: 'isinglass',
        ISINGLASS_OIDC_CLIENT_SECRET: 'a-secret-of-the-provider',
        ISINGLASS_OIDC_NEW_USERS: 'viewer',
        ISINGLASS_SMTP_URL: 'smtps://keeper:word@mail.example:465/',
        ISINGLASS_MAIL_FROM: 'The house <isinglass@company.example>',
        ISINGLASS_KEY_REQUESTS_PER_MINUTE: '60',
        ISINGLASS_KEY_REQUESTS_PER_DAY: '5000',
        ISINGLASS_ROLES: 'worker, web',
        ISINGLASS_PARALLEL_LOADS: '4',
        ISINGLASS_LEASE_SECONDS: '10',
        ISINGLASS_SOURCES: '+in-nse-equities, -xx-iso-mic',
        ISINGLASS_PROFILE: 'bonds, E',
        ISINGLASS_VENUES: 'xpar, XETR',
        ISINGLASS_KEEP_WEEKS: '0',
        ISINGLASS_KEEP_FILES_DAYS: '30',
        ISINGLASS_KEEP_RUNS_DAYS: '1',
        ISINGLASS_KEEP_LOG_DAYS: '7',
        ISINGLASS_MIRROR_URL: 'https://mirror.example/public/',
        ISINGLASS_FILES: '/srv/files',
        ISINGLASS_LOG_LEVEL: 'debug',
      }),
    ).toEqual({
      home: '/var/lib/isinglass',
      databaseUrl: 'postgresql://reader:secret@db:5432/house',
      embeddedDatabase: true,
      production: true,
      host: '::',
      port: 0,
      publicUrl: 'https://isin.example',
      trustProxy: ['10.0.0.0/8', '::1'],
      corsOrigins: ['https://app.example', 'http://localhost:5173'],
      publicRead: true,
      setupToken: 'twenty-characters-ok',
      secretKey: Buffer.from(RANDOM_KEY, 'hex'),
      secondFactorRoles: ['steward', 'admin'],
      oidcIssuer: 'https://login.example/realms/house/',
      oidcClientId: 'isinglass',
      oidcClientSecret: 'a-secret-of-the-provider',
      oidcNewUsers: 'viewer',
      smtpUrl: 'smtps://keeper:word@mail.example:465',
      mailFrom: 'The house <isinglass@company.example>',
      keyRequestsPerMinute: 60,
      keyRequestsPerDay: 5000,
      roles: ['web', 'worker'],
      parallelLoads: 4,
      leaseSeconds: 10,
      sources: new Map([
        ['in-nse-equities', true],
        ['xx-iso-mic', false],
      ]),
      letters: ['D', 'E'],
      mics: ['XPAR', 'XETR'],
      keepWeeks: 0,
      keepFilesDays: 30,
      keepRunsDays: 1,
      keepLogDays: 7,
      mirrorUrl: 'https://mirror.example/public',
      filesDirectory: '/srv/files',
      logLevel: 'debug',
    } satisfies Config);
  });

  it.each(WRONG)('refuse %s=%s by its name', (name, value) => {
    const { code, message, nextStep } = refusalOf({ [name]: value });
    expect(code).toBe('SETTING_INVALID');
    expect(message.startsWith(`${name}: `)).toBe(true);
    expect(nextStep).not.toBe('');
  });

  it('have a wrong value in this test, each of them', () => {
    const tested = new Set([...WRONG.map(([name]) => name), ...TAKE_ANY]);
    expect([...tested].sort()).toEqual(
      Object.values(SETTINGS)
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('are all named at once when several are wrong', () => {
    const { message } = refusalOf({ PORT: 'x', HOST: 'y', ISINGLASS_LOG_LEVEL: 'z' });
    for (const name of ['PORT: ', 'HOST: ', 'ISINGLASS_LOG_LEVEL: ']) expect(message).toContain(name);
  });

  it.each(['0.0.0.0', '::', '192.168.1.10'])('listen on %s in production alone', (HOST) => {
    expect(readConfig({ HOST, NODE_ENV: 'production' }).host).toBe(HOST);
    for (const NODE_ENV of ['', 'development', 'test']) {
      const { code, message } = refusalOf({ HOST, NODE_ENV });
      expect([code, message]).toEqual(['SETTING_INVALID', expect.stringContaining('NODE_ENV=production')]);
    }
  });

  it.each(['development', 'test', ''])('are not for production with NODE_ENV=%s', (NODE_ENV) => {
    expect(readConfig({ NODE_ENV }).production).toBe(false);
  });

  it('ask for the client id with an issuer', () => {
    const { message } = refusalOf({ ISINGLASS_OIDC_ISSUER: 'https://login.example' });
    expect(message).toMatch(/^ISINGLASS_OIDC_CLIENT_ID: /);
  });

  it.each([
    ['1', 1],
    ['10', 10],
    ['127.0.0.1', ['127.0.0.1']],
    ['fd00::/8, 192.168.1.0/24', ['fd00::/8', '192.168.1.0/24']],
  ])('trust the proxies %s', (ISINGLASS_TRUST_PROXY, trustProxy) => {
    expect(readConfig({ ISINGLASS_TRUST_PROXY }).trustProxy).toEqual(trustProxy);
  });

  it.each(['hex', 'base64', 'base64url'] as const)('take a key in %s', (encoding) => {
    const key = Buffer.from(RANDOM_KEY, 'hex');
    expect(readConfig({ ISINGLASS_SECRET_KEY: key.toString(encoding) }).secretKey).toEqual(key);
  });

  it('take every key that is drawn by chance', () => {
    for (let draw = 0; draw < 2_000; draw++) {
      expect(
        readConfig({ ISINGLASS_SECRET_KEY: randomBytes(32).toString('base64url') }).secretKey,
      ).toHaveLength(32);
    }
  });

  it.each(['http://127.0.0.1:9000', 'http://[::1]:9000', 'http://localhost:9000/realm'])(
    'take the issuer %s, which nobody else can reach',
    (ISINGLASS_OIDC_ISSUER) => {
      const environment = { ISINGLASS_OIDC_ISSUER, ISINGLASS_OIDC_CLIENT_ID: 'isinglass' };
      expect(readConfig(environment).oidcIssuer).toBe(ISINGLASS_OIDC_ISSUER);
    },
  );

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('take the loopback address %s', (HOST) => {
    expect(readConfig({ HOST }).host).toBe(HOST);
  });

  it.each([
    ['DATABASE_URL', 'mysql://keeper:s3cr3t-word@db/house'],
    ['DATABASE_URL', 'keeper:s3cr3t-word@db/house'],
    ['DATABASE_URL', 'postgres://keeper:s3cr3t-word@db:not-a-port/house'],
    ['ISINGLASS_MIRROR_URL', 'ftp://keeper:s3cr3t-word@mirror.example'],
    ['ISINGLASS_PUBLIC_URL', 'https://keeper:s3cr3t-word@isin.example'],
    ['ISINGLASS_CORS_ORIGINS', 'https://keeper:s3cr3t-word@isin.example'],
    ['ISINGLASS_OIDC_ISSUER', 'https://keeper:s3cr3t-word@isin.example'],
  ])('never repeat a password: %s=%s', (name, value) => {
    const refusal = refusalOf({ [name]: value, PORT: 'x' });
    expect(refusal.message).toContain(`${name}: `);
    expect(`${refusal.message} ${refusal.nextStep} ${refusal.stack ?? ''}`).not.toMatch(/s3cr3t-word|keeper/);
  });
});

const SECRETS = Object.values(SETTINGS).filter(({ isSecret }) => isSecret);

describe('a secret', () => {
  const directory = mkdtempSync(join(tmpdir(), 'isinglass-secrets-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  const fileOf = (text: string): string => {
    const path = join(directory, randomBytes(6).toString('hex'));
    writeFileSync(path, text);
    return path;
  };

  it('is each of those that open something', () => {
    expect(SECRETS.map(({ name }) => name)).toEqual([
      'DATABASE_URL',
      'ISINGLASS_SETUP_TOKEN',
      'ISINGLASS_SECRET_KEY',
      'ISINGLASS_OIDC_CLIENT_SECRET',
      'ISINGLASS_SMTP_URL',
    ]);
  });

  it('may lie in a file, with blanks and line ends around it', () => {
    const path = fileOf('\n twenty-characters-ok\r\n');
    expect(readConfig({ ISINGLASS_SETUP_TOKEN_FILE: path }).setupToken).toBe('twenty-characters-ok');
  });

  it.each(SECRETS.map(({ name }) => name))(
    '%s is refused from the environment and a file at once',
    (name) => {
      const path = fileOf('canary-in-the-file');
      const { message } = refusalOf({ [name]: 'canary-in-the-environment', [`${name}_FILE`]: path });
      expect(message).toBe(`${name}: ${name}_FILE is set as well: keep one of the two`);
    },
  );

  it.each(SECRETS.map(({ name }) => name))(
    '%s is refused by the path of a file that is not there',
    (name) => {
      const path = join(directory, 'nothing');
      expect(refusalOf({ [`${name}_FILE`]: path }).message).toBe(
        `${name}: the file ${path} cannot be read: ENOENT`,
      );
    },
  );

  it('is refused when its file is empty', () => {
    const path = fileOf(' \n');
    expect(refusalOf({ DATABASE_URL_FILE: path }).message).toBe(`DATABASE_URL: the file ${path} is empty`);
  });

  it.each(SECRETS.map(({ name }) => name))('%s is never repeated when it is wrong', (name) => {
    for (const text of [
      'canary word',
      'smtp:canary',
      'canary\u0007',
      'mysql://canary@host',
      'canary'.repeat(200),
    ]) {
      for (const environment of [{ [name]: text }, { [`${name}_FILE`]: fileOf(text) }]) {
        const refusal = refusalOf({ ...environment, PORT: 'x' });
        expect(`${refusal.message} ${refusal.nextStep} ${refusal.stack ?? ''}`).not.toContain('canary');
      }
    }
  });

  it('of no secret setting is read from a file', () => {
    expect(readConfig({ PORT_FILE: fileOf('4000') }).port).toBe(3000);
  });
});

describe('a source', () => {
  const source = { id: 'xx-list', onByDefault: false };
  it.each([
    ['', false, false],
    ['', true, true],
    ['+xx-list', false, true],
    ['-xx-list', true, false],
    ['+other', false, false],
    ['-xx-list,+xx-list', false, true],
  ])('with the switches "%s" and the default %s: is it on? %s', (ISINGLASS_SOURCES, onByDefault, isOn) => {
    expect(isSourceOn({ ...source, onByDefault }, readConfig({ ISINGLASS_SOURCES }).sources)).toBe(isOn);
  });
});
