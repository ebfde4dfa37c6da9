import { Injectable, Logger } from '@nestjs/common';
import { ConflictError, IsinglassError } from '../common/errors.js';
import { failPoint } from '../common/fail-point.js';
import { Database, type Client, type Queryable } from '../database/database.js';
import type { ClaimedRun, Failure, RunRequest, RunState, RunTotals, Trigger } from './run.js';
import { LEASE_CLASS, LEASE_END, runTakenOver } from './run-owner.js';

/** A run whose process died this often is not tried again: it may be what kills the process. */
const MAX_CRASHES = 3;

const CLAIMED = `id, source_id AS "sourceId", epoch, crashes, deferrals, trigger, requested`;

/** True for a run whose owner's session is gone, or who stopped renewing its lease. */
const IS_ABANDONED = `(r.lease_until < clock_timestamp() OR NOT EXISTS (
  SELECT FROM pg_locks l
  WHERE l.locktype = 'advisory' AND l.classid = ${LEASE_CLASS} AND l.objid = r.owner::oid AND l.objsubid = 2
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())))`;

/** Makes the effect of a step durable, and the step done, in one transaction. */
export type Commit<Result> = (effect: (client: Client) => Promise<Result>) => Promise<Result>;

/** The story of every run, in the database: who works on it, which steps are done, what was seen on the way. */
@Injectable()
export class RunLedger {
  private readonly logger = new Logger('Runs');

  constructor(private readonly database: Database) {}

  /** Puts a run into the queue. */
  async enqueue(
    db: Queryable,
    sourceId: string,
    trigger: Trigger,
    requested: RunRequest = {},
  ): Promise<number> {
    const { rows } = await db.query<{ id: number }>(
      `INSERT INTO run (source_id, trigger, requested) VALUES ($1, $2, $3) RETURNING id`,
      [sourceId, trigger, JSON.stringify(requested)],
    );
    return onlyRow(rows).id;
  }

  /**
   * Puts a run into the queue unless one of this source is there or running already. One that waits for a publisher
   * that was busy is brought forward: whoever asks now does not want to wait.
   * @throws ConflictError RUN_IN_PROGRESS
   */
  async enqueueAlone(sourceId: string, trigger: Trigger, requested: RunRequest = {}): Promise<number> {
    return this.database.transaction(async (client) => {
      const { rows } = await client.query<{ id: number }>(
        `UPDATE run SET not_before = clock_timestamp()
         WHERE source_id = $1 AND state = 'queued' AND not_before > clock_timestamp() RETURNING id`,
        [sourceId],
      );
      if (rows[0] !== undefined) return rows[0].id;
      await this.refuseSecondRun(client, sourceId, ['queued', 'running']);
      return this.enqueue(client, sourceId, trigger, requested);
    });
  }

  /**
   * Makes a run that nobody but this owner will take.
   * @throws ConflictError RUN_IN_PROGRESS while another run of the source is running
   */
  async start(owner: number, sourceId: string, trigger: Trigger, requested: RunRequest): Promise<ClaimedRun> {
    return this.database.transaction(async (client) => {
      await this.refuseSecondRun(client, sourceId, ['running']);
      const id = await this.enqueue(client, sourceId, trigger, requested);
      const { rows } = await client.query<ClaimedRun>(
        `UPDATE run SET state = 'running', epoch = epoch + 1, owner = $2, started_at = clock_timestamp(),
                        lease_until = ${LEASE_END}
         WHERE id = $1 RETURNING ${CLAIMED}`,
        [id, owner],
      );
      return onlyRow(rows);
    });
  }

  /**
   * Takes the next run that waits, or that its owner abandoned. Runs of one source are strictly serial, oldest first.
   * @param sourceIds the sources this process knows
   */
  async claim(owner: number, sourceIds: readonly string[]): Promise<ClaimedRun | undefined> {
    return this.buryPoisoned(() => this.takeNext(owner, sourceIds));
  }

  /** Takes a run of the source that was left half-way: by a process that died, or by one that was told to stop. */
  async claimUnfinished(owner: number, sourceId: string): Promise<ClaimedRun | undefined> {
    return this.buryPoisoned(() =>
      this.take(
        owner,
        [sourceId],
        `(r.state = 'running' AND ${IS_ABANDONED})
         OR (r.state = 'queued' AND r.epoch > 0 AND r.not_before <= clock_timestamp())`,
      ),
    );
  }

  /** Takes the run that follows on one that left editions over, if nobody else did. */
  async claimFollower(owner: number, sourceId: string): Promise<ClaimedRun | undefined> {
    return this.take(owner, [sourceId], `r.state = 'queued' AND r.trigger = 'backlog'`);
  }

  async hasEnded(runId: number): Promise<boolean> {
    const rows = await this.database.query(`SELECT FROM run WHERE id = $1 AND ended_at IS NOT NULL`, [runId]);
    return rows.length > 0;
  }
  /** A run that killed its processes again and again is ended instead of taken. */
  private async buryPoisoned(take: () => Promise<ClaimedRun | undefined>): Promise<ClaimedRun | undefined> {
    for (;;) {
      const run = await take();
      if (run === undefined || run.crashes < MAX_CRASHES) return run;
      await this.end(run, 'failed', {
        code: 'RUN_POISONED',
        message: `the process that worked on this run died ${run.crashes} times`,
        nextStep: 'Read the last events of the run and the log of the process; then start the run anew.',
      });
    }
  }

  private takeNext(owner: number, sourceIds: readonly string[]): Promise<ClaimedRun | undefined> {
    return this.take(
      owner,
      sourceIds,
      `(r.state = 'queued' AND r.not_before <= clock_timestamp()
         AND NOT EXISTS (SELECT FROM run e WHERE e.source_id = r.source_id AND e.state IN ('queued', 'running')
                         AND (e.state = 'running' OR e.id < r.id)))
       OR (r.state = 'running' AND ${IS_ABANDONED})`,
    );
  }

  private async take(
    owner: number,
    sourceIds: readonly string[],
    condition: string,
  ): Promise<ClaimedRun | undefined> {
    try {
      const rows = await this.database.query<ClaimedRun>(
        `UPDATE run SET state = 'running', epoch = epoch + 1, owner = $1,
                        crashes = crashes + (state = 'running')::int,
                        started_at = coalesce(started_at, clock_timestamp()),
                        lease_until = ${LEASE_END}
         WHERE id = (SELECT r.id FROM run r WHERE r.source_id = ANY ($2) AND (${condition})
                     ORDER BY r.id LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING ${CLAIMED}`,
        [owner, sourceIds],
      );
      return rows[0];
    } catch (error) {
      // Two workers took two runs of one source at the same moment: the other one has it.
      if (isUniqueViolation(error, 'run_one_running_per_source')) return undefined;
      throw error;
    }
  }

  /**
   * Runs one step unless an earlier attempt has done it; then its result is returned as it was.
   * The step is done when `commit` has made its effect durable, never before.
   */
  async step<Result>(
    run: ClaimedRun,
    name: string,
    work: (commit: Commit<Result>) => Promise<Result>,
  ): Promise<Result> {
    const done = await this.doneStep<Result>(run.id, name);
    if (done !== undefined) return done.result;
    await failPoint(`${name}:before`);
    await this.inFence(run, (client) =>
      client.query(
        `INSERT INTO run_step (run_id, name, state, epoch) VALUES ($1, $2, 'running', $3)
         ON CONFLICT (run_id, name) DO UPDATE SET
           state = 'running', epoch = excluded.epoch, error = NULL, started_at = clock_timestamp(), ended_at = NULL`,
        [run.id, name, run.epoch],
      ),
    );
    try {
      const result = await work((effect) =>
        this.inFence(run, async (client) => {
          const value = await effect(client);
          await client.query(
            `UPDATE run_step SET state = 'done', result = $3, ended_at = clock_timestamp() WHERE run_id = $1 AND name = $2`,
            [run.id, name, JSON.stringify(value)],
          );
          await failPoint(`${name}:before-commit`);
          return value;
        }),
      );
      await failPoint(`${name}:after`);
      return result;
    } catch (error) {
      // A connection that is lost after COMMIT was sent leaves open whether it took effect: the database knows.
      const committed = await this.doneStep<Result>(run.id, name).catch(() => undefined);
      if (committed !== undefined) return committed.result;
      await this.failStep(run, name, failureOf(error)).catch((lost: unknown) =>
        this.logger.warn(`run ${run.id}: step ${name} failed, and could not be marked so: ${String(lost)}`),
      );
      throw error;
    }
  }

  /** One line of the run's story. */
  async tell(
    run: Pick<ClaimedRun, 'id'>,
    level: 'info' | 'warning' | 'error',
    step: string | null,
    message: string,
    fields: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    await this.database.query(
      `INSERT INTO run_event (run_id, level, step, message, fields) VALUES ($1, $2, $3, $4, $5)`,
      [run.id, level, step, message, JSON.stringify(fields)],
    );
  }

  /** A run for what the publisher has beyond the edition of this one. What was wanted of this one is wanted of it too. */
  async enqueueFollower(client: Client, { sourceId, requested: { profile } }: ClaimedRun): Promise<void> {
    await this.enqueue(client, sourceId, 'backlog', profile === undefined ? {} : { profile });
  }

  /** As if no step but these had been done, and nothing been found by them. */
  async forgetSteps(run: ClaimedRun, ...except: readonly string[]): Promise<void> {
    await this.inFence(run, async (client) => {
      await client.query(`DELETE FROM run_step WHERE run_id = $1 AND name <> ALL ($2)`, [run.id, except]);
      for (const table of ['reject', 'finding', 'drift'])
        await client.query(`DELETE FROM ${table} WHERE run_id = $1`, [run.id]);
    });
  }

  /**
   * Ends a run that publishes nothing, and drops what it staged.
   * @param hasFollower another run brings in what the publisher has beyond this edition
   */
  async end(
    run: ClaimedRun,
    state: Exclude<RunState, 'queued' | 'running' | 'published'>,
    error?: Failure,
    totals?: RunTotals,
    hasFollower = false,
  ): Promise<void> {
    await this.inFence(run, async (client) => {
      await dropStaging(client, run.id);
      if (hasFollower) await this.enqueueFollower(client, run);
      await client.query(
        `UPDATE run SET state = $2, error = $3, totals = coalesce($4, totals), ended_at = clock_timestamp(),
                        owner = NULL, lease_until = NULL
         WHERE id = $1`,
        [run.id, state, error ? JSON.stringify(error) : null, totals ? JSON.stringify(totals) : null],
      );
    });
  }

  /**
   * Ends a run that waits or is at work; whoever works on it is refused from then on.
   * @returns false when it had ended already
   */
  async cancel(client: Client, runId: number): Promise<boolean> {
    const { rowCount } = await client.query(
      `UPDATE run SET state = 'cancelled', epoch = epoch + 1, ended_at = clock_timestamp()
       WHERE id = $1 AND state IN ('queued', 'running')`,
      [runId],
    );
    if (rowCount === 0) return false;
    await dropStaging(client, runId);
    return true;
  }

  /**
   * Puts a run that ended without a publication back into the queue; what it has done stays done.
   * @returns false when there is nothing to do again
   */
  async retry(client: Client, runId: number): Promise<boolean> {
    const { rowCount } = await client.query(
      `UPDATE run SET state = 'queued', error = NULL, crashes = 0, deferrals = 0, ended_at = NULL,
                      not_before = clock_timestamp()
       WHERE id = $1 AND state IN ('failed', 'refused', 'held', 'cancelled')`,
      [runId],
    );
    return rowCount === 1;
  }

  /** Gives a run back to the queue: this process stops, or the publisher asked us to come later. */
  async release(run: ClaimedRun, notBeforeMs: number, why?: Failure): Promise<void> {
    await this.inFence(run, (client) =>
      client.query(
        `UPDATE run SET state = 'queued', owner = NULL, lease_until = NULL, error = $3,
                        deferrals = deferrals + ($3::jsonb IS NOT NULL)::int,
                        not_before = clock_timestamp() + make_interval(secs => $2)
         WHERE id = $1`,
        [run.id, notBeforeMs / 1000, why ? JSON.stringify(why) : null],
      ),
    );
  }

  /**
   * A transaction that only the present claim of the run may commit.
   * @throws ConflictError RUN_TAKEN_OVER when another process claimed the run since
   */
  async inFence<Result>(run: ClaimedRun, work: (client: Client) => Promise<Result>): Promise<Result> {
    return this.database.transaction(async (client) => {
      const { rowCount } = await client.query(
        `SELECT FROM run WHERE id = $1 AND epoch = $2 AND state = 'running' FOR NO KEY UPDATE`,
        [run.id, run.epoch],
      );
      if (rowCount === 0) {
        throw runTakenOver(run.id);
      }
      const result = await work(client);
      // While the run was locked its lease could not be renewed: see `RunOwner`.
      await client.query(`UPDATE run SET lease_until = ${LEASE_END} WHERE id = $1 AND state = 'running'`, [
        run.id,
      ]);
      return result;
    });
  }

  private async doneStep<Result>(runId: number, name: string): Promise<{ result: Result } | undefined> {
    const rows = await this.database.query<{ result: Result }>(
      `SELECT result FROM run_step WHERE run_id = $1 AND name = $2 AND state = 'done'`,
      [runId, name],
    );
    return rows[0];
  }

  private async failStep(run: ClaimedRun, name: string, failure: Failure): Promise<void> {
    await this.database.query(
      `UPDATE run_step SET state = 'failed', error = $4, ended_at = clock_timestamp()
       WHERE run_id = $1 AND name = $2 AND epoch = $3 AND state = 'running'`,
      [run.id, name, run.epoch, JSON.stringify(failure)],
    );
  }

  private async refuseSecondRun(
    client: Client,
    sourceId: string,
    states: readonly RunState[],
  ): Promise<void> {
    await client.query(`SELECT FROM source WHERE id = $1 FOR NO KEY UPDATE`, [sourceId]);
    const { rows } = await client.query<{ id: number; state: string }>(
      `SELECT id, state FROM run WHERE source_id = $1 AND state = ANY ($2) ORDER BY id LIMIT 1`,
      [sourceId, states],
    );
    if (rows[0] !== undefined) {
      throw new ConflictError(
        'RUN_IN_PROGRESS',
        `${sourceId}: run ${rows[0].id} is ${rows[0].state}`,
        `Wait for it to end: npx isinglass runs ${rows[0].id}`,
      );
    }
  }
}

/** Table below which the staging tables of a run's parts hang. */
export function stagingOf(runId: number): string {
  return `staging.run_${runId}`;
}

/** Takes away all that a run staged. */
export async function dropStaging(client: Client, runId: number): Promise<void> {
  await client.query(`DROP TABLE IF EXISTS ${stagingOf(runId)}_difference`);
  await client.query(`DROP TABLE IF EXISTS ${stagingOf(runId)} CASCADE`);
}

/** What a person is shown of an error. */
export function failureOf(error: unknown): Failure {
  if (error instanceof IsinglassError) {
    return { code: error.code, message: error.message, nextStep: error.nextStep };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'UNEXPECTED',
    message,
    nextStep: 'This is a fault of Isinglass: please report it with the events of the run.',
  };
}

function isUniqueViolation(error: unknown, constraint: string): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === constraint;
}

function onlyRow<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined) throw new Error('expected one row');
  return row;
}
