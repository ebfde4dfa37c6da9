import { longQuery, type Client, type Database } from '../database/database.js';
import { sqlFile } from '../database/sql-file.js';
import { goldenOf } from './golden.js';
import { PUBLICATION_LOCK } from './store.js';

const WRITE = sqlFile(import.meta.url, './sql/redistributable-write.sql');

const OF_RESTRICTED = `record r JOIN source s ON s.id = r.source_id AND NOT s.may_redistribute`;
const FREE_RECORDS = `(SELECT r.* FROM record r JOIN source s ON s.id = r.source_id AND s.may_redistribute)`;

/** What a source's licence says, as the code has it. */
export interface Licensed {
  readonly id: string;
  readonly mayRedistribute: boolean;
}

/**
 * Brings what may be passed on up to the records, in the transaction that changed them.
 * @param touched SQL of a table with a column `isin`
 */
export async function writeRedistributable(client: Client, touched: string): Promise<void> {
  await longQuery(
    client,
    `CREATE TEMP TABLE restricted ON COMMIT DROP AS SELECT DISTINCT isin FROM ${OF_RESTRICTED} JOIN ${touched} touched USING (isin)`,
  );
  await longQuery(
    client,
    `DELETE FROM instrument_redistributable i USING restricted t WHERE i.isin = t.isin`,
  );
  const sql = WRITE.replaceAll(':golden', goldenOf('restricted', FREE_RECORDS));
  await longQuery(client, sql.replaceAll(':touched', 'restricted').replaceAll(':records', FREE_RECORDS));
}

/** Writes what may be passed on anew when the licence of a source is another one than it was. */
export async function followLicences(database: Database, sources: readonly Licensed[]): Promise<void> {
  const values = [JSON.stringify(sources)];
  const changed = `FROM jsonb_to_recordset($1::jsonb) AS l (id text, "mayRedistribute" boolean)
     WHERE source.id = l.id AND source.may_redistribute <> l."mayRedistribute"`;
  const found = await database.query(`SELECT FROM source, ${changed.slice('FROM '.length)}`, values);
  if (found.length === 0) return;
  await database.transaction(async (client) => {
    // Whoever publishes holds it first and the lines of sources after it.
    await longQuery(client, 'SELECT pg_advisory_xact_lock($1)', [PUBLICATION_LOCK]);
    await client.query(`UPDATE source SET may_redistribute = l."mayRedistribute" ${changed}`, values);
    await client.query('DELETE FROM instrument_redistributable');
    await writeRedistributable(client, `(SELECT DISTINCT isin FROM ${OF_RESTRICTED})`);
  });
}
