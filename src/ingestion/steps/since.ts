import type { Database } from '../../database/database.js';
import type { EditionKind, RejectedFile, Since } from '../../sources/source.js';

/** For so many days a file that a publisher replaced is noticed. */
const CORRECTIONS_FOR_DAYS = 30;

/** In SQL, of `edition_part p`: what a file looked like, as a `RejectedFile`. */
export const FILE_LOOKS = `jsonb_build_object(
  'fileName', p.file_name, 'md5', p.md5, 'etag', p.etag, 'lastModified', p.last_modified)`;

/** What the house holds of a source: how far its editions have come. */
export async function heldBy(
  database: Database,
  sourceId: string,
  mics: readonly string[] | null,
): Promise<
  Pick<Since, 'editionOn' | 'full' | 'deltaOn' | 'evidenceOn' | 'heldFullSets' | 'rejected' | 'checksums'>
> {
  const [held] = await database.query<{
    editionOn: string | null;
    deltaOn: string | null;
    evidenceOn: string | null;
    full: Since['full'] | null;
    heldFullSets: readonly string[];
  }>(
    // Files brought by hand may be one list of many, of any day: they do not say how far the publisher was followed. Nor do
    // they decide which full set is the newest one, unless there is no other. A scope is covered when a full set brought it
    // for all venues that are wanted, and every delta since then was applied to it.
    `WITH brought AS (
       SELECT e.*, EXISTS (SELECT FROM edition_part p WHERE p.edition_id = e.id AND p.url IS NOT NULL) AS is_fetched
       FROM edition e
       WHERE e.source_id = $1 AND e.state IN ('published', 'compared')
     ), newest AS (
       SELECT coalesce(max(edition_on) FILTER (WHERE is_fetched), max(edition_on)) AS edition_on
       FROM brought WHERE kind = 'full'
     )
     SELECT max(edition_on) FILTER (WHERE is_fetched) AS "editionOn",
            max(edition_on) FILTER (WHERE kind = 'delta') AS "deltaOn",
            max(edition_on) FILTER (WHERE kind = 'evidence') AS "evidenceOn",
            (SELECT jsonb_build_object('editionOn', n.edition_on, 'scopes', (
               SELECT coalesce(jsonb_agg(DISTINCT scope ORDER BY scope), '[]') FROM brought b, unnest(b.scopes) AS scope
               WHERE b.kind = 'full' AND b.edition_on >= n.edition_on AND (b.mics IS NULL OR b.mics @> $2)
                 AND NOT EXISTS (
                   SELECT FROM brought d
                   WHERE d.kind = 'delta' AND d.edition_on > b.edition_on
                     AND NOT (d.scopes && ARRAY[scope, '*'] AND (d.mics IS NULL OR d.mics @> $2)))))
             FROM newest n WHERE n.edition_on IS NOT NULL) AS full,
            ARRAY(SELECT DISTINCT edition_on::text FROM edition h
                  WHERE h.source_id = $1 AND h.kind = 'full' AND h.state = 'held'
                    AND NOT EXISTS (SELECT FROM brought b
                                    WHERE b.kind = 'full' AND (b.edition_on, b.id) > (h.edition_on, h.id)))
              AS "heldFullSets"
     FROM brought`,
    [sourceId, mics],
  );
  const files = await database.query<{ fileName: string; md5: string }>(
    `SELECT DISTINCT ON (p.file_name) p.file_name AS "fileName", p.md5
     FROM edition_part p JOIN edition e ON e.id = p.edition_id
     WHERE e.source_id = $1 AND e.state IN ('published', 'compared') AND p.md5 IS NOT NULL
       AND e.edition_on > (SELECT max(edition_on) FROM edition WHERE source_id = $1) - $2::integer
     ORDER BY p.file_name, e.last_seen_at DESC, e.id DESC`,
    [sourceId, CORRECTIONS_FOR_DAYS],
  );
  return {
    editionOn: held?.editionOn ?? undefined,
    full: held?.full ?? undefined,
    deltaOn: held?.deltaOn ?? undefined,
    evidenceOn: held?.evidenceOn ?? undefined,
    heldFullSets: held?.heldFullSets ?? [],
    rejected: await rejectedOf(database, sourceId),
    checksums: new Map(files.map(({ fileName, md5 }) => [fileName, md5])),
  };
}

/** The editions that a person rejected lately, with what vouches for their bytes. Files brought by hand are nobody's. */
async function rejectedOf(database: Database, sourceId: string): Promise<Since['rejected']> {
  return database.query<{ kind: EditionKind; editionOn: string; files: readonly RejectedFile[] }>(
    `SELECT e.kind, e.edition_on AS "editionOn",
            jsonb_agg(${FILE_LOOKS}) AS files
     FROM edition e JOIN edition_part p ON p.edition_id = e.id
     WHERE e.source_id = $1 AND e.state = 'refused'
       AND e.edition_on > (SELECT max(edition_on) FROM edition WHERE source_id = $1) - $2::integer
     GROUP BY e.id HAVING bool_and(p.url IS NOT NULL) ORDER BY e.id`,
    [sourceId, CORRECTIONS_FOR_DAYS],
  );
}
