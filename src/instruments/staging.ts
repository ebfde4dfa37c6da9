import { longQuery, type Client } from '../database/database.js';
import { sqlFile, withStaging } from '../database/sql-file.js';
import type { Duplicate, ExampleQuestion } from './store.js';

const HAS_DUPLICATES = `SELECT FROM :staging GROUP BY :key HAVING count(*) > 1 LIMIT 1`;
const TAKE_DUPLICATES = sqlFile(import.meta.url, './sql/take-duplicates.sql');

/**
 * Takes all staged items but one of each key out, and returns them.
 * @param key columns that are unique in the store
 * @param keep which one of those with the same precedence
 */
export async function takeDuplicates(
  client: Client,
  staging: string,
  key: readonly string[],
  keep: 'first' | 'last',
): Promise<readonly Duplicate[]> {
  // Nearly all editions have none, and to find that out is much cheaper than to rank all items.
  const twice = await longQuery(
    client,
    withStaging(HAS_DUPLICATES.replaceAll(':key', key.join(', ')), staging),
  );
  if (twice.length === 0) return [];
  const sql = TAKE_DUPLICATES.replaceAll(':key', key.join(', ')).replace(
    ':order',
    keep === 'first' ? 'part, line' : 'part DESC, line DESC',
  );
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

/** The last two values of a query for examples: a column or a kind of group, and the name of the group. */
export function exampleDetail(question: ExampleQuestion): readonly [string | null, string | null] {
  switch (question.of) {
    case 'emptied':
      // `issuerLei` is the column `issuer_lei`.
      return [question.column.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), null];
    case 'left':
    case 'joined':
      return [question.kind, question.name];
    default:
      return [null, null];
  }
}
