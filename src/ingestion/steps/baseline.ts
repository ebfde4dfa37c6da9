import type { Client } from '../../database/database.js';
import type { EditionInHand, GroupCount, GroupKind } from '../../instruments/store.js';

/** What a good full set had in one scope. */
export interface PastScope {
  readonly runId: number;
  readonly editionOn: string;
  readonly records: number;
  /** Records held before that it did not name, less missing ones that it named again. */
  readonly gone: number;
  /** Records without a value, by column. */
  readonly empty: Readonly<Record<string, number>>;
  /** Share of values that cannot be what their field holds, by field. */
  readonly invalid: Readonly<Record<string, number>>;
}

/** A group in the last good full sets of its scope. */
export interface PastGroup {
  readonly scope: string;
  readonly kind: GroupKind;
  readonly name: string;
  /** Of the sets that had it: those that had none are left out. */
  readonly records: readonly number[];
}

/** What the full sets before, of the same profile, let one expect of this one. */
export interface Baseline {
  /** By scope, the newest first; never empty. */
  readonly scopes: ReadonlyMap<string, readonly PastScope[]>;
  readonly groups: readonly PastGroup[];
}

/** Of so many good full sets the median is taken. */
export const MEDIAN_OF = 7;
/** Published runs to look back upon: a month of days, each with a correction. */
const LOOK_BACK = 60;

/**
 * What the gate counted in the full sets that were published before. One that a person approved begins anew: what was
 * usual before it is no measure any more.
 */
export async function readBaseline(client: Client, edition: EditionInHand): Promise<Baseline> {
  const { rows } = await client.query<PastScope & { scope: string; isApproved: boolean }>(
    `SELECT scope, run_id AS "runId", edition_on AS "editionOn", records, gone, empty, invalid, is_approved AS "isApproved"
     FROM (
       SELECT t.*, e.edition_on, row_number() OVER (PARTITION BY t.scope ORDER BY e.edition_on DESC, p.number DESC) AS place
       FROM publication p
       JOIN edition e ON e.id = p.edition_id
       JOIN edition_statistic t ON t.run_id = p.run_id AND t.group_kind = 'scope'
       WHERE p.source_id = $1 AND e.kind = 'full' AND e.mics IS NOT DISTINCT FROM $2 AND t.scope = ANY ($3)
         AND e.edition_on <= $4
     ) past
     WHERE place <= $5
     ORDER BY scope, place`,
    [edition.sourceId, edition.mics, edition.scopes, edition.editionOn, LOOK_BACK],
  );
  const scopes = new Map<string, PastScope[]>();
  const begunAnew = new Set<string>();
  for (const { scope, isApproved, ...past } of rows) {
    if (begunAnew.has(scope)) continue;
    scopes.set(scope, [...(scopes.get(scope) ?? []), past]);
    if (isApproved) begunAnew.add(scope);
  }
  const recent = [...scopes].flatMap(([scope, past]) =>
    past.slice(0, MEDIAN_OF).map(({ runId }) => ({ scope, runId })),
  );
  const groups = await client.query<PastGroup & { [key: string]: unknown }>(
    `SELECT scope, group_kind AS kind, group_name AS name, array_agg(records) AS records
     FROM edition_statistic
     JOIN unnest($1::text[], $2::bigint[]) AS recent (scope, run_id) USING (scope, run_id)
     WHERE group_kind <> 'scope'
     GROUP BY 1, 2, 3
     ORDER BY 1, 2, 3`,
    [recent.map(({ scope }) => scope), recent.map(({ runId }) => runId)],
  );
  return { scopes, groups: groups.rows };
}

/** Writes down what was counted. It is good from the moment on at which the run publishes. */
export async function writeStatistics(
  client: Client,
  edition: EditionInHand,
  counted: {
    readonly survey: readonly GroupCount[];
    /** By scope. */
    readonly gone: ReadonlyMap<string, number>;
    readonly invalid: ReadonlyMap<string, Readonly<Record<string, number>>>;
    readonly isApproved: boolean;
  },
): Promise<void> {
  await client.query(`DELETE FROM edition_statistic WHERE run_id = $1`, [edition.runId]);
  const rows = counted.survey.map(({ scope, kind, name, records, empty }) => ({
    scope,
    kind,
    name,
    records,
    ...(kind === 'scope' && {
      gone: counted.gone.get(scope) ?? 0,
      empty,
      invalid: counted.invalid.get(scope) ?? {},
      approved: counted.isApproved,
    }),
  }));
  await client.query(
    `INSERT INTO edition_statistic
       (run_id, edition_id, scope, group_kind, group_name, records, gone, empty, invalid, is_approved)
     SELECT $1, $2, scope, kind, name, records, gone, empty, invalid, approved
     FROM jsonb_to_recordset($3::jsonb) AS counted
       (scope text, kind text, name text, records integer, gone integer, empty jsonb, invalid jsonb, approved boolean)`,
    [edition.runId, edition.id, JSON.stringify(rows)],
  );
}

/**
 * The middle one; of an even number the lower of the two in the middle.
 * @param of how many there are, where those that are none were left out
 */
export function median(values: readonly number[], of = values.length): number {
  const zeros = Array.from({ length: Math.max(0, of - values.length) }, () => 0);
  const sorted = [...zeros, ...values].sort((one, other) => one - other);
  return sorted[Math.ceil(sorted.length / 2) - 1] ?? 0;
}
