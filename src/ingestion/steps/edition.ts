import { EditionRefusedError } from '../../common/errors.js';
import type { Client } from '../../database/database.js';
import type { EditionInHand } from '../../instruments/store.js';
import type { LoadedPart } from './load.js';
import { fingerprintOf, type LocatedEdition } from './locate.js';

/** A delta of which all was taken. */
const EVERY_SCOPE = '*';

/**
 * Writes down the edition that was loaded, with its files. The same parts of the same day are the same edition,
 * whichever run brings them.
 */
export async function writeEdition(
  client: Client,
  sourceId: string,
  located: LocatedEdition,
  parts: readonly LoadedPart[],
  runId: number,
): Promise<{ readonly inHand: EditionInHand; readonly isPublished: boolean }> {
  const present = parts.flatMap((part) => (part.file === null ? [] : [{ ...part, file: part.file }]));
  const staged = present.filter(({ state }) => state === 'staged');
  const scopes =
    located.kind === 'delta'
      ? (located.profile.letters ?? [EVERY_SCOPE])
      : [...new Set(staged.map(({ scope }) => scope))].sort();
  const { mics } = located.profile;
  const fingerprint = fingerprintOf(present.map(({ name, file }) => ({ name, sha256: file.sha256 })));
  const { rows } = await client.query<{ id: number; state: string }>(
    `INSERT INTO edition (source_id, kind, edition_on, fingerprint, scopes, mics, state) VALUES ($1, $2, $3, $4, $5, $6, 'loaded')
     ON CONFLICT (source_id, kind, edition_on, fingerprint) DO UPDATE SET
       scopes = excluded.scopes, mics = excluded.mics, last_seen_at = clock_timestamp()
     RETURNING id, state`,
    [sourceId, located.kind, located.editionOn, fingerprint, scopes, mics],
  );
  const edition = rows[0];
  if (edition === undefined) throw new Error('an upsert without a row');
  if (edition.state === 'refused')
    await requireApproval(client, sourceId, located.editionOn, edition.id, runId);
  await client.query(
    `INSERT INTO edition_part (edition_id, name, scope, file_sha256, file_name, url, etag, last_modified, md5, counts)
     SELECT $1, name, scope, sha256, "fileName", url, etag, "lastModified", md5, counts
     FROM jsonb_to_recordset($2::jsonb) AS parts
       (name text, scope text, sha256 text, "fileName" text, url text, etag text, "lastModified" text, md5 text, counts jsonb)
     ON CONFLICT (edition_id, name) DO NOTHING`,
    [
      edition.id,
      JSON.stringify(present.map(({ name, scope, file, counts }) => ({ name, scope, ...file, counts }))),
    ],
  );
  return {
    inHand: {
      id: edition.id,
      sourceId,
      kind: located.kind,
      editionOn: located.editionOn,
      runId,
      scopes,
      mics,
      auditedScopes: located.auditedScopes ?? [],
      fullSets: await fullSetsOf(client, sourceId),
    },
    isPublished: edition.state === 'published',
  };
}

/**
 * What a person rejected comes in by that person's word alone, however often its bytes are brought.
 * @throws EditionRefusedError EDITION_REJECTED
 */
async function requireApproval(
  client: Client,
  sourceId: string,
  editionOn: string,
  editionId: number,
  runId: number,
): Promise<void> {
  const { rows } = await client.query<{ isApproved: boolean; rejectedRun: number | null }>(
    `SELECT r.requested ? 'approval' AS "isApproved",
            (SELECT max(id) FROM run WHERE edition_id = $2 AND state = 'refused') AS "rejectedRun"
     FROM run r WHERE r.id = $1`,
    [runId, editionId],
  );
  const [run] = rows;
  if (run?.isApproved) return;
  throw editionRejected(sourceId, editionOn, run?.rejectedRun ?? runId);
}

function editionRejected(sourceId: string, editionOn: string, rejectedRun: number): EditionRefusedError {
  return new EditionRefusedError(
    'EDITION_REJECTED',
    `${sourceId}: a person rejected this edition of ${editionOn}, and its files are still the same`,
    `Nothing until the publisher replaces them. To publish it all the same: npx isinglass approve ${rejectedRun} --reason "<why>"`,
  );
}

/** The newest full set of each scope: a delta of an earlier day tells of what was before it. */
async function fullSetsOf(client: Client, sourceId: string): Promise<EditionInHand['fullSets']> {
  const { rows } = await client.query<{ scope: string; editionOn: string }>(
    `SELECT scope, max(edition_on) AS "editionOn" FROM edition, unnest(scopes) AS scope
     WHERE source_id = $1 AND kind = 'full' AND state = 'published' GROUP BY scope ORDER BY scope`,
    [sourceId],
  );
  return rows;
}
