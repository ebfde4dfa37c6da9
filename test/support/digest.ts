import { createHash } from 'node:crypto';
import type { Database } from '../../src/database/database.js';

/**
 * What readers could ever see, as one hash: golden records, records, venues, their history, publications and the change
 * feed. Left out on purpose: `recorded_at` and `published_at` (our clock), and `run_id`, `edition_id` (counters that a
 * run which failed also moves).
 */
export async function digestOf(database: Database): Promise<string> {
  const digests = await tableDigestsOf(database);
  return createHash('sha256').update(JSON.stringify(digests)).digest('hex');
}

/** The same table by table, for saying where two houses differ. */
export async function tableDigestsOf(database: Database): Promise<Readonly<Record<string, string>>> {
  const digests: Record<string, string> = {};
  for (const [table, without, order] of TABLES) {
    const rows = await database.query<{ row: unknown }>(
      `SELECT to_jsonb(t) - $1::text[] AS row FROM ${table} t ORDER BY ${order}`,
      [without],
    );
    const hash = createHash('sha256');
    for (const { row } of rows) hash.update(`${JSON.stringify(row)}\n`);
    digests[table] = `${rows.length} rows ${hash.digest('hex')}`;
  }
  return digests;
}

const CLOCKS = ['recorded_at', 'published_at', 'edition_id', 'run_id'];
const TABLES: readonly (readonly [string, readonly string[], string])[] = [
  ['instrument', CLOCKS, 'isin'],
  ['instrument_history', CLOCKS, 'isin, valid_from, recorded_at'],
  ['record', CLOCKS, 'isin, source_id, mic'],
  ['record_history', CLOCKS, 'isin, source_id, mic, valid_from, recorded_at'],
  ['venue', CLOCKS, 'mic'],
  ['venue_history', CLOCKS, 'mic, valid_from, recorded_at'],
  ['publication', CLOCKS, 'number'],
  ['change', [], 'publication, isin'],
];

/** Nothing is left of a run's work: no staging table, no run without an owner. */
export async function litterIn(database: Database): Promise<readonly string[]> {
  const rows = await database.query<{ litter: string }>(
    `SELECT 'staging.' || relname AS litter FROM pg_class
     WHERE relnamespace = 'staging'::regnamespace AND relname LIKE 'run_%'
     UNION ALL
     SELECT 'run ' || id || ' ' || state FROM run WHERE state = 'running'`,
  );
  return rows.map(({ litter }) => litter);
}
