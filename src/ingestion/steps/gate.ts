import { EditionRefusedError } from '../../common/errors.js';
import type { Client } from '../../database/database.js';
import type { EditionInHand, ScopeComparison, Store } from '../../instruments/store.js';
import type { Source } from '../../sources/source.js';
import type { LoadedPart } from './load.js';

/** Something odd about an edition. A `stop` holds it. */
export interface Finding {
  readonly code: string;
  readonly severity: 'note' | 'warning' | 'stop';
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface Verdict {
  readonly isHeld: boolean;
  readonly comparison: readonly ScopeComparison[];
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
  place: { readonly client: Client; readonly runId: number; readonly approval: string | undefined },
): Promise<Verdict> {
  const { client, runId, approval } = place;
  await refuseOlder(client, edition);
  const duplicates = await explainDuplicates(client, store, staging, runId);
  const comparison = await store.compare(client, staging, edition);
  if (comparison.every(({ staged }) => staged === 0)) refuseEmpty(edition, parts);
  const findings = [
    ...oddParts(parts, duplicates),
    ...outOfBounds(source, edition, comparison),
    ...tooManyRejects(source, parts),
    ...(await absentSentinels(client, source, store, staging, edition.scopes)),
  ];
  const stops = findings.filter(({ severity }) => severity === 'stop');
  if (stops.length > 0 && approval !== undefined) {
    findings.push({ code: 'APPROVED', severity: 'note', message: `published all the same: ${approval}` });
  }
  await writeFindings(client, runId, findings);
  return { isHeld: stops.length > 0 && approval === undefined, comparison, findings, duplicates };
}

/** An older full set would undo what a newer one said. */
async function refuseOlder(client: Client, edition: EditionInHand): Promise<void> {
  const { rows } = await client.query<{ editionOn: string; number: number }>(
    `SELECT e.edition_on AS "editionOn", p.number
     FROM edition e JOIN publication p ON p.edition_id = e.id
     WHERE e.source_id = $1 AND e.scopes && $2 AND e.edition_on > $3
     ORDER BY e.edition_on DESC LIMIT 1`,
    [edition.sourceId, edition.scopes, edition.editionOn],
  );
  const newer = rows[0];
  if (newer === undefined) return;
  throw new EditionRefusedError(
    'EDITION_OLDER',
    `${edition.sourceId}: the edition of ${edition.editionOn} is older than the one of ${newer.editionOn}, publication ${newer.number}`,
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
): Promise<number> {
  const duplicates = await store.takeDuplicates(client, staging);
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

function oddParts(parts: readonly LoadedPart[], duplicates: number): Finding[] {
  const findings: Finding[] = [];
  for (const { name, state, counts } of parts) {
    if (state === 'absent') {
      findings.push({
        code: 'PART_ABSENT',
        severity: 'warning',
        message: `${name}: the publisher does not have this list; what it held stays as it is`,
      });
    }
    for (const [kind, records] of Object.entries(counts.odd)) {
      const [code = kind, field = ''] = kind.split(' ');
      findings.push({
        code,
        severity: 'warning',
        message: `${name}: ${records} records kept with an odd ${field}`,
        fields: { part: name, field, records },
      });
    }
  }
  if (duplicates > 0) {
    findings.push({
      code: 'DUPLICATE_KEYS',
      severity: 'warning',
      message: `${duplicates} rows repeat a key of another row; see the rejects`,
      fields: { rows: duplicates },
    });
  }
  return findings;
}

function outOfBounds(
  source: Source,
  edition: EditionInHand,
  comparison: readonly ScopeComparison[],
): Finding[] {
  const { bounds } = source;
  const findings: Finding[] = [];
  const stop = (code: string, scope: string, message: string, fields: Record<string, number>): void => {
    findings.push({ code, severity: 'stop', message: `${scope}: ${message}`, fields: { scope, ...fields } });
  };
  for (const { scope, staged, held, ended, changed, unchanged } of comparison) {
    const bound = bounds.records[scope];
    if (edition.kind === 'full' && bound !== undefined && (staged < bound.min || staged > bound.max)) {
      stop(
        'RECORDS_OUT_OF_BOUNDS',
        scope,
        `${staged} records; a healthy edition has ${bound.min} to ${bound.max}`,
        {
          staged,
          ...bound,
        },
      );
    }
    if (held === 0) continue;
    const shrunk = (held - staged) / held;
    if (edition.kind === 'full' && shrunk > bounds.maxShrinkShare) {
      stop(
        'EDITION_SHRUNK',
        scope,
        `${staged} records after ${held}: ${percent(shrunk)} fewer, at most ${percent(bounds.maxShrinkShare)} are expected`,
        { staged, held },
      );
    }
    if (ended / held > bounds.maxMissingShare) {
      stop(
        'MASS_MISSING',
        scope,
        `${ended} of ${held} records are gone: at most ${percent(bounds.maxMissingShare)} are expected`,
        { ended, held },
      );
    }
    const compared = changed + unchanged;
    if (compared > 0 && changed / compared > bounds.maxChangedShare) {
      stop(
        'MASS_CHANGE',
        scope,
        `${changed} of ${compared} records changed: at most ${percent(bounds.maxChangedShare)} are expected`,
        { changed, compared },
      );
    }
  }
  return findings;
}

function tooManyRejects(source: Source, parts: readonly LoadedPart[]): Finding[] {
  return parts.flatMap(({ name, counts }): Finding[] => {
    const share = counts.rows === 0 ? 0 : counts.rejected / counts.rows;
    if (share <= source.bounds.maxRejectShare) return [];
    return [
      {
        code: 'REJECT_SHARE',
        severity: 'stop',
        message: `${name}: ${counts.rejected} of ${counts.rows} rows could not be read: at most ${percent(source.bounds.maxRejectShare)} are expected`,
        fields: { rejected: counts.rejected, rows: counts.rows },
      },
    ];
  });
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
  return [
    {
      code: 'SENTINEL_ABSENT',
      severity: 'stop',
      message: `always there, and not in this edition: ${absent.join(', ')}`,
      fields: { absent },
    },
  ];
}

async function writeFindings(client: Client, runId: number, findings: readonly Finding[]): Promise<void> {
  await client.query(
    `INSERT INTO finding (run_id, code, severity, message, fields)
     SELECT $1, code, severity, message, coalesce(fields, '{}')
     FROM jsonb_to_recordset($2::jsonb) AS findings (code text, severity text, message text, fields jsonb)`,
    [runId, JSON.stringify(findings)],
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
