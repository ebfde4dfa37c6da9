import { longQuery, type Client } from '../database/database.js';
import { sqlFile, withStaging } from '../database/sql-file.js';
import type { Duplicate } from './store.js';

const TAKE_DUPLICATES = sqlFile(import.meta.url, './sql/take-duplicates.sql');

/**
 * Takes all staged items but one of each key out, and returns them.
 * @param key columns that are unique in the store
 */
export function takeDuplicates(
  client: Client,
  staging: string,
  key: readonly string[],
): Promise<readonly Duplicate[]> {
  const sql = TAKE_DUPLICATES.replaceAll(':key', key.join(', '));
  return longQuery<{ [Key in keyof Duplicate]: Duplicate[Key] }>(client, withStaging(sql, staging));
}

/** Which of these values are not staged in a column? */
export async function absentFrom(
  client: Client,
  staging: string,
  column: string,
  values: readonly string[],
): Promise<readonly string[]> {
  const rows = await longQuery<{ value: string }>(
    client,
    withStaging(
      `SELECT value FROM unnest($1::text[]) AS value WHERE NOT EXISTS (SELECT FROM :staging s WHERE s.${column} = value)`,
      staging,
    ),
    [values],
  );
  return rows.map(({ value }) => value);
}
