import { EditionRefusedError } from '../../common/errors.js';
import type { Client } from '../../database/database.js';
import type {
  Comparison,
  EditionInHand,
  Flips,
  GroupCount,
  ScopeComparison,
  Store,
} from '../../instruments/store.js';
import type { Source } from '../../sources/source.js';
import type { Failure } from '../run.js';
import { readBaseline, writeStatistics } from './baseline.js';
import { drippedAway, strayedColumns, strayedGroups, strayedScopes } from './baseline-rules.js';
import {
  changedTooMuch,
  cutShort,
  deltaFindings,
  flippedTooMuch,
  oddParts,
  outOfBounds,
  stop,
  tooManyRejects,
  whyHeld,
  type Finding,
} from './gate-rules.js';
import { ALWAYS_ALLOWED, COMPARABLE_DAYS, limitsOf } from './limits.js';
import type { LoadedPart } from './load.js';
import { countInvalid, invalidValues, type RejectCount } from './value-rules.js';

export interface Verdict {
  /** Why the edition is held, if it is: the first finding that stops it. */
  readonly held: Failure | null;
  readonly comparison: Comparison;
  readonly findings: readonly Finding[];
  readonly duplicates: number;
}

/**
 * Looks at a staged edition before anybody sees it: bounds, rejects, sentinels; what changes against what is held; and,
 * of a full set, what is unusual against the good ones before it, as a whole and in its groups, columns and values.
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
    /** It was held before, and comes out of the file store. */
    readonly isKept: boolean;
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
  if (edition.kind === 'full' && last !== undefined && isOvertaken(edition, last, place.isKept))
    refuseOlder(edition, last);
  const duplicates = await explainDuplicates(client, store, staging, runId, edition.kind);
  const comparison = await store.compare(client, staging, edition);
  const { scopes } = comparison;
  // A delta may be empty; a full set may not.
  if (edition.kind === 'full' && scopes.every(({ staged }) => staged === 0)) refuseEmpty(edition, parts);
  const limits = limitsOf(source.bounds);
  const hasGap = place.missingDays.length > 0;
  const isComparable = !hasGap && (last?.days ?? 0) <= COMPARABLE_DAYS;
  const flips = scopes.some(({ changed }) => changed > ALWAYS_ALLOWED)
    ? await store.flips(client, staging, edition)
    : [];
  const unusual = await examineFullSet(source, store, edition, parts, staging, {
    client,
    scopes,
    gone: goneIn(scopes, flips, isComparable),
    isComparable,
  });
  const kept = withoutReturned(scopes, flips);
  const changes = changedTooMuch(limits, kept, edition.kind, last?.days ?? 0, hasGap);
  const found = [
    ...oddParts({ ...edition, isDayAssumed: place.isDayAssumed }, parts, duplicates),
    ...cutShort(parts),
    ...tooManyRejects(source.bounds, parts),
    ...(edition.kind === 'full' ? outOfBounds(source.bounds, scopes) : []),
    ...changes,
    ...flippedTooMuch(limits, scopes, flips, isComparable),
    ...unusual.findings.filter((finding) => !changes.some((change) => saysTheSame(change, finding))),
    ...deltaFindings(edition, comparison, place),
    ...(await absentSentinels(client, source, store, staging, edition.scopes)),
  ];
  const findings: Finding[] = [];
  for (const finding of found) findings.push(await withExamples(client, store, staging, edition, finding));
  const hasNews = scopes.some((scope) => scope.new + scope.changed + scope.ended + scope.past > 0);
  // What is published already and changes nothing needs no second approval.
  const stops = isPublished && !hasNews ? [] : findings.filter(({ severity }) => severity === 'stop');
  if (stops.length > 0 && approval !== undefined) {
    findings.push({ code: 'APPROVED', severity: 'note', message: `published all the same: ${approval}` });
  }
  await writeFindings(client, runId, findings);
  if (unusual.counted !== null && !(isPublished && !hasNews)) {
    const isApproved = stops.length > 0 && approval !== undefined;
    await writeStatistics(client, edition, {
      ...unusual.counted,
      isApproved,
    });
  }
  const held = approval === undefined ? whyHeld(edition, stops) : null;
  return { held, comparison, findings, duplicates };
}

/** What is unusual about a full set, and what was counted to find it. A delta has no size that is usual. */
async function examineFullSet(
  source: Source,
  store: Store<unknown>,
  edition: EditionInHand,
  parts: readonly LoadedPart[],
  staging: string,
  place: {
    readonly client: Client;
    readonly scopes: readonly ScopeComparison[];
    readonly gone: ReadonlyMap<string, number>;
    readonly isComparable: boolean;
  },
): Promise<{ readonly findings: readonly Finding[]; readonly counted: Counted | null }> {
  if (edition.kind !== 'full') return { findings: [], counted: null };
  const { client, scopes, gone, isComparable } = place;
  const limits = limitsOf(source.bounds);
  const baseline = await readBaseline(client, edition);
  const survey = await store.survey(client, staging);
  const invalid = countInvalid(parts, await rejectsByReason(client, edition.runId), survey);
  const { editionOn } = edition;
  const examined = { limits, comparison: scopes, survey, baseline, gone, editionOn, isComparable };
  const shares = new Map<string, Record<string, number>>();
  for (const { scope, field, share } of invalid) shares.set(scope, { ...shares.get(scope), [field]: share });
  return {
    findings: [
      ...strayedScopes(examined),
      ...drippedAway(examined),
      ...strayedGroups(examined),
      ...strayedColumns(examined),
      ...invalidValues(limits, invalid, baseline),
    ],
    counted: { survey, gone, invalid: shares },
  };
}

interface Counted {
  readonly survey: readonly GroupCount[];
  readonly gone: ReadonlyMap<string, number>;
  readonly invalid: ReadonlyMap<string, Readonly<Record<string, number>>>;
}

/** By scope: what the edition does not name any more, less what it names again. */
function goneIn(
  scopes: readonly ScopeComparison[],
  flips: readonly Flips[],
  isComparable: boolean,
): ReadonlyMap<string, number> {
  // What went in days of which nothing is known is no drip.
  if (!isComparable) return new Map();
  const returned = returnedIn(flips);
  return new Map(scopes.map(({ scope, ended }) => [scope, ended - (returned.get(scope) ?? 0)]));
}

/** What is named again after it was missing makes a list grow: nothing else about it need have changed. */
function withoutReturned(scopes: readonly ScopeComparison[], flips: readonly Flips[]): ScopeComparison[] {
  const returned = returnedIn(flips);
  return scopes.map((each) => ({ ...each, changed: each.changed - (returned.get(each.scope) ?? 0) }));
}

function returnedIn(flips: readonly Flips[]): ReadonlyMap<string, number> {
  return new Map(flips.map(({ scope, returned }) => [scope, returned]));
}

async function rejectsByReason(client: Client, runId: number): Promise<readonly RejectCount[]> {
  const { rows } = await client.query<{ [Key in keyof RejectCount]: RejectCount[Key] }>(
    `SELECT part, reason ->> 'code' AS code, reason ->> 'field' AS field, count(*) AS rows,
            (array_agg(reason ->> 'value'))[1:5] AS examples
     FROM reject, jsonb_array_elements(reasons) AS reason
     WHERE run_id = $1
     GROUP BY 1, 2, 3
     ORDER BY 1, 2, 3`,
    [runId],
  );
  return rows;
}

function saysTheSame(one: Finding, other: Finding): boolean {
  return one.code === other.code && one.fields?.['scope'] === other.fields?.['scope'];
}

async function withExamples(
  client: Client,
  store: Store<unknown>,
  staging: string,
  edition: EditionInHand,
  finding: Finding,
): Promise<Finding> {
  const { examplesOf, ...rest } = finding;
  if (examplesOf === undefined) return rest;
  const examples = await store.examples(client, staging, edition, examplesOf);
  return examples.length === 0 ? rest : { ...rest, fields: { ...rest.fields, examples } };
}

interface LastPublished {
  readonly editionId: number;
  readonly editionOn: string;
  readonly number: number;
  /** From it to the edition in hand; negative when that one is older. */
  readonly days: number;
}

async function lastPublished(client: Client, edition: EditionInHand): Promise<LastPublished | undefined> {
  const { rows } = await client.query<LastPublished>(
    `SELECT e.id AS "editionId", e.edition_on AS "editionOn", p.number, $3::date - e.edition_on AS days
     FROM edition e JOIN publication p ON p.edition_id = e.id
     WHERE e.source_id = $1 AND e.scopes && $2 AND e.kind = $4
     ORDER BY e.edition_on DESC, p.number DESC LIMIT 1`,
    [edition.sourceId, edition.scopes, edition.editionOn, edition.kind],
  );
  return rows[0];
}

/** By a later day; or, while it was held, by a correction of its own day. */
function isOvertaken(edition: EditionInHand, last: LastPublished, isKept: boolean): boolean {
  if (last.editionOn !== edition.editionOn) return last.editionOn > edition.editionOn;
  return isKept && last.editionId > edition.id;
}

function refuseOlder(edition: EditionInHand, last: LastPublished): never {
  throw new EditionRefusedError(
    'EDITION_OLDER',
    `${edition.sourceId}: the edition of ${edition.editionOn} was overtaken by the one of ${last.editionOn}, publication ${last.number}`,
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
