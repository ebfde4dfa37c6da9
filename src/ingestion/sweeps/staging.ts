import { TryLaterError } from '../../common/errors.js';
import type { Database } from '../../database/database.js';
import type { Sweep } from './sweep.js';

/** Whoever still writes to a table is let finish, and the table is taken the next time. */
const PATIENCE = '2s';

/** Staging tables of runs that have ended, or were deleted. Runs drop their own; these are what a fault left behind. */
export const stagingSweep: Sweep = {
  kind: 'staging',
  sweep: ({ database, isDryRun, signal }) => sweepStaging(database, signal, isDryRun),
};

/** @returns how many there were */
export async function sweepStaging(
  database: Database,
  signal: AbortSignal,
  isDryRun = false,
): Promise<number> {
  const orphans = await database.query<{ table: string; run: number }>(
    `SELECT * FROM (
         SELECT oid::regclass::text AS table, substring(relname FROM '^run_(\\d{1,18})(?:_|$)')::bigint AS run FROM pg_class
         WHERE relnamespace = 'staging'::regnamespace AND relkind IN ('r', 'p')) tables
       WHERE run IS NOT NULL AND NOT EXISTS (SELECT FROM run WHERE run.id = tables.run AND run.ended_at IS NULL)
       ORDER BY run, "table"`,
  );
  if (isDryRun) return orphans.length;
  let dropped = 0;
  for (const { table, run } of orphans) {
    signal.throwIfAborted();
    try {
      dropped += await database.transaction(async (client) => {
        await client.query(`SET LOCAL lock_timeout = '${PATIENCE}'`);
        // Nobody may take the run up again meanwhile.
        const { rows } = await client.query<{ endedAt: Date | null }>(
          `SELECT ended_at AS "endedAt" FROM run WHERE id = $1 FOR SHARE`,
          [run],
        );
        if (rows.some(({ endedAt }) => endedAt === null)) return 0;
        // The tables of the parts go with the one they inherit from.
        await client.query(`DROP TABLE IF EXISTS ${table} CASCADE`);
        return 1;
      });
    } catch (error) {
      if (!(error instanceof TryLaterError && error.code === 'DATABASE_CONFLICT')) throw error;
    }
  }
  return dropped;
}
