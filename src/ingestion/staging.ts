import { TryLaterError } from '../common/errors.js';
import type { Client } from '../database/database.js';
import type { ClaimedRun } from './run.js';
import type { LoadedPart } from './steps/load.js';

export const STAGING_LOST = 'STAGING_LOST';
const LOCK_NOT_AVAILABLE = '55P03';

/** Table below which the staging tables of a run's parts hang, once all are loaded. */
export function stagingOf(runId: number): string {
  return `staging.run_${runId}`;
}

/**
 * Hangs the tables of all parts below one, in the caller's transaction. Each attempt at a part has a table of its own,
 * which is there exactly if the attempt was committed.
 * @param template whose shape they have
 * @throws TryLaterError STAGING_LOST
 */
export async function gatherStaging(
  client: Client,
  run: ClaimedRun,
  template: string,
  parts: readonly LoadedPart[],
): Promise<string> {
  const staged = parts.flatMap(({ staging, counts }) => (staging === undefined ? [] : [{ staging, counts }]));
  await requireStaging(
    client,
    run,
    staged.filter(({ counts }) => counts.items > 0).map(({ staging }) => staging),
  );
  const parent = stagingOf(run.id);
  await client.query(`CREATE UNLOGGED TABLE ${parent} (LIKE ${template})`);
  for (const { staging } of staged) await client.query(`ALTER TABLE ${staging} INHERIT ${parent}`);
  return parent;
}

/**
 * Staging is not in the write-ahead log: a crash of PostgreSQL leaves its tables empty.
 * @param tables each must have rows; a crash after the last of them was filled empties all
 * @throws TryLaterError STAGING_LOST
 */
export async function requireStaging(
  client: Client,
  run: ClaimedRun,
  tables: readonly string[],
): Promise<void> {
  for (const table of tables) {
    const { rowCount } = await client.query(`SELECT FROM ${table} LIMIT 1`);
    if (rowCount !== 0) continue;
    throw new TryLaterError(
      STAGING_LOST,
      `${run.sourceId}: what was staged in ${table} is gone`,
      'Nothing: it is staged again.',
    );
  }
}

/**
 * Takes away what a run staged, unless somebody is still at it: a merge that was cancelled holds its tables until it is told,
 * and waits itself for the run's line that the caller holds. What is left is swept by workers.
 */
export async function dropStagingIfFree(client: Client, runId: number): Promise<void> {
  await client.query('SAVEPOINT staging');
  try {
    // Shorter than PostgreSQL waits before it looks for a deadlock.
    await client.query(`SET LOCAL lock_timeout = '300ms'`);
    await dropStaging(client, runId);
    await client.query('SET LOCAL lock_timeout = DEFAULT');
    await client.query('RELEASE SAVEPOINT staging');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT staging');
  }
}

/** Takes away all that a run staged. Dropped, not truncated: on a full disk only that gives room. */
export async function dropStaging(client: Client, runId: number): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relnamespace = 'staging'::regnamespace AND relkind = 'r' AND relname ~ $1`,
    [`^run_${runId}(_|$)`],
  );
  if (rows.length === 0) return;
  await client.query(`DROP TABLE IF EXISTS ${rows.map(({ name }) => `staging.${name}`).join(', ')} CASCADE`);
}
