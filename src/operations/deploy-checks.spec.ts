import { NotFoundError, ConfigurationError } from '../common/errors.js';
import { readConfig } from '../config/settings.js';
import { checkDeployment, DEPLOY_CHECKS, refuseUnsafe } from './deploy-checks.js';
import type { Deployment } from './deployment.js';
import type { CheckResult } from './system-checks.js';

const PASSWORD = 'f1e7ca46503c4c1b5c4f6e8a';
const KEY = 'f1e7ca46503c4c1b5c4f6e8ab4327f5d7c0fb09a35d0c2c2c2be2ba6b5a4a1d9';

/** Nothing is wrong with this one. */
const SAFE = {
  NODE_ENV: 'production',
  ISINGLASS_HOME: '/var/lib/isinglass',
  ISINGLASS_PUBLIC_URL: 'https://isin.example',
  ISINGLASS_TRUST_PROXY: '127.0.0.1',
  DATABASE_URL: `postgres://house:${PASSWORD}@db.example/house?sslmode=verify-full`,
  ISINGLASS_SECRET_KEY: KEY,
  ISINGLASS_SECOND_FACTOR: 'admin',
  ISINGLASS_SMTP_URL: 'smtps://mail.example',
  ISINGLASS_MAIL_FROM: 'isinglass@company.example',
};

function deployment(
  settings: Record<string, string> = {},
  changes: Partial<Omit<Deployment, 'config'>> = {},
): Deployment {
  return {
    config: readConfig({ ...SAFE, ...settings }),
    sources: [],
    clock: { now: () => new Date('2026-11-25') },
    nodeVersion: '24.21.0',
    nodeFlags: [],
    isRoot: false,
    unknownSettings: [],
    secretFiles: [],
    modeOf: async () => 0o700,
    rightsOfRole: async () => ({ name: 'house', excessive: [] }),
    ...changes,
  };
}

const modes =
  (byPath: Record<string, number>): Deployment['modeOf'] =>
  async (path) =>
    byPath[path] ?? null;

/** What is not as it should be: `error deploy.https`. */
async function faultsOf(house: Deployment): Promise<readonly string[]> {
  const results = await checkDeployment(house);
  return results.filter(({ level }) => level !== 'ok').map(({ level, id }) => `${level} ${id}`);
}

const silent = (): Promise<never> => Promise.reject(new Error('no answer'));
const dbUrl = (rest: string): Record<string, string> => ({ DATABASE_URL: rest });

it('a safe deployment passes every check, in a stable order', async () => {
  const results = await checkDeployment(deployment());
  expect(results.filter(({ level }) => level !== 'ok')).toEqual([]);
  expect(results.map(({ id }) => id)).toEqual([
    'deploy.production',
    'deploy.settings',
    'deploy.public-url',
    'deploy.https',
    'deploy.proxy',
    'deploy.cors',
    'deploy.secret-key',
    'deploy.setup-token',
    'deploy.embedded',
    'deploy.database-password',
    'deploy.database-tls',
    'deploy.database-role',
    'deploy.second-factor',
    'deploy.provider',
    'deploy.mail',
    'deploy.secret-files',
    'deploy.home',
    'deploy.public-read',
    'deploy.user',
    'deploy.node',
  ]);
});

const provider = (secret: string, more = {}): Record<string, string> => ({
  ISINGLASS_OIDC_ISSUER: 'https://login.example',
  ISINGLASS_OIDC_CLIENT_ID: 'house',
  ISINGLASS_OIDC_CLIENT_SECRET: secret,
  ...more,
});

type Case = [string, Record<string, string>, Partial<Omit<Deployment, 'config'>>];
const BAD: Case[] = [
  ['warning deploy.production', { NODE_ENV: 'development' }, {}],
  ['error deploy.public-url', { ISINGLASS_PUBLIC_URL: '' }, {}],
  ['error deploy.https', { ISINGLASS_PUBLIC_URL: 'http://isin.example' }, {}],
  ['warning deploy.https', { ISINGLASS_PUBLIC_URL: 'http://localhost:3000' }, {}],
  ['error deploy.proxy', { HOST: '0.0.0.0', ISINGLASS_TRUST_PROXY: '' }, {}],
  ['warning deploy.proxy', { ISINGLASS_TRUST_PROXY: '' }, {}],
  ['warning deploy.proxy', { HOST: '::', ISINGLASS_TRUST_PROXY: '1' }, {}],
  ['error deploy.cors', { ISINGLASS_CORS_ORIGINS: 'https://a.example,http://b.example' }, {}],
  ['warning deploy.cors', { ISINGLASS_CORS_ORIGINS: 'http://localhost:5173' }, {}],
  ['warning deploy.secret-key', { ISINGLASS_SECRET_KEY: '' }, {}],
  ['error deploy.setup-token', { ISINGLASS_SETUP_TOKEN: 'abcabcabcabcabcabcabc' }, {}],
  ['error deploy.embedded', dbUrl(''), {}],
  ['error deploy.database-password', dbUrl('postgres://house@db.example/house?sslmode=require'), {}],
  ['error deploy.database-password', dbUrl('postgres://house@127.0.0.1/house'), {}],
  ['error deploy.database-password', dbUrl('postgres://house:postgres@127.0.0.1/house'), {}],
  ['error deploy.database-password', dbUrl('postgres://house:postgres2026@127.0.0.1/house'), {}],
  ['error deploy.database-password', dbUrl('postgres://house:Isinglass1234@127.0.0.1/house'), {}],
  [
    'error deploy.database-password',
    dbUrl('postgres://house-of-records:house-of-records@127.0.0.1/house'),
    {},
  ],
  ['error deploy.database-password', dbUrl('postgres://house:k7Q-x2pLw_9@127.0.0.1/house'), {}],
  ['error deploy.database-password', dbUrl('postgres://house@127.0.0.1/house?password=short'), {}],
  ['warning deploy.database-tls', dbUrl(`postgres://house:${PASSWORD}@db.example/house`), {}],
  ['warning deploy.database-tls', dbUrl(`postgres://house:${PASSWORD}@db.example/house?sslmode=prefer`), {}],
  ['error deploy.database-role', {}, { rightsOfRole: async () => ({ name: 'x', excessive: ['superuser'] }) }],
  [
    'error deploy.database-role',
    {},
    { rightsOfRole: async () => ({ name: 'x', excessive: ['pg_read_server_files'] }) },
  ],
  ['error deploy.database-role', {}, { rightsOfRole: silent }],
  ['warning deploy.second-factor', { ISINGLASS_SECOND_FACTOR: 'steward' }, {}],
  ['error deploy.provider', provider('short-secret'), {}],
  ['warning deploy.provider', provider(PASSWORD, { ISINGLASS_OIDC_ISSUER: 'http://127.0.0.1:9000' }), {}],
  ['warning deploy.provider', provider(PASSWORD, { ISINGLASS_OIDC_NEW_USERS: 'steward' }), {}],
  ['warning deploy.mail', { ISINGLASS_SMTP_URL: '' }, {}],
  ['error deploy.mail', { ISINGLASS_MAIL_FROM: '' }, {}],
  ['warning deploy.mail', { ISINGLASS_SMTP_URL: 'smtp://mail.example' }, {}],
  [
    'warning deploy.secret-files',
    {},
    { secretFiles: [{ setting: 'DATABASE_URL_FILE', path: '/run/db' }], modeOf: modes({ '/run/db': 0o644 }) },
  ],
  [
    'error deploy.secret-files',
    {},
    { secretFiles: [{ setting: 'DATABASE_URL_FILE', path: '/run/db' }], modeOf: modes({ '/run/db': 0o602 }) },
  ],
  ['warning deploy.home', {}, { modeOf: modes({ '/var/lib/isinglass': 0o755 }) }],
  ['error deploy.home', {}, { modeOf: modes({ '/var/lib/isinglass': 0o777 }) }],
  [
    'warning deploy.provider',
    provider(PASSWORD, { ISINGLASS_OIDC_NEW_USERS: 'viewer', ISINGLASS_SOURCES: '+xx-list' }),
    {
      sources: [
        {
          id: 'xx-list',
          onByDefault: false,
          licence: { name: 'none', url: 'https://x', attribution: 'x', mayRedistribute: false },
        },
      ],
    },
  ],
  ['warning deploy.public-read', { PUBLIC_READ: 'yes' }, {}],
  ['warning deploy.settings', {}, { unknownSettings: ['ISINGLASS_SECOND_FACTORS'] }],
  ['warning deploy.user', {}, { isRoot: true }],
  ['error deploy.node', {}, { nodeFlags: ['--inspect: whoever reaches the debugger runs what he likes'] }],
  ['warning deploy.node', {}, { nodeVersion: '23.1.0' }],
  ['warning deploy.node', {}, { nodeVersion: '20.19.0' }],
  ['warning deploy.node', {}, { clock: { now: () => new Date('2028-05-01') } }],
];

describe('an unsafe deployment', () => {
  it.each(BAD)('is found, and nothing else: %s %j', async (fault, settings, changes) => {
    expect(await faultsOf(deployment(settings, changes))).toEqual([fault]);
  });

  it('has a case in this test for each check', () => {
    const tested = new Set(BAD.map(([fault]) => fault.split(' ')[1]));
    expect(DEPLOY_CHECKS.map(({ id }) => id).filter((id) => !tested.has(id))).toEqual([]);
  });

  it.each(BAD.filter(([fault, , changes]) => fault.startsWith('error') && changes.rightsOfRole !== silent))(
    'does not start in production: %s %j',
    async (fault, settings, changes) => {
      const refusal = await refuseUnsafe(deployment(settings, changes)).then(
        () => null,
        (error: unknown) => error,
      );
      expect(refusal).toBeInstanceOf(ConfigurationError);
      const { code, message, nextStep } = refusal as ConfigurationError;
      expect(code).toBe('DEPLOY_UNSAFE');
      expect(message).toMatch(new RegExp(`^${fault.split(' ')[1]}: .+ → .+$`, 'm'));
      expect(nextStep).toContain('check --deploy');
      expect(message).not.toContain(PASSWORD);
    },
  );
});

describe('what is safe all the same', () => {
  it.each([
    [dbUrl(''), { ISINGLASS_EMBEDDED_DATABASE: 'yes' }],
    [dbUrl('postgres:///house?host=/var/run/postgresql'), {}],
    [dbUrl('postgres://house@db.example/house?sslmode=verify-full&sslcert=/run/cert.pem'), {}],
    [dbUrl(`postgres://house:${PASSWORD}@[::1]/house`), {}],
    [{ HOST: '0.0.0.0', ISINGLASS_TRUST_PROXY: '10.0.0.5' }, {}],
    [{ ISINGLASS_PUBLIC_URL: '', ISINGLASS_ROLES: 'worker' }, {}],
    [{ ISINGLASS_SMTP_URL: 'smtp://127.0.0.1:25' }, {}],
    [provider(PASSWORD), { ISINGLASS_OIDC_NEW_USERS: 'viewer' }],
    [{ ISINGLASS_CORS_ORIGINS: 'https://app.example' }, {}],
    [{ ISINGLASS_SETUP_TOKEN: PASSWORD }, {}],
  ])('%j', async (one, other) => {
    expect(await faultsOf(deployment({ ...one, ...other }))).toEqual([]);
  });

  it('a newer Node than this house has heard of', async () => {
    expect(await faultsOf(deployment({}, { nodeVersion: '28.0.0' }))).toEqual([]);
  });
});

describe('a start in production', () => {
  it('names all that is wrong at once, and no more than warnings let it pass', async () => {
    const refused = refuseUnsafe(
      deployment({ DATABASE_URL: '', ISINGLASS_PUBLIC_URL: 'http://isin.example' }),
    );
    await expect(refused).rejects.toThrow(/deploy\.https: [^]*deploy\.embedded: /);
    const warnings: readonly CheckResult[] = await refuseUnsafe(deployment({ ISINGLASS_SMTP_URL: '' }));
    expect(warnings.map(({ id }) => id)).toEqual(['deploy.mail']);
  });

  it('says of a database that does not answer just that', async () => {
    const gone = new NotFoundError('DATABASE_UNREACHABLE', 'gone', 'start it');
    const rightsOfRole = (): Promise<never> => Promise.reject(gone);
    await expect(refuseUnsafe(deployment({}, { rightsOfRole }))).rejects.toBe(gone);
    await expect(
      refuseUnsafe(deployment({ ISINGLASS_MAIL_FROM: '' }, { rightsOfRole })),
    ).rejects.toMatchObject({
      code: 'DEPLOY_UNSAFE',
    });
  });
});
