import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CLOCK, type Clock } from '../common/clock.js';
import { ConflictError } from '../common/errors.js';
import { CONFIG, type Config } from '../config/settings.js';
import { Database } from '../database/database.js';
import { SOURCES } from '../sources/index.js';
import { FileStore } from './file-store.js';
import { failureOf } from './run-ledger.js';
import { fileSweep, partSweep } from './sweeps/files.js';
import { ROW_SWEEPS } from './sweeps/rows.js';
import { stagingSweep } from './sweeps/staging.js';
import { WAITS_FOR_DECISION, type Sweep } from './sweeps/sweep.js';

const LOOK_EVERY_MS = 10 * 60_000;
/** A little less than an hour, so that it is due at each sixth look, whichever replica looks. */
const SWEEP_EVERY_MINUTES = 55;
/** Advisory lock of the one who sweeps. */
const RETENTION_LOCK = 771_004;
const LOCK_TIMEOUT_MS = 10_000;

/** How many of each kind were deleted, or would be. */
export type Swept = Readonly<Record<string, number>>;

/** What is deleted by age. Nothing that a reader of instruments sees is among it: no record, history, change, publication. */
const SWEEPS: readonly Sweep[] = [
  ...ROW_SWEEPS,
  {
    kind: 'bulkFiles',
    async sweep({ database, files, keeps, isDryRun }) {
      let removed = 0;
      for (const source of SOURCES) {
        if ('bulk' in source)
          removed += await removeOldFiles(database, files, source.id, keeps.keepWeeks, isDryRun);
      }
      return removed;
    },
  },
  fileSweep,
  partSweep,
  stagingSweep,
];

/**
 * Retention: each hour one of the processes with the role `scheduler` deletes what is old: runs and their logs, slots,
 * files, and what faults left behind.
 */
@Injectable()
export class Retention implements OnApplicationShutdown {
  private readonly logger = new Logger('Retention');
  private readonly stop = new AbortController();
  private sweeping: Promise<void> | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: Database,
    private readonly files: FileStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Interval(LOOK_EVERY_MS)
  async look(): Promise<void> {
    if (!this.config.roles.includes('scheduler') || this.sweeping !== undefined) return;
    this.sweeping = this.sweepIfDue();
    await this.sweeping;
    this.sweeping = undefined;
  }

  async onApplicationShutdown(): Promise<void> {
    this.stop.abort(new Error('this process stops'));
    await this.sweeping;
  }

  /**
   * Deletes what is old now. What one kind meets does not keep the others from being swept.
   * @param options.isDryRun only counts it
   * @throws ConflictError RETENTION_IN_PROGRESS while another process does it; the first of what went wrong
   */
  async sweep(options: { readonly isDryRun?: boolean; readonly signal: AbortSignal }): Promise<Swept> {
    const { isDryRun = false, signal } = options;
    const swept: Record<string, number> = {};
    const failures: unknown[] = [];
    // On a connection of its own: with the process goes the lock.
    const lock = await this.database.dedicatedClient(LOCK_TIMEOUT_MS);
    // Without it another one may begin: each deletion is right by itself, so that does no harm.
    lock.on('error', () => undefined);
    try {
      const { rows } = await lock.query<{ isOurs: boolean; now: Date }>(
        `SELECT pg_try_advisory_lock($1) AS "isOurs", clock_timestamp() AS now`,
        [RETENTION_LOCK],
      );
      if (rows[0]?.isOurs !== true) {
        throw new ConflictError(
          'RETENTION_IN_PROGRESS',
          'another process deletes what is old at this moment',
          'Nothing: it does the same. Its result is in the log of that process.',
        );
      }
      const house = {
        database: this.database,
        files: this.files,
        clock: this.clock,
        keeps: this.config,
        isDryRun,
        signal,
      };
      for (const { kind, sweep } of SWEEPS) {
        signal.throwIfAborted();
        try {
          swept[kind] = await sweep(house);
        } catch (error) {
          signal.throwIfAborted();
          failures.push(error);
        }
      }
      if (!isDryRun) await this.writeDown(rows[0].now, swept, failures);
    } finally {
      await lock.end();
    }
    if (failures.length > 0) throw failures[0];
    return swept;
  }

  private async sweepIfDue(): Promise<void> {
    try {
      const recent = await this.database.query(
        `SELECT FROM retention WHERE began_at > clock_timestamp() - make_interval(mins => $1)`,
        [SWEEP_EVERY_MINUTES],
      );
      if (recent.length > 0) return;
      const swept = await this.sweep({ signal: this.stop.signal });
      const told = Object.entries(swept).filter(([, count]) => count > 0);
      if (told.length > 0)
        this.logger.log(`deleted ${told.map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
    } catch (error) {
      const { code, message } = failureOf(error);
      // The next look tries again.
      if (!this.stop.signal.aborted && code !== 'RETENTION_IN_PROGRESS')
        this.logger.error(`${code}: ${message}`);
    }
  }

  private async writeDown(beganAt: Date, swept: Swept, failures: readonly unknown[]): Promise<void> {
    const error = failures.length > 0 ? JSON.stringify(failureOf(failures[0])) : null;
    await this.database.query(
      `INSERT INTO retention (began_at, ended_at, deleted, error) VALUES ($1, clock_timestamp(), $2, $3)
       ON CONFLICT (is_only) DO UPDATE SET
         began_at = excluded.began_at, ended_at = excluded.ended_at, deleted = excluded.deleted, error = excluded.error`,
      [beganAt, JSON.stringify(swept), error],
    );
  }
}

/**
 * Deletes the files of a source's editions that are older than its newest one by so many weeks, unless they wait for a
 * person. What was said of them stays written down: name, size, hash, and when the bytes went.
 * @returns how many
 */
export async function removeOldFiles(
  database: Database,
  files: FileStore,
  sourceId: string,
  weeks: number,
  isDryRun = false,
): Promise<number> {
  const old = await database.query<{ sha256: string }>(
    `WITH newest AS (
       SELECT max(edition_on) AS edition_on FROM edition WHERE source_id = $1 AND state = 'published'
     ), old AS (
       SELECT f.sha256 FROM file f
       WHERE f.removed_at IS NULL
         AND f.sha256 IN (
           SELECT p.file_sha256 FROM edition_part p JOIN edition e ON e.id = p.edition_id, newest n
           WHERE e.source_id = $1 AND e.edition_on < n.edition_on - 7 * $2::integer)
         AND NOT EXISTS (
           SELECT FROM edition_part p JOIN edition e ON e.id = p.edition_id, newest n
           WHERE p.file_sha256 = f.sha256 AND (
             e.source_id <> $1 OR e.edition_on >= n.edition_on - 7 * $2::integer OR ${WAITS_FOR_DECISION}))
     ), removed AS (
       UPDATE file f SET removed_at = clock_timestamp() FROM old WHERE f.sha256 = old.sha256 AND NOT $3
     )
     SELECT sha256 FROM old`,
    [sourceId, weeks, isDryRun],
  );
  // Written down first: a line without bytes is only fetched again, bytes without a line are found by a later sweep.
  if (!isDryRun) for (const { sha256 } of old) await files.remove(sha256);
  return old.length;
}
