import type { Clock } from '../common/clock.js';
import type { Queries } from './database.js';

/** A machine whose clock differs from the database's by more than this needs attention. */
export const MOST_CLOCK_SKEW_MS = 2_000;

/** How far a clock is ahead of the database's at least, or behind it where negative. */
export async function clockSkewMs(database: Queries, clock: Clock): Promise<number> {
  const asked = clock.now().getTime();
  const [row] = await database.query<{ ms: number }>(
    `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms`,
  );
  const answered = clock.now().getTime();
  const theirs = row?.ms ?? 0;
  // The database looked at its clock at some moment between question and answer.
  if (asked > theirs) return asked - theirs;
  return Math.min(answered - theirs, 0);
}
