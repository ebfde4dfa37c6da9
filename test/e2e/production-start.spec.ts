import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { SYSTEM_CHECKS, type CheckResult } from '../../src/operations/system-checks.js';
import { DEPLOY_CHECKS } from '../../src/operations/deploy-checks.js';
import { cloneDatabase, type TestDatabase } from '../support/test-database.js';

const CLI = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));
const READER_PASSWORD = 'f1e7ca46503c4c1b5c4f6e8a';

let db: TestDatabase;
let home: string;
beforeAll(async () => {
  [db, home] = await Promise.all([cloneDatabase(), mkdtemp(join(tmpdir(), 'isinglass-production-'))]);
});
afterAll(async () => {
  await db.drop();
  await rm(home, { recursive: true });
});

type Environment = Record<string, string | undefined>;

/** A start to which nobody objects. */
const safe = (): Environment => ({
  PATH: process.env['PATH'],
  NODE_ENV: 'production',
  ISINGLASS_HOME: home,
  ISINGLASS_PUBLIC_URL: 'https://isin.example',
  ISINGLASS_TRUST_PROXY: '127.0.0.1',
  DATABASE_URL: db.url,
  PORT: '0',
});

interface Process {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** @param until it is stopped when its stderr shows this */
async function start(words: readonly string[], environment: Environment, until?: RegExp): Promise<Process> {
  const child = spawn(process.execPath, [CLI, ...words], { env: environment, cwd: home });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    // Once: a second one ends a process where it stands.
    if (until?.test(stderr) && !child.killed) child.kill('SIGTERM');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { stdout, stderr, code };
}

const withPassword = (password: string): string => {
  const url = new URL(db.url);
  url.password = password;
  return url.href;
};

const REFUSED: readonly (readonly [string, string, Environment])[] = [
  ['without a public address', 'deploy.public-url', { ISINGLASS_PUBLIC_URL: '' }],
  ['by plain http', 'deploy.https', { ISINGLASS_PUBLIC_URL: 'http://isin.example' }],
  [
    'reachable past a proxy that is not trusted',
    'deploy.proxy',
    { HOST: '0.0.0.0', ISINGLASS_TRUST_PROXY: '' },
  ],
  ['with an origin that is not encrypted', 'deploy.cors', { ISINGLASS_CORS_ORIGINS: 'http://app.example' }],
  [
    'with a setup token of three letters',
    'deploy.setup-token',
    { ISINGLASS_SETUP_TOKEN: 'abcabcabcabcabcabcabcabc' },
  ],
  ['on the embedded database', 'deploy.embedded', { DATABASE_URL: '' }],
  ['with mails of nobody', 'deploy.mail', { ISINGLASS_SMTP_URL: 'smtps://mail.example' }],
  ['with a debugger', 'deploy.node', { NODE_OPTIONS: '--inspect=127.0.0.1:0' }],
  ['with a lenient parser', 'deploy.node', { NODE_OPTIONS: '--insecure-http-parser' }],
  ['believing every certificate', 'deploy.node', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }],
  [
    'with a short secret of the provider',
    'deploy.provider',
    {
      ISINGLASS_OIDC_ISSUER: 'https://login.example',
      ISINGLASS_OIDC_CLIENT_ID: 'house',
      ISINGLASS_OIDC_CLIENT_SECRET: 'short-secret',
    },
  ],
  ['with every origin', 'ISINGLASS_CORS_ORIGINS', { ISINGLASS_CORS_ORIGINS: '*' }],
  ['with the origin of nobody', 'ISINGLASS_CORS_ORIGINS', { ISINGLASS_CORS_ORIGINS: 'null' }],
  ['trusting every proxy', 'ISINGLASS_TRUST_PROXY', { ISINGLASS_TRUST_PROXY: 'true' }],
  ['trusting every address', 'ISINGLASS_TRUST_PROXY', { ISINGLASS_TRUST_PROXY: '0.0.0.0/0' }],
  ['with a key of zeros', 'ISINGLASS_SECRET_KEY', { ISINGLASS_SECRET_KEY: '0'.repeat(64) }],
  ['with a short key', 'ISINGLASS_SECRET_KEY', { ISINGLASS_SECRET_KEY: 'secret' }],
  ['with a key that is not there', 'ISINGLASS_SECRET_KEY', { ISINGLASS_SECRET_KEY_FILE: '/nowhere/key' }],
  [
    'with a setup token twice',
    'ISINGLASS_SETUP_TOKEN',
    { ISINGLASS_SETUP_TOKEN: 'twenty-characters-ok', ISINGLASS_SETUP_TOKEN_FILE: '/x' },
  ],
  ['with a short setup token', 'ISINGLASS_SETUP_TOKEN', { ISINGLASS_SETUP_TOKEN: 'setup' }],
  [
    'by a provider without encryption',
    'ISINGLASS_OIDC_ISSUER',
    { ISINGLASS_OIDC_ISSUER: 'http://login.example' },
  ],
  ['making admins of strangers', 'ISINGLASS_OIDC_NEW_USERS', { ISINGLASS_OIDC_NEW_USERS: 'admin' }],
  ['as something that is not quite production', 'NODE_ENV', { NODE_ENV: 'prod' }],
  ['for others without production', 'HOST', { NODE_ENV: '', HOST: '0.0.0.0' }],
];

describe('the house does not start', () => {
  it.each(REFUSED)('%s, and says so: %s', async (_, name, environment) => {
    const { code, stdout, stderr } = await start(['serve'], { ...safe(), ...environment });
    expect([code, stdout]).toEqual([78, '']);
    expect(stderr).toMatch(name.startsWith('deploy.') ? /^DEPLOY_UNSAFE: /m : /^SETTING_INVALID: /m);
    expect(stderr).toMatch(new RegExp(`${name}: .+`));
    expect(stderr).not.toMatch(/^roles: /m);
  });

  it.each(['postgres', 'isinglass', 'k7Q-x2p'])('with the password %s', async (password) => {
    const { code, stderr } = await start(['serve'], { ...safe(), DATABASE_URL: withPassword(password) });
    expect([code, stderr]).toEqual([78, expect.stringContaining('deploy.database-password: ')]);
    expect(stderr).not.toContain('k7Q-x2p');
  });

  it('as a superuser of the database, or one who may read files of its server', async () => {
    const admin = new pg.Client({ connectionString: process.env['ISINGLASS_TEST_ADMIN_DATABASE'] });
    const reader = `reader_of_${db.name}`;
    await admin.connect();
    try {
      await admin.query(
        `CREATE ROLE ${reader} LOGIN PASSWORD '${READER_PASSWORD}' IN ROLE pg_read_server_files`,
      );
      const asSuperuser = new URL(process.env['ISINGLASS_TEST_ADMIN_DATABASE'] ?? '');
      asSuperuser.pathname = `/${db.name}`;
      const asReader = new URL(withPassword(READER_PASSWORD));
      asReader.username = reader;
      for (const [url, right] of [
        [asSuperuser, 'superuser'],
        [asReader, 'pg_read_server_files'],
      ] as const) {
        const { code, stderr } = await start(['serve'], { ...safe(), DATABASE_URL: url.href });
        expect([code, stderr]).toEqual([
          78,
          expect.stringMatching(new RegExp(`deploy.database-role: .*${right}`)),
        ]);
      }
    } finally {
      await admin.query(`DROP ROLE IF EXISTS ${reader}`);
      await admin.end();
    }
  });

  it('and names all that is wrong at once, to programs as well', async () => {
    const { code, stdout } = await start(['serve', '--json'], {
      ...safe(),
      DATABASE_URL: '',
      ISINGLASS_PUBLIC_URL: '',
    });
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
    expect([code, error.code]).toEqual([78, 'DEPLOY_UNSAFE']);
    expect(error.message).toMatch(/deploy\.public-url: [^]*deploy\.embedded: /);
  });
});

describe('the house starts', () => {
  const LISTENS = /^API http/m;

  it('in production when it is safe, and says what could be safer', async () => {
    const { code, stderr } = await start(['serve', '--roles', 'web'], safe(), LISTENS);
    expect([code, stderr]).toEqual([0, expect.stringMatching(LISTENS)]);
    expect(stderr).toMatch(/^warning: deploy\.second-factor: .+ → .+$/m);
  });

  it('with its secrets in files, and says which of them others can read', async () => {
    const [database, token] = [join(home, 'database'), join(home, 'token')];
    await writeFile(database, `${db.url}\n`, { mode: 0o600 });
    await writeFile(token, 'canary-of-the-first-account\n');
    await chmod(token, 0o644);
    const environment = {
      ...safe(),
      DATABASE_URL: undefined,
      DATABASE_URL_FILE: database,
      ISINGLASS_SETUP_TOKEN_FILE: token,
    };
    const { code, stderr } = await start(['serve', '--roles', 'web'], environment, LISTENS);
    expect([code, stderr]).toEqual([0, expect.stringMatching(LISTENS)]);
    expect(stderr).toContain(
      `deploy.secret-files: everybody on this machine reads ${token} (ISINGLASS_SETUP_TOKEN_FILE)`,
    );
    expect(stderr).not.toContain(`reads ${database}`);
    expect(stderr).not.toContain('canary');
    // With what it came up stands among the decisions.
    const rows = await db.database.query<{ actor: string; details: object }>(
      `SELECT actor, details FROM audit_event WHERE action = 'start' ORDER BY id DESC LIMIT 1`,
    );
    expect(rows[0]?.actor).toMatch(/^process \d+@/);
    expect(rows[0]?.details).toMatchObject({
      roles: ['web'],
      settings: {
        DATABASE_URL: `in ${database}`,
        ISINGLASS_SETUP_TOKEN: '***',
        NODE_ENV: 'production',
      },
    });
  });

  it('without all that while nobody else can reach it', async () => {
    const environment = { ...safe(), NODE_ENV: '', ISINGLASS_PUBLIC_URL: '', ISINGLASS_TRUST_PROXY: '' };
    const { code, stderr } = await start(['serve', '--roles', 'web'], environment, LISTENS);
    expect([code, stderr]).toEqual([0, expect.stringMatching(LISTENS)]);
    expect(stderr).not.toContain('deploy.');
  });
});

describe('check --deploy', () => {
  it('adds the deploy checks to the others, by their stable ids', async () => {
    const { code, stdout } = await start(['check', '--deploy', '--json'], safe());
    const results = JSON.parse(stdout) as CheckResult[];
    expect(results.map(({ id }) => id)).toEqual([...SYSTEM_CHECKS, ...DEPLOY_CHECKS].map(({ id }) => id));
    expect([code, results.filter(({ level }) => level === 'error')]).toEqual([0, []]);
  });

  it('fails on an error, with what to do', async () => {
    const { code, stdout } = await start(['check', '--deploy'], {
      ...safe(),
      ISINGLASS_PUBLIC_URL: 'http://isin.example',
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^error +deploy\.https +http:\/\/isin\.example is not encrypted.*\n +→ .*https/m);
  });
});
