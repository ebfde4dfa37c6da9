import type { Queries } from '../database/database.js';
import { ALL_IN_TABLE, ALL_SOURCES } from './pauses.js';

interface Waiting {
  readonly id: number;
  readonly pausedSource: string | null;
  readonly pausedBy: string | null;
  readonly pauseReason: string | null;
  readonly earlierRun: number | null;
  readonly putOffUntil: Date | null;
  readonly code: string | null;
  readonly hasNoPlace: boolean;
}

/** By the number of the run. */
export type Waits = ReadonlyMap<number, string>;

/**
 * What each queued run waits for, in words for people. The first thing that holds it back is named: when that is over there
 * may be another.
 * @returns runs that are not queued are left out
 */
export async function waitsOf(db: Queries, runIds: readonly number[]): Promise<Waits> {
  const rows = await db.query<Waiting & Record<string, unknown>>(
    `SELECT r.id, p.source_id AS "pausedSource", p.paused_by AS "pausedBy", p.reason AS "pauseReason",
            (SELECT min(e.id) FROM run e
             WHERE e.source_id = r.source_id AND e.ended_at IS NULL AND (e.state = 'running' OR e.id < r.id) AND e.id <> r.id)
              AS "earlierRun",
            CASE WHEN r.not_before > clock_timestamp() THEN r.not_before END AS "putOffUntil", r.error ->> 'code' AS code,
            EXISTS (SELECT FROM run_step s
                    WHERE s.run_id = r.id AND s.state = 'waiting' AND s.not_before > clock_timestamp()) AS "hasNoPlace"
     FROM run r
     LEFT JOIN LATERAL (
       SELECT * FROM pause WHERE source_id IN (r.source_id, '${ALL_IN_TABLE}') ORDER BY source_id DESC LIMIT 1) p ON true
     WHERE r.id = ANY ($1) AND r.state = 'queued'`,
    [runIds],
  );
  return new Map(rows.map((row) => [row.id, wordsOf(row)]));
}

function wordsOf(waiting: Waiting): string {
  const { pausedSource, pausedBy, pauseReason, earlierRun, putOffUntil, code, hasNoPlace } = waiting;
  if (pausedSource !== null) {
    const name = pausedSource === ALL_IN_TABLE ? ALL_SOURCES : pausedSource;
    const why = pauseReason ? `: ${pauseReason}` : '';
    return `until somebody resumes ${name}, paused by ${pausedBy}${why}`;
  }
  if (earlierRun !== null) return `for run ${earlierRun} of the same source`;
  if (putOffUntil !== null) {
    return `until ${putOffUntil.toISOString()}${code === null ? '' : `, put off after ${code}`}`;
  }
  if (hasNoPlace)
    return 'for a free place: as many steps are at work, or downloads from its publisher, as may be';
  return 'for a worker: one that is free takes it within ten seconds';
}
