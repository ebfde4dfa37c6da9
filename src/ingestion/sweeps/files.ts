import { SOURCES } from '../../sources/index.js';
import { WAITS_FOR_DECISION, type Sweep, type SweptHouse } from './sweep.js';

const DAY_MS = 86_400_000;
/** A file that was brought so recently belongs to a run in progress, whatever the tables say. */
const YOUNG_MS = DAY_MS;
const FILES_AT_ONCE = 500;
/** Half-written downloads that nobody wrote to for so long belong to nobody. */
const STALE_PART_MS = 6 * 3_600_000;

/** A run that has not ended was given the file by hand, or fetched it in an earlier attempt. */
const IS_WANTED = `(EXISTS (
  SELECT FROM run, jsonb_array_elements(run.requested -> 'files') given
  WHERE run.ended_at IS NULL AND given ->> 'sha256' = f.sha256)
  OR EXISTS (
  SELECT FROM run JOIN run_step step ON step.run_id = run.id
  WHERE run.ended_at IS NULL AND step.result -> 'file' ->> 'sha256' = f.sha256))`;

/**
 * Files of small lists that are older than they are kept for, unless they are what is published of their part, or wait for
 * a person; and files that never became an edition's. Those of lists of millions go by weeks: see `removeOldFiles`.
 */
export const fileSweep: Sweep = {
  kind: 'files',
  async sweep(house) {
    return (await removeNeedless(house)) + (await removeUnknown(house));
  },
};

export const partSweep: Sweep = {
  kind: 'parts',
  sweep: ({ files, isDryRun }) => files.sweepParts(STALE_PART_MS, isDryRun),
};

async function removeNeedless({
  database,
  files,
  clock,
  keeps,
  isDryRun,
  signal,
}: SweptHouse): Promise<number> {
  const needless = await database.query<{ sha256: string }>(
    `SELECT f.sha256 FROM file f
     WHERE f.removed_at IS NULL AND NOT ${IS_WANTED} AND CASE
       WHEN NOT EXISTS (SELECT FROM edition_part p WHERE p.file_sha256 = f.sha256)
       THEN f.stored_at < clock_timestamp() - make_interval(days => $3)
       ELSE f.stored_at < clock_timestamp() - make_interval(days => $1) AND NOT EXISTS (
         SELECT FROM edition_part p JOIN edition e ON e.id = p.edition_id
         WHERE p.file_sha256 = f.sha256 AND (
           e.source_id = ANY ($2)
           OR e.last_seen_at > clock_timestamp() - make_interval(days => $1)
           OR ${WAITS_FOR_DECISION}
           OR e.id = (
             SELECT latest.id FROM edition latest
             JOIN edition_part same ON same.edition_id = latest.id AND same.name = p.name
             JOIN publication n ON n.edition_id = latest.id
             WHERE latest.source_id = e.source_id AND latest.state = 'published'
             ORDER BY n.number DESC LIMIT 1)))
       END`,
    [
      keeps.keepFilesDays,
      SOURCES.filter((source) => 'bulk' in source).map(({ id }) => id),
      unknownFor(keeps),
    ],
  );
  let removed = 0;
  for (const { sha256 } of needless) {
    signal.throwIfAborted();
    const broughtAt = await files.broughtAt(sha256);
    if (broughtAt !== undefined && clock.now().getTime() - broughtAt.getTime() < YOUNG_MS) continue;
    removed += 1;
    if (isDryRun) continue;
    // Written down first: bytes that are left are found by `removeUnknown`.
    await database.query(`UPDATE file SET removed_at = clock_timestamp() WHERE sha256 = $1`, [sha256]);
    await files.remove(sha256);
  }
  return removed;
}

/** What lies in the store, and no table knows of. */
async function removeUnknown({
  database,
  files,
  clock,
  keeps,
  isDryRun,
  signal,
}: SweptHouse): Promise<number> {
  const oldestMs = clock.now().getTime() - unknownFor(keeps) * DAY_MS;
  let removed = 0;
  const remove = async (sha256s: readonly string[]): Promise<void> => {
    signal.throwIfAborted();
    const unknown = await database.query<{ sha256: string }>(
      `SELECT f.sha256 FROM unnest($1::text[]) AS f (sha256)
       WHERE NOT EXISTS (SELECT FROM file known WHERE known.sha256 = f.sha256 AND known.removed_at IS NULL)
         AND NOT ${IS_WANTED}`,
      [sha256s],
    );
    removed += unknown.length;
    if (isDryRun) return;
    for (const { sha256 } of unknown) await files.remove(sha256);
  };
  let old: string[] = [];
  for await (const { sha256, broughtAt } of files.stored()) {
    if (broughtAt.getTime() > oldestMs) continue;
    old.push(sha256);
    if (old.length < FILES_AT_ONCE) continue;
    await remove(old);
    old = [];
  }
  await remove(old);
  return removed;
}

/** For how many days a file is kept that never became an edition's. */
function unknownFor({ keepWeeks }: SweptHouse['keeps']): number {
  return Math.max(1, keepWeeks * 7);
}
