import { EditionRefusedError } from '../../common/errors.js';
import type { Database } from '../../database/database.js';
import { isStillTheSame } from '../../sources/rejected.js';
import type { Edition, Part, RejectedFile, Since, Source, Web } from '../../sources/source.js';
import { FILE_LOOKS } from './since.js';

/**
 * Is it what a person rejected? A list of one file is recognised by its headers, without being downloaded; sources with
 * an archive leave rejected editions out themselves. What nobody can know beforehand is found when its bytes are here:
 * see `writeEdition`. A publisher that counts requests is not asked about each of its lists.
 */
export async function isRejected({ kind, parts }: Edition, since: Since, web: Web): Promise<boolean> {
  if (since.isApproved) return false;
  for (const rejected of since.rejected) {
    const [file, ...more] = rejected.files;
    if (rejected.kind !== kind || file === undefined || more.length > 0) continue;
    const part = parts.find((each) => fileNameOf(each) === file.fileName);
    if (part !== undefined && (await isStillTheSame(part, file, web))) return true;
  }
  return false;
}

/**
 * What follows on a delta needs it, so it is not left aside while a person decides on it; nor is it fetched, compared and held
 * anew at each due time.
 * @throws EditionRefusedError EDITION_HELD
 */
export async function refuseHeld(
  database: Database,
  source: Source,
  { editionOn, parts }: Edition,
  web: Web,
): Promise<void> {
  const held = await database.query<{ run: number; files: readonly RejectedFile[] }>(
    `SELECT max(r.id) AS run,
            (SELECT jsonb_agg(${FILE_LOOKS})
             FROM edition_part p WHERE p.edition_id = e.id) AS files
     FROM edition e JOIN run r ON r.edition_id = e.id AND r.state = 'held'
     WHERE e.source_id = $1 AND e.kind = 'delta' AND e.edition_on = $2 AND e.state = 'held'
     GROUP BY e.id ORDER BY e.id DESC`,
    [source.id, editionOn],
  );
  for (const { run, files } of held) {
    if (files.length !== parts.length || !(await areStillTheSame(parts, files, web))) continue;
    throw new EditionRefusedError(
      'EDITION_HELD',
      `${source.id}: run ${run} holds the delta of ${editionOn} for a person, and its files are still the same`,
      `Decide on it: npx isinglass approve ${run} --reason "<why>"; if not: npx isinglass reject ${run} --reason "<why>".`,
    );
  }
}

async function areStillTheSame(
  parts: readonly Part[],
  files: readonly RejectedFile[],
  web: Web,
): Promise<boolean> {
  for (const part of parts) {
    const file = files.find(({ fileName }) => fileName === fileNameOf(part));
    if (file === undefined || !(await isStillTheSame(part, file, web))) return false;
  }
  return true;
}

/** As the publisher calls it. */
export function fileNameOf({ url, name }: Part): string {
  return new URL(url).pathname.split('/').pop() ?? name;
}
