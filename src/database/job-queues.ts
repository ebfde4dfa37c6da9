import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PgBoss } from 'pg-boss';
import { Database } from './database.js';

/** Steps wait in three queues, so that many files of one source do not keep another source waiting. */
export const QUEUES = ['locate', 'load', 'publish'] as const;
export type QueueName = (typeof QUEUES)[number];
/** Where a job ends whose step could not even be told that it failed. */
export const DEAD_LETTERS = 'dead';

const SCHEMA = 'pgboss';
const DAY_SECONDS = 86_400;
/** The ledger decides what is done when; these are for the case that nobody could write into it. */
const QUEUE_OPTIONS = {
  // At most one waiting or active job per singletonKey: to send a job twice does no harm.
  policy: 'exclusive',
  deadLetter: DEAD_LETTERS,
  retryLimit: 4,
  retryDelay: 2,
  retryBackoff: true,
  // Steps have their own time-outs, which stop the work; this only frees the job's line.
  expireInSeconds: DAY_SECONDS - 1,
  heartbeatSeconds: 30,
  // A finished job says nothing that the run does not say better.
  deleteAfterSeconds: 3_600,
  retentionSeconds: 14 * DAY_SECONDS,
} as const;

/**
 * pg-boss on a pool of the house. Its own cron is not used: it forgets what came due while nobody was there.
 * @param may `supervise`: look after jobs whose worker died, delete old ones; `migrate`: install or upgrade it
 */
export function bossOn(
  database: Database,
  may: {
    readonly supervise?: boolean;
    readonly migrate?: boolean;
    readonly onError?: (error: Error) => void;
  } = {},
): PgBoss {
  const boss = new PgBoss({
    db: { executeSql: async (text, values) => ({ rows: await database.query(text, values) }) },
    schema: SCHEMA,
    supervise: may.supervise ?? false,
    migrate: may.migrate ?? false,
    schedule: false,
    registerInstance: false,
  });
  // Without a listener a failed look into the database ends the process; it looks again by itself.
  boss.on('error', may.onError ?? (() => undefined));
  return boss;
}

/**
 * Installs pg-boss and its queues, or brings them up to date. Whoever calls it keeps others from doing the same.
 */
export async function installQueues(url: string): Promise<void> {
  const database = new Database(url, { maxConnections: 2 });
  try {
    const wanted = installation();
    const [found] = await database.query<{ installed: string | null }>(
      `SELECT obj_description(oid, 'pg_namespace') AS installed FROM pg_namespace WHERE nspname = $1`,
      [SCHEMA],
    );
    if (found?.installed === wanted) return;
    const boss = bossOn(database, { migrate: true });
    await boss.start();
    await boss.createQueue(DEAD_LETTERS, { retryLimit: 10, retryDelay: 10, retryBackoff: true });
    for (const queue of QUEUES) {
      await boss.createQueue(queue, QUEUE_OPTIONS);
      const { policy: _policy, ...changeable } = QUEUE_OPTIONS;
      await boss.updateQueue(queue, changeable);
    }
    await boss.stop({ graceful: false });
    await database.query(`COMMENT ON SCHEMA ${SCHEMA} IS '${wanted}'`);
  } finally {
    await database.close();
  }
}

/** What is installed, as one word that is compared at each start. */
function installation(): string {
  const { version } = JSON.parse(
    readFileSync(new URL(import.meta.resolve('pg-boss/package.json')), 'utf8'),
  ) as { version: string };
  const queues = createHash('sha256').update(JSON.stringify([QUEUES, DEAD_LETTERS, QUEUE_OPTIONS]));
  return `pg-boss ${version}, queues ${queues.digest('hex').slice(0, 12)}`;
}
