import { EditionRefusedError } from '../../common/errors.js';
import type { Client } from '../../database/database.js';
import type { Comparison, EditionInHand, Store } from '../../instruments/store.js';
import type { Source } from '../../sources/source.js';
import type { Failure } from '../run.js';
import {
  changedTooMuch,
  cutShort,
  deltaFindings,
  oddParts,
  outOfBounds,
  stop,
  tooManyRejects,
  whyHeld,
  type Finding,
} from './gate-rules.js';
import type { LoadedPart } from './load.js';

export interface Verdict {
  /** Why the edition is held, if it is: the first finding that stops it. */
  readonly held: Failure | null;
  readonly comparison: Comparison;
  readonly findings: readonly Finding[];
  readonly duplicates: number;
}

/**
 * Looks at a staged edition before anybody sees it: bounds, rejects, shrink, mass change, sentinels.
 * Findings that stop hold the edition unless a person approved it with a reason.
 * @throws EditionRefusedError EDITION_OLDER, EDITION_EMPTY: no approval helps against these
 */
export async function examineEdition(
  source: Source,
  store: Store<unknown>,
  edition: EditionInHand,
  parts: readonly LoadedPart[],
  staging: string,
  place: {
    readonly client: Client;
    readonly runId: number;
    readonly approval: string | undefined;
    /** This very edition is what readers see already. */
    readonly isPublished: boolean;
    readonly isDayAssumed: boolean;
    readonly missingDays: readonly string[];
    readonly waitingScopes: readonly string[];
    /** Why a person accepted that days are missing. */
    readonly gapReason: string | undefined;
  },
): Promise<Verdict> {
  const { client, runId, approval, isPublished } = place;
  const last = await lastPublished(client, edition);
  // An older full set would undo what a newer one said; events of a delta are weighed one by one.
  if (edition.kind === 'full' && last !== undefined && last.editionOn > edition.editionOn)
    refuseOlder(edition, last);
  const duplicates = await explainDuplicates(client, store, staging, runId, edition.kind);
  const comparison = await store.compare(client, staging, edition);
  const { scopes } = comparison;
  // A delta may be empty; a full set may not.
  if (edition.kind === 'full' && scopes.every(({ staged }) => staged === 0)) refuseEmpty(edition, parts);
  const findings = [
    ...oddParts({ ...edition, isDayAssumed: place.isDayAssumed }, parts, duplicates),
    ...cutShort(parts),
    ...tooManyRejects(source.bounds, parts),
    ...(edition.kind === 'full' ? outOfBounds(source.bounds, scopes) : []),
    ...changedTooMuch(source.bounds, scopes, edition.kind, last?.days ?? 0, place.missingDays.length > 0),
    ...deltaFindings(edition, comparison, place),
    ...(await absentSentinels(client, source, store, staging, edition.scopes)),
  ];
  const hasNews = scopes.some((scope) => scope.new + scope.changed + scope.ended + scope.past > 0);
  // What is published already and changes nothing needs no second approval.
  const stops = isPublished && !hasNews ? [] : findings.filter(({ severity }) => severity === 'stop');
  if (stops.length > 0 && approval !== undefined) {
    findings.push({ code: 'APPROVED', severity: 'note', message: `published all the same: ${approval}` });
  }
  await writeFindings(client, runId, findings);
  const held = approval === undefined ? whyHeld(edition, stops) : null;
  return { held, comparison, findings, duplicates };
}

interface LastPublished {
  readonly editionOn: string;
  readonly number: number;
  /** From it to the edition in hand; negative when that one is older. */
  readonly days: number;
}

async function lastPublished(client: Client, edition: EditionInHand): Promise<LastPublished | undefined> {
  const { rows } = await client.query<LastPublished>(
    `SELECT e.edition_on AS "editionOn", p.number, $3::date - e.edition_on AS days
     FROM edition e JOIN publication p ON p.edition_id = e.id
     WHERE e.source_id = $1 AND e.scopes && $2 AND e.kind = $4
     ORDER BY e.edition_on DESC, p.number DESC LIMIT 1`,
    [edition.sourceId, edition.scopes, edition.editionOn, edition.kind],
  );
  return rows[0];
}

function refuseOlder(edition: EditionInHand, last: LastPublished): never {
  throw new EditionRefusedError(
    'EDITION_OLDER',
    `${edition.sourceId}: the edition of ${edition.editionOn} is older than the one of ${last.editionOn}, publication ${last.number}`,
    'Bring editions in the order of their days. If the day is wrong, say the right one: --date YYYY-MM-DD.',
  );
}

function refuseEmpty(edition: EditionInHand, parts: readonly LoadedPart[]): never {
  const rows = parts.reduce((sum, part) => sum + part.counts.rows, 0);
  throw new EditionRefusedError(
    'EDITION_EMPTY',
    `${edition.sourceId}: no record in the edition of ${edition.editionOn} (${rows} rows read)`,
    'Look at the file and at the rejects of the run; what is published stays.',
  );
}

async function explainDuplicates(
  client: Client,
  store: Store<unknown>,
  staging: string,
  runId: number,
  kind: EditionInHand['kind'],
): Promise<number> {
  const duplicates = await store.takeDuplicates(client, staging, kind);
  const rejects = duplicates.map(({ part, line, key, keptPart, keptLine }) => ({
    part,
    line,
    reasons: [
      {
        code: 'DUPLICATE_KEY',
        field: 'key',
        value: key,
        message: `the same key stands in ${keptPart}, line ${keptLine}, which has precedence`,
      },
    ],
  }));
  await client.query(
    `INSERT INTO reject (run_id, part, line, reasons, raw)
     SELECT $1, part, line, reasons, ''
     FROM jsonb_to_recordset($2::jsonb) AS rejects (part text, line bigint, reasons jsonb)`,
    [runId, JSON.stringify(rejects)],
  );
  return duplicates.length;
}

async function absentSentinels(
  client: Client,
  source: Source,
  store: Store<unknown>,
  staging: string,
  scopes: readonly string[],
): Promise<Finding[]> {
  const expected = scopes.flatMap((scope) => source.bounds.sentinels[scope] ?? []);
  const absent = await store.missingSentinels(client, staging, expected);
  if (absent.length === 0) return [];
  return [stop('SENTINEL_ABSENT', `always there, and not in this edition: ${absent.join(', ')}`, { absent })];
}

async function writeFindings(client: Client, runId: number, findings: readonly Finding[]): Promise<void> {
  await client.query(
    `INSERT INTO finding (run_id, code, severity, message, fields)
     SELECT $1, code, severity, message, coalesce(fields, '{}')
     FROM jsonb_to_recordset($2::jsonb) AS findings (code text, severity text, message text, fields jsonb)`,
    [runId, JSON.stringify(findings)],
  );
}
