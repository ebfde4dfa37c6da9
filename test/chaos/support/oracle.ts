import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '../../../src/database/database.js';
import { litterIn, tableDigestsOf } from '../../support/digest.js';

/** What a house came to: all that readers could ever see, and how its runs ended. */
export interface Outcome {
  readonly tables: Readonly<Record<string, string>>;
  /** `in-nse-equities published`. Their numbers are left out: a crash of PostgreSQL leaves some out. */
  readonly runs: readonly string[];
}

export async function outcomeOf(database: Database): Promise<Outcome> {
  const runs = await database.query<{ run: string }>(
    `SELECT concat_ws(' ', source_id, state, error ->> 'code') AS run FROM run ORDER BY id`,
  );
  return { tables: await tableDigestsOf(database), runs: runs.map(({ run }) => run) };
}

/**
 * What is wrong with a house in which every process has stopped, against one that nothing disturbed. Empty when it is in
 * order: the same to readers, and nothing left lying about.
 */
export async function faultsOf(database: Database, undisturbed: Outcome): Promise<readonly string[]> {
  // A session is left for a moment after its process has gone.
  for (let look = 1; look < LOOKS; look += 1) {
    const sessions = await database.query(SESSIONS_LEFT);
    if (sessions.length === 0) break;
    await wait(LOOK_EVERY_MS);
  }
  return faultsNow(database, undisturbed);
}

async function faultsNow(database: Database, undisturbed: Outcome): Promise<readonly string[]> {
  const { tables, runs } = await outcomeOf(database);
  const faults = Object.entries(undisturbed.tables)
    .filter(([table, digest]) => tables[table] !== digest)
    .map(([table, digest]) => `${table} differs: ${tables[table]} instead of ${digest}`);
  if (runs.join() !== undisturbed.runs.join())
    faults.push(`runs differ: ${runs.join(', ')} instead of ${undisturbed.runs.join(', ')}`);
  const wrong = await database.query<{ fault: string }>(WRONG);
  return [
    ...faults,
    ...wrong.map(({ fault }) => fault),
    ...(await litterIn(database)).map((one) => `left: ${one}`),
  ];
}

const LOOKS = 40;
const LOOK_EVERY_MS = 50;

const SESSIONS_LEFT = `
  SELECT 'session ' || pid || ' of ' || application_name || ' is left: ' || state || ' ' || left(query, 100) AS fault
  FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;

/** Every line is a fault. Only the session that asks is there, and none but it holds locks. */
const WRONG = `
  SELECT 'run ' || id || ' has not ended: ' || state AS fault FROM run WHERE ended_at IS NULL
  UNION ALL
  SELECT 'run ' || run_id || ' has ended, but its step ' || name || ' is ' || s.state
  FROM run_step s JOIN run r ON r.id = run_id
  WHERE r.ended_at IS NOT NULL AND s.state IN ('waiting', 'running') AND r.state IN ('published', 'unchanged')
  UNION ALL
  SELECT 'publications have gaps: ' || count(*) || ' up to number ' || max(number)
  FROM publication HAVING max(number) <> count(*)
  UNION ALL
  SELECT 'edition ' || edition_id || ' is published ' || count(*) || ' times'
  FROM publication GROUP BY edition_id HAVING count(*) > 1
  UNION ALL
  SELECT 'run ' || id || ' says publication ' || r.publication || ', which says otherwise'
  FROM run r WHERE r.publication IS NOT NULL
    AND NOT EXISTS (SELECT FROM publication p WHERE p.number = r.publication AND p.run_id = r.id)
  UNION ALL
  SELECT 'table staging.' || relname || ' is left'
  FROM pg_class WHERE relnamespace = 'staging'::regnamespace AND relkind = 'r' AND relname ~ '^run'
  UNION ALL
${SESSIONS_LEFT}
  UNION ALL
  SELECT 'advisory lock ' || classid || ' ' || objid || ' is left'
  FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
