import { longQuery, type Database } from '../database/database.js';
import { PUBLICATION_LOCK, type MergeSize } from './store.js';

/** Below this an index that grows row by row costs nothing worth saving. */
const WORTH_IT = 20_000;
/** Somebody reads: then the indexes stay, and the load takes longer. */
const LOCK_TIMEOUT = '2s';

/**
 * Takes the secondary indexes of the empty store away before its first large load: made again at the end of it they cost a
 * third. A store with records keeps them, so that readers of it are never without. In a transaction of its own: so
 * nobody waits for the load to see the (still empty) tables.
 */
export async function takeAwayIndexes(database: Database, size: MergeSize): Promise<void> {
  if (size.new < WORTH_IT) return;
  await database.transaction(async (client) => {
    const { rows } = await client.query<{ isMine: boolean; isEmpty: boolean }>(
      `SELECT pg_try_advisory_xact_lock($1) AS "isMine",
              NOT EXISTS (SELECT FROM instrument) AND NOT EXISTS (SELECT FROM record) AS "isEmpty"`,
      [PUBLICATION_LOCK],
    );
    if (rows[0]?.isMine !== true || !rows[0].isEmpty) return;
    await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    await client.query('SAVEPOINT locking');
    try {
      await client.query('LOCK TABLE record, instrument, change IN ACCESS EXCLUSIVE MODE');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE)) throw error;
      await client.query('ROLLBACK TO SAVEPOINT locking');
      return;
    }
    const indexes = await client.query<{ name: string }>(
      `INSERT INTO absent_index (name, definition)
       SELECT c.relname, pg_get_indexdef(i.indexrelid)
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
       WHERE i.indrelid IN ('record'::regclass, 'instrument'::regclass, 'change'::regclass) AND NOT i.indisprimary
       RETURNING name`,
    );
    for (const { name } of indexes.rows) await client.query(`DROP INDEX ${name}`);
  });
}

const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Makes the indexes again that were taken away, by whomever: after the publication, so that it need not wait for them, or
 * when a worker starts. Readers are not stopped; until it is done some questions take longer.
 */
export async function restoreIndexes(database: Database, signal?: AbortSignal): Promise<void> {
  const absent = await database.query('SELECT FROM absent_index LIMIT 1');
  if (absent.length === 0) return;
  await database.transaction(async (client) => {
    // Whoever publishes now may take long.
    await longQuery(client, 'SELECT pg_advisory_xact_lock($1)', [PUBLICATION_LOCK]);
    const { rows } = await client.query<{ definition: string }>(
      'DELETE FROM absent_index RETURNING definition',
    );
    for (const { definition } of rows) await longQuery(client, definition);
  }, signal);
}
