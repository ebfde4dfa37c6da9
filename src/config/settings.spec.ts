import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ConfigurationError } from '../common/errors.js';
import { masked } from '../common/secrets.js';
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

const URLS: Record<string, string> = {
  DATABASE_URL: 'postgres://reader:secret@db/house',
  ISINGLASS_SMTP_URL: 'smtp://mail.example',
};
const RANDOM_KEY = '3f8e1c5a9d70b2e64c1f0a7d85e2b9c6d41e7a0358f6bc2917ad4e80c35f9b61';

/** Values that are refused, by the setting they are of. */
const WRONG: readonly (readonly [string, string])[] = [
  ['DATABASE_URL', 'mysql://localhost/house'],
  ['DATABASE_URL', 'localhost:5432'],
  ['HOST', '0.0.0.0'],
  ['NODE_ENV', 'prod'],
  ['ISINGLASS_PUBLIC_URL', 'isin.example'],
  ['ISINGLASS_PUBLIC_URL', 'https://isin.example/path'],
  ['ISINGLASS_PUBLIC_URL', 'https://user@isin.example'],
  ['PUBLIC_READ', 'maybe'],
  ['ISINGLASS_TRUST_PROXY', 'true'],
  ['ISINGLASS_TRUST_PROXY', '*'],
  ['ISINGLASS_TRUST_PROXY', '0.0.0.0/0'],
  ['ISINGLASS_TRUST_PROXY', '11'],
  ['ISINGLASS_CORS_ORIGINS', '*'],
  ['ISINGLASS_CORS_ORIGINS', 'null'],
  ['ISINGLASS_CORS_ORIGINS', 'https://good.example,*'],
  ['ISINGLASS_SECRET_KEY', 'secret'],
  ['ISINGLASS_SECRET_KEY', '00'.repeat(32)],
  ['ISINGLASS_SECRET_KEY', 'deadbeef'.repeat(8)],
  ['ISINGLASS_SETUP_TOKEN', 'short'],
  ['ISINGLASS_SECOND_FACTOR', 'admins'],
  ['ISINGLASS_KEY_REQUESTS_PER_MINUTE', '0'],
  ['ISINGLASS_KEY_REQUESTS_PER_DAY', 'many'],
  ['ISINGLASS_SMTP_URL', 'mail.example'],
  ['ISINGLASS_MAIL_FROM', 'Isinglass'],
  ['ISINGLASS_OIDC_ISSUER', 'http://id.example'],
  ['ISINGLASS_OIDC_NEW_USERS', 'admin'],
  ['ISINGLASS_EMBEDDED_DATABASE', 'please'],
  ['HOST', '::'],
  ['HOST', '192.168.1.10'],
  ['HOST', 'example.com'],
  ['HOST', '127.0.0.1.example.com'],
  ['PORT', '-1'],
  ['PORT', '65536'],
  ['PORT', '80.5'],
  ['PORT', '0x50'],
  ['PORT', 'http'],
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
const TAKE_ANY = [
  'ISINGLASS_HOME',
  'ISINGLASS_FILES',
  'ISINGLASS_OIDC_CLIENT_ID',
  'ISINGLASS_OIDC_CLIENT_SECRET',
];

describe('the settings', () => {
  it('have defaults that make a house on this machine alone', () => {
    expect(readConfig({})).toEqual({
      home: resolve('.isinglass'),
      databaseUrl: undefined,
      host: '127.0.0.1',
      port: 3000,
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
      production: false,
      publicUrl: undefined,
      publicRead: false,
      trustProxy: false,
      corsOrigins: [],
      secretKey: undefined,
      setupToken: undefined,
      secondFactorRoles: [],
      keyRequestsPerMinute: 600,
      keyRequestsPerDay: 100_000,
      smtpUrl: undefined,
      mailFrom: undefined,
      oidcIssuer: undefined,
      oidcClientId: undefined,
      oidcClientSecret: undefined,
      oidcNewUsers: undefined,
      embeddedDatabase: false,
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
        HOST: '::1',
        PORT: '0',
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
        NODE_ENV: 'production',
        ISINGLASS_PUBLIC_URL: 'https://isin.example/',
        PUBLIC_READ: 'yes',
        ISINGLASS_TRUST_PROXY: '10.0.0.1, 10.1.0.0/16',
        ISINGLASS_CORS_ORIGINS: 'https://desk.example, http://localhost:5173',
        ISINGLASS_SECRET_KEY: RANDOM_KEY,
        ISINGLASS_SETUP_TOKEN: 'a token of the operator',
        ISINGLASS_SECOND_FACTOR: 'admin, steward',
        ISINGLASS_KEY_REQUESTS_PER_MINUTE: '60',
        ISINGLASS_KEY_REQUESTS_PER_DAY: '1000',
        ISINGLASS_SMTP_URL: 'smtps://mailer:w0rd@mail.example:465',
        ISINGLASS_MAIL_FROM: 'isinglass@example.com',
        ISINGLASS_OIDC_ISSUER: 'https://id.example/realm',
        ISINGLASS_OIDC_CLIENT_ID: 'isinglass',
        ISINGLASS_OIDC_CLIENT_SECRET: 'given by the provider',
        ISINGLASS_OIDC_NEW_USERS: 'viewer',
        ISINGLASS_EMBEDDED_DATABASE: 'yes',
      }),
    ).toEqual({
      home: '/var/lib/isinglass',
      databaseUrl: 'postgresql://reader:secret@db:5432/house',
      host: '::1',
      port: 0,
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
      production: true,
      publicUrl: 'https://isin.example',
      publicRead: true,
      trustProxy: ['10.0.0.1', '10.1.0.0/16'],
      corsOrigins: ['https://desk.example', 'http://localhost:5173'],
      secretKey: Buffer.from(RANDOM_KEY, 'hex'),
      setupToken: 'a token of the operator',
      secondFactorRoles: ['steward', 'admin'],
      keyRequestsPerMinute: 60,
      keyRequestsPerDay: 1_000,
      smtpUrl: 'smtps://mailer:w0rd@mail.example:465',
      mailFrom: 'isinglass@example.com',
      oidcIssuer: 'https://id.example/realm',
      oidcClientId: 'isinglass',
      oidcClientSecret: 'given by the provider',
      oidcNewUsers: 'viewer',
      embeddedDatabase: true,
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

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('take the loopback address %s', (HOST) => {
    expect(readConfig({ HOST }).host).toBe(HOST);
  });

  it.each([
    ['DATABASE_URL', 'mysql://keeper:s3cr3t-word@db/house'],
    ['DATABASE_URL', 'keeper:s3cr3t-word@db/house'],
    ['DATABASE_URL', 'postgres://keeper:s3cr3t-word@db:not-a-port/house'],
    ['ISINGLASS_MIRROR_URL', 'ftp://keeper:s3cr3t-word@mirror.example'],
    ['ISINGLASS_SECRET_KEY', 's3cr3t-word'],
    ['ISINGLASS_SETUP_TOKEN', 's3cr3t-word'],
    ['ISINGLASS_SMTP_URL', 'keeper:s3cr3t-word'],
  ])('never repeat a password: %s=%s', (name, value) => {
    const refusal = refusalOf({ [name]: value, PORT: 'x' });
    expect(refusal.message).toContain(`${name}: `);
    expect(`${refusal.message} ${refusal.nextStep} ${refusal.stack ?? ''}`).not.toMatch(/s3cr3t-word|keeper/);
  });
});

describe('a secret', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'isinglass-secrets-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('may come from a file, for each setting that is one', () => {
    const path = join(folder, 'secret');
    for (const { name, isSecret } of Object.values(SETTINGS)) {
      const value =
        name === 'ISINGLASS_SECRET_KEY' ? RANDOM_KEY : name.endsWith('_URL') ? URLS[name] : 'x'.repeat(30);
      writeFileSync(path, `${value}\n`);
      const read = () => JSON.stringify(readConfig({ [`${name}_FILE`]: path }));
      if (isSecret) expect(read()).toBe(JSON.stringify(readConfig({ [name]: value })));
      else expect(read()).toBe(JSON.stringify(readConfig({})));
    }
  });

  it('is refused where its file cannot be read, and where it is set twice', () => {
    const path = join(folder, 'nothing');
    expect(refusalOf({ DATABASE_URL_FILE: path }).message).toContain(`${path} cannot be read`);
    expect(refusalOf({ DATABASE_URL_FILE: path, DATABASE_URL: 'postgres://db/house' }).message).toContain(
      'twice',
    );
  });

  it('is masked in whatever is written from then on', () => {
    readConfig({
      DATABASE_URL: 'postgres://keeper:a-canary-w0rd@db/house',
      ISINGLASS_SETUP_TOKEN: 'canary token of setup',
    });
    expect(masked('password a-canary-w0rd and canary token of setup')).toBe('password ••• and •••');
  });
});

describe('a house that others can reach', () => {
  it('is one for production', () => {
    expect(readConfig({ HOST: '0.0.0.0', NODE_ENV: 'production' }).host).toBe('0.0.0.0');
    expect(refusalOf({ HOST: '0.0.0.0' }).message).toContain('NODE_ENV=production');
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
