import pg from 'pg';
import { ConfigurationError } from '../common/errors.js';

/** A role of PostgreSQL, and what it may that nobody needs who reads and writes tables. */
export interface RoleRights {
  readonly name: string;
  /** `superuser`, and roles by which the server's own files and programs can be reached. */
  readonly excessive: readonly string[];
}

/**
 * Asks a database, which need not be migrated, as whom we sign in.
 * @throws ConfigurationError DATABASE_UNREACHABLE
 */
export async function rightsOfRole(url: string): Promise<RoleRights> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    query_timeout: 10_000,
  });
  // Its loss shows at the query.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<RoleRights>(
      `SELECT current_user AS name,
              CASE WHEN rolsuper THEN ARRAY['superuser'] ELSE ARRAY(
                SELECT r.rolname::text FROM pg_roles r
                WHERE r.rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
                  AND pg_has_role(current_user, r.oid, 'MEMBER') ORDER BY r.rolname) END AS excessive
       FROM pg_roles WHERE rolname = current_user`,
    );
    return rows[0] ?? { name: '', excessive: [] };
  } catch (cause) {
    throw new ConfigurationError(
      'DATABASE_UNREACHABLE',
      `PostgreSQL does not answer: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Is the server running, and does DATABASE_URL name the right host, port, user, password and database?',
      { cause },
    );
  } finally {
    await client.end();
  }
}
