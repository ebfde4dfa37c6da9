import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/**
 * One PostgreSQL for all tests, the embedded one as it was built, with one migrated database: every test file clones it.
 * `npm test` builds first.
 */
export default async function globalSetup() {
  const { startEmbeddedPostgres } = await import('../../dist/src/database/embedded/embedded-postgres.js');
  const { migrate } = await import('../../dist/src/database/migrate.js');
  const home = await mkdtemp(join(tmpdir(), 'isinglass-test-'));
  const postgres = await startEmbeddedPostgres({ home, log: () => undefined });
  await migrate(postgres.url);

  const { superuser, superuserPassword } = JSON.parse(await readFile(join(home, 'connection.json'), 'utf8'));
  const adminUrl = new URL(postgres.url);
  adminUrl.username = superuser;
  adminUrl.password = superuserPassword;
  adminUrl.pathname = '/postgres';
  const admin = new pg.Client({ connectionString: adminUrl.href });
  await admin.connect();
  await admin.query('ALTER ROLE isinglass CREATEDB');
  await admin.end();

  process.env.ISINGLASS_TEST_DATABASE = postgres.url;
  process.env.ISINGLASS_TEST_ADMIN_DATABASE = adminUrl.href;
  globalThis.isinglassTest = { postgres, home };
}
