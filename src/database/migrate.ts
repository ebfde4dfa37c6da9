import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { ConfigurationError } from '../common/errors.js';
import { SERVER_KEEPALIVE } from './database.js';
import { installQueues } from './job-queues.js';

/** Any number, the same in every process: only one of them migrates, the others wait and find nothing to do. */
const MIGRATION_LOCK = 771_001;
const WAITS_MS = 10 * 60_000;
const LOCK_NOT_AVAILABLE = '55P03';
const OLDEST_POSTGRES = 150_000;

/** How TypeORM reaches the database; entities come from the modules that own them. */
export function dataSourceOptions(url: string): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    synchronize: false,
    applicationName: 'isinglass',
    connectTimeoutMS: 10_000,
    extra: { max: 5, query_timeout: 30_000, keepAlive: true },
  };
}

/**
 * Brings the schema up to date, whichever and however many processes ask for it at once.
 * @param waitsMs for another process that migrates
 * @returns names of the migrations that were applied now
 * @throws ConfigurationError POSTGRES_TOO_OLD, DATABASE_UNREACHABLE, MIGRATION_IN_PROGRESS
 */
export async function migrate(url: string, waitsMs = WAITS_MS): Promise<readonly string[]> {
  const lock = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    options: SERVER_KEEPALIVE,
  });
  // Its loss shows at the next query.
  lock.on('error', () => undefined);
  try {
    await lock.connect();
  } catch (cause) {
    throw new ConfigurationError(
      'DATABASE_UNREACHABLE',
      `PostgreSQL does not answer: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Is the server running, and does DATABASE_URL name the right host, port, user, password and database?',
      { cause },
    );
  }
  try {
    await refuseOldPostgres(lock);
    await waitForTurn(lock, waitsMs);
    const dataSource = await new DataSource({
      ...dataSourceOptions(url),
      migrations: [fileURLToPath(new URL('../../migrations/*.js', import.meta.url))],
      migrationsTableName: 'migration',
      migrationsTransactionMode: 'each',
    }).initialize();
    try {
      const applied = (await dataSource.runMigrations()).map(({ name }) => name);
      await installQueues(url);
      return applied;
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await lock.end();
  }
}

async function waitForTurn(client: pg.Client, waitsMs: number): Promise<void> {
  await client.query(`SELECT set_config('lock_timeout', $1, false)`, [`${waitsMs}ms`]);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
  } catch (cause) {
    if (!(cause instanceof pg.DatabaseError) || cause.code !== LOCK_NOT_AVAILABLE) throw cause;
    throw new ConfigurationError(
      'MIGRATION_IN_PROGRESS',
      `another process has been migrating this database for more than ${Math.round(waitsMs / 1_000)} s`,
      'Look at its log, and start again when it has come to its end. If it hangs, stop it: what it had begun is rolled back.',
      { cause },
    );
  }
}

async function refuseOldPostgres(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
  const version = Number(rows[0]?.server_version_num);
  if (version < OLDEST_POSTGRES) {
    throw new ConfigurationError(
      'POSTGRES_TOO_OLD',
      `PostgreSQL ${Math.floor(version / 10_000)} is too old: 15 or newer is needed`,
      'Upgrade the server, or leave DATABASE_URL empty to use the embedded one.',
    );
  }
}
