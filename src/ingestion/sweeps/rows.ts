import type { Queries } from '../../database/database.js';
import { WAITS_FOR_DECISION, type Sweep, type SweptHouse } from './sweep.js';

/** A run whose log is longer keeps its newest lines. */
export const MOST_LINES = 10_000;
const ROWS_AT_ONCE = 5_000;
/** With a run go its steps, its findings and what is left of its log. */
const RUNS_AT_ONCE = 50;

const DAYS_AGO = `(clock_timestamp() - make_interval(days => $1))`;

/**
 * A run that nobody needs in detail any more. The last one of a source stays as it is, for it tells how the source is; so
 * does the one of its last publication, and one whose edition waits for a person.
 */
const isOldRun = (r: string): string =>
  `${r}.ended_at < ${DAYS_AGO}
   AND ${r}.id <> (SELECT max(id) FROM run last WHERE last.source_id = ${r}.source_id)
   AND ${r}.id IS DISTINCT FROM (
     SELECT run_id FROM publication WHERE source_id = ${r}.source_id ORDER BY number DESC LIMIT 1)
   AND NOT EXISTS (SELECT FROM edition e WHERE e.id = ${r}.edition_id AND ${WAITS_FOR_DECISION})`;

/** In this order, so that little is left to go with a run. */
export const ROW_SWEEPS: readonly Sweep[] = [
  rows({
    kind: 'slots',
    table: 'slot',
    key: 'ctid',
    // The newest slot of a source stays: it says from when on due times are looked for.
    from: `slot t WHERE t.ended_at < ${DAYS_AGO}
           AND t.due_at < (SELECT max(due_at) FROM slot last WHERE last.source_id = t.source_id)`,
    limit: ({ keepRunsDays }) => keepRunsDays,
  }),
  rows({
    kind: 'events',
    table: 'run_event',
    key: 'id',
    from: `run_event t WHERE t.at < ${DAYS_AGO}`,
    limit: ({ keepLogDays }) => keepLogDays,
  }),
  rows({
    kind: 'eventsBeyondMost',
    table: 'run_event',
    key: 'id',
    from: `(SELECT run_id FROM run_event GROUP BY run_id HAVING count(*) > $1::integer) long
           CROSS JOIN LATERAL (
             SELECT id FROM run_event WHERE run_id = long.run_id ORDER BY id DESC OFFSET $1::integer - 1 LIMIT 1) oldest
           JOIN run_event t ON t.run_id = long.run_id AND t.id < oldest.id`,
    limit: () => MOST_LINES,
  }),
  rows({
    kind: 'statistics',
    table: 'edition_statistic',
    key: 'ctid',
    // Those of publications are what the gate measures by.
    from: `edition_statistic t JOIN edition e ON e.id = t.edition_id LEFT JOIN run r ON r.id = t.run_id
           WHERE (r.id IS NULL OR r.ended_at < ${DAYS_AGO}) AND NOT EXISTS (SELECT FROM publication WHERE run_id = t.run_id)
           AND NOT ${WAITS_FOR_DECISION}`,
    limit: ({ keepRunsDays }) => keepRunsDays,
  }),
  ofOldRuns('rejects', 'reject'),
  ofOldRuns('drift', 'drift'),
  rows({
    kind: 'runs',
    table: 'run',
    key: 'id',
    // Whoever asks where a value is from is led to the run that published it.
    from: async (database) =>
      [
        `run t WHERE ${isOldRun('t')} AND NOT EXISTS (SELECT FROM publication WHERE run_id = t.id)`,
        ...(await referencesToRuns(database)).map(
          ({ table, column }) => `AND NOT EXISTS (SELECT FROM ${table} x WHERE x.${column} = t.id)`,
        ),
      ].join('\n'),
    limit: ({ keepRunsDays }) => keepRunsDays,
    atOnce: RUNS_AT_ONCE,
  }),
  rows({
    kind: 'jobs',
    table: 'pgboss.job',
    key: 'id',
    // pg-boss deletes what has ended by itself, within days: this is what it left behind.
    from: async (database) => {
      const [found] = await database.query<{ table: string | null }>(
        `SELECT to_regclass('pgboss.job') AS table`,
      );
      return found?.table === null ? undefined : `pgboss.job t WHERE t.completed_on < ${DAYS_AGO}`;
    },
    limit: ({ keepRunsDays }) => keepRunsDays,
  }),
];

function ofOldRuns(kind: string, table: string): Sweep {
  return rows({
    kind,
    table,
    key: 'ctid',
    from: `run r JOIN ${table} t ON t.run_id = r.id WHERE ${isOldRun('r')}`,
    limit: ({ keepRunsDays }) => keepRunsDays,
  });
}

/**
 * Rows that are old, deleted in small transactions of their own: nobody waits long for their locks, and whoever stops in
 * the middle loses nothing. Rows that somebody else works on are passed over.
 */
function rows({
  kind,
  table,
  key,
  from,
  limit,
  atOnce = ROWS_AT_ONCE,
}: {
  readonly kind: string;
  readonly table: string;
  /** Column that tells rows apart. */
  readonly key: string;
  /** What follows FROM, with the alias `t` for the table, or how to find that out; nothing when there is no such table. */
  readonly from: string | ((database: Queries) => Promise<string | undefined>);
  /** Value of `$1`. */
  readonly limit: (keeps: SweptHouse['keeps']) => number;
  readonly atOnce?: number;
}): Sweep {
  return {
    kind,
    async sweep({ database, keeps, isDryRun, signal }) {
      const old = typeof from === 'string' ? from : await from(database);
      if (old === undefined) return 0;
      if (isDryRun) {
        const [row] = await database.query<{ n: number }>(`SELECT count(*) AS n FROM ${old}`, [limit(keeps)]);
        return row?.n ?? 0;
      }
      for (let deleted = 0; ;) {
        signal.throwIfAborted();
        const [row] = await database.query<{ n: number }>(
          `WITH gone AS (
             DELETE FROM ${table} WHERE ${key} = ANY (ARRAY(
               SELECT t.${key} FROM ${old} LIMIT ${atOnce} FOR UPDATE OF t SKIP LOCKED))
             RETURNING 1)
           SELECT count(*) AS n FROM gone`,
          [limit(keeps)],
        );
        deleted += row?.n ?? 0;
        if (!row || row.n === 0) return deleted;
      }
    },
  };
}

/** Columns by which rows refer to runs and are not deleted with them: they keep their runs. */
async function referencesToRuns(
  database: Queries,
): Promise<readonly { readonly table: string; readonly column: string }[]> {
  return database.query<{ table: string; column: string }>(
    `SELECT conrelid::regclass::text AS table, quote_ident(attname) AS column
     FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
     WHERE contype = 'f' AND confrelid = 'run'::regclass AND confdeltype <> 'c' AND conparentid = 0`,
  );
}
