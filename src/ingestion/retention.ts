import type { Database } from '../database/database.js';
import type { FileStore } from './file-store.js';

/**
 * Deletes the files of a source's editions that are older than its newest one by so many weeks. What was said of them stays
 * written down: name, size, hash, and when the bytes went.
 * @returns how many
 */
export async function removeOldFiles(
  database: Database,
  files: FileStore,
  sourceId: string,
  weeks: number,
): Promise<number> {
  const old = await database.query<{ sha256: string }>(
    `WITH newest AS (
       SELECT max(edition_on) AS edition_on FROM edition WHERE source_id = $1 AND state = 'published'
     )
     UPDATE file f SET removed_at = clock_timestamp()
     WHERE f.removed_at IS NULL
       AND f.sha256 IN (
         SELECT p.file_sha256 FROM edition_part p JOIN edition e ON e.id = p.edition_id, newest n
         WHERE e.source_id = $1 AND e.edition_on < n.edition_on - 7 * $2::integer)
       AND NOT EXISTS (
         SELECT FROM edition_part p JOIN edition e ON e.id = p.edition_id, newest n
         WHERE p.file_sha256 = f.sha256 AND (e.source_id <> $1 OR e.edition_on >= n.edition_on - 7 * $2::integer))
     RETURNING f.sha256`,
    [sourceId, weeks],
  );
  // Written down first: bytes without a line are swept by nobody, a line without bytes is only fetched again.
  for (const { sha256 } of old) await files.remove(sha256);
  return old.length;
}
