import { isSourceOn, type Config } from '../config/settings.js';
import type { Database } from '../database/database.js';
import { nextDueTimes } from '../ingestion/due-times.js';
import { SOURCES } from '../sources/index.js';

/** What the first page of the panel shows. */
export interface Dashboard {
  /** As PostgreSQL estimates it: counting would read all of it. */
  readonly instruments: number;
  readonly listings: number;
  readonly publication: { readonly number: number; readonly publishedAt: Date } | null;
  /** Editions that wait for a person. */
  readonly held: readonly {
    readonly run: number;
    readonly source: string;
    readonly code: string | null;
    readonly message: string | null;
  }[];
  readonly runs: readonly {
    readonly run: number;
    readonly source: string;
    readonly state: string;
    readonly createdAt: Date;
  }[];
  /** What is due next, of the sources that are on. */
  readonly next: { readonly source: string; readonly dueAt: Date } | null;
}

const SHOWN_RUNS = 8;

export async function dashboardOf(
  database: Pick<Database, 'snapshot'>,
  switches: Config['sources'],
): Promise<Dashboard> {
  return database.snapshot(async (db) => {
    const [{ now } = { now: null }] = await db.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    const sizes = await db.query<{ name: string; rows: number }>(
      `SELECT relname AS name, greatest(reltuples, 0)::float8 AS rows FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relname IN ('instrument', 'record')`,
    );
    const sizeOf = (name: string): number => Math.round(sizes.find((each) => each.name === name)?.rows ?? 0);
    const [publication] = await db.query<{ number: number; publishedAt: Date }>(
      `SELECT number, published_at AS "publishedAt" FROM publication ORDER BY number DESC LIMIT 1`,
    );
    const held = await db.query<Dashboard['held'][number] & Record<string, unknown>>(
      `SELECT r.id AS run, s.id AS source, r.error ->> 'code' AS code, r.error ->> 'message' AS message
       FROM source s CROSS JOIN LATERAL (
         SELECT id, state, error FROM run WHERE source_id = s.id ORDER BY id DESC LIMIT 1
       ) r WHERE r.state = 'held' ORDER BY r.id`,
    );
    const runs = await db.query<Dashboard['runs'][number] & Record<string, unknown>>(
      `SELECT id AS run, source_id AS source, state, created_at AS "createdAt" FROM run ORDER BY id DESC LIMIT $1`,
      [SHOWN_RUNS],
    );
    return {
      instruments: sizeOf('instrument'),
      listings: sizeOf('record'),
      publication: publication ?? null,
      held,
      runs,
      next: now === null ? null : nextDue(switches, now),
    };
  });
}

function nextDue(switches: Config['sources'], now: Date): Dashboard['next'] {
  const due = SOURCES.filter((source) => isSourceOn(source, switches)).flatMap(({ id, schedule }) =>
    nextDueTimes(schedule, now, 1).map((dueAt) => ({ source: id, dueAt })),
  );
  return due.sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())[0] ?? null;
}
