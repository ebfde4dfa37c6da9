import { Injectable, Logger } from '@nestjs/common';
import { ConflictError, IsinglassError } from '../common/errors.js';
import { masked } from '../common/secrets.js';
import { Database, type Client, type Queries, type Queryable } from '../database/database.js';
import { Jobs, type StepJob } from './jobs.js';
import { nextSteps, type DoneSteps } from './plan.js';
import { RunLog, type LogLevel } from './run-log.js';
import { dropStaging, dropStagingIfFree } from './staging.js';
import type { ClaimedRun, Failure, RunEnd, RunRequest, Trigger } from './run.js';

const CLAIMED = `id, source_id AS "sourceId", epoch, crashes, setbacks, trigger, requested`;

/** Of one source one run is at work. */
export const ONE_RUNNING = 'run_one_running_per_source';

/** The story of every run, in the database: that there is one, what was seen on its way, and how it ended. */
@Injectable()
export class RunLedger {
  private readonly logger = new Logger('Runs');

  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly log: RunLog,
  ) {}

  /** Puts a run into the queue; with the job for its first step, unless another run of the source comes first. */
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
    const { id } = onlyRow(rows);
    const earlier = await db.query(
      `SELECT FROM run WHERE source_id = $1 AND ended_at IS NULL AND id < $2 LIMIT 1`,
      [sourceId, id],
    );
    // It is sent when that one ends: hundreds of jobs that all come too early would keep the queue from everybody else.
    if (earlier.rowCount === 0) await this.sendPending(db, id);
    return id;
  }

  /** Lets a run of the source that was put off, and that brings what is new, begin now. @returns which, if one was */
  async bringForward(client: Client, sourceId: string): Promise<number | undefined> {
    const { rows } = await client.query<{ id: number }>(
      // Under a new epoch all its jobs have new keys: those that sleep in the queue keep none of them from being sent.
      `UPDATE run SET not_before = clock_timestamp(), epoch = epoch + 1
       WHERE source_id = $1 AND state = 'queued' AND not_before > clock_timestamp()
         AND NOT requested ?| ARRAY['edition', 'editionId', 'files']
         AND NOT EXISTS (SELECT FROM run_step WHERE run_id = run.id AND state = 'running')
       RETURNING id`,
      [sourceId],
    );
    const run = rows[0];
    if (run === undefined) return undefined;
    await client.query(
      `UPDATE run_step SET not_before = clock_timestamp() WHERE run_id = $1 AND state = 'waiting'`,
      [run.id],
    );
    await this.sendPending(client, run.id);
    return run.id;
  }

  /**
   * Makes a run that this owner carries out itself.
   * @param note what else is written in the same transaction
   * @throws ConflictError RUN_IN_PROGRESS while another run of the source is running
   */
  async start(
    owner: number,
    sourceId: string,
    trigger: Trigger,
    requested: RunRequest,
    note: (client: Client, runId: number) => Promise<void> = async () => undefined,
  ): Promise<number> {
    const make = this.database.transaction(async (client) => {
      await this.refuseSecondRun(client, sourceId, ['running']);
      const { rows } = await client.query<{ id: number }>(
        `INSERT INTO run (source_id, trigger, requested, state, attended_by, started_at)
         VALUES ($1, $2, $3, 'running', $4, clock_timestamp()) RETURNING id`,
        [sourceId, trigger, JSON.stringify(requested), owner],
      );
      const { id } = onlyRow(rows);
      await note(client, id);
      return id;
    });
    return make.catch(async (error: unknown) => {
      // A worker began one at the same moment.
      if (isUniqueViolation(error, ONE_RUNNING))
        await this.database.transaction((client) => this.refuseSecondRun(client, sourceId, ['running']));
      throw error;
    });
  }

  /** A run of the source that was begun, and that nobody is at. */
  async leftHalfWay(sourceId: string): Promise<number | undefined> {
    const rows = await this.database.query<{ id: number }>(
      `SELECT id FROM run r
       WHERE source_id = $1 AND ended_at IS NULL AND attended_by IS NULL AND not_before <= clock_timestamp()
         AND started_at IS NOT NULL AND NOT EXISTS (SELECT FROM run_step WHERE run_id = r.id AND state = 'running')
       ORDER BY id LIMIT 1`,
      [sourceId],
    );
    return rows[0]?.id;
  }

  /** The run that follows on one that left editions over, if it has not ended yet. */
  async follower(sourceId: string): Promise<number | undefined> {
    const rows = await this.database.query<{ id: number }>(
      `SELECT id FROM run WHERE source_id = $1 AND ended_at IS NULL AND trigger = 'backlog' ORDER BY id LIMIT 1`,
      [sourceId],
    );
    return rows[0]?.id;
  }

  /** A command looks after the run from now on. */
  async attend(runId: number, owner: number): Promise<void> {
    await this.database.query(
      `UPDATE run SET attended_by = $2 WHERE id = $1 AND ended_at IS NULL AND attended_by IS NULL`,
      [runId, owner],
    );
  }

  /** The command goes; whoever takes jobs may go on. */
  async leave(runId: number, owner: number): Promise<void> {
    await this.database.transaction(async (client) => {
      const { rowCount } = await client.query(
        `UPDATE run SET attended_by = NULL, state = 'queued'
         WHERE id = $1 AND attended_by = $2 AND ended_at IS NULL`,
        [runId, owner],
      );
      if (rowCount === 1) await this.sendPending(client, runId);
    });
  }

  async hasEnded(runId: number): Promise<boolean> {
    const rows = await this.database.query(`SELECT FROM run WHERE id = $1 AND ended_at IS NOT NULL`, [runId]);
    return rows.length > 0;
  }

  /**
   * One line of the run's story, written at once: it survives whatever becomes of the step that tells it. Never throws: what
   * cannot be written there is said in the log of the process.
   */
  async tell(
    run: Pick<ClaimedRun, 'id'>,
    level: LogLevel,
    step: { readonly name: string; readonly attempt: number } | null,
    message: string,
    fields: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    try {
      await this.log.write(run.id, { level, step: step?.name, attempt: step?.attempt, message, fields });
    } catch (error) {
      // A full disk or a lost connection keeps nobody from ending the step as it should end.
      this.logger.warn(`run ${run.id}: "${message}" could not be written: ${failureOf(error).message}`);
    }
  }

  /** What a step of the run came to before it had to be done again. */
  async earlierResult(runId: number, step: string): Promise<unknown> {
    const rows = await this.database.query<{ result: unknown }>(
      `SELECT result FROM run_step WHERE run_id = $1 AND name = $2`,
      [runId, step],
    );
    return rows[0]?.result ?? undefined;
  }

  /** Results of the steps that are done. */
  async doneSteps(runId: number, db: Queries = this.database): Promise<DoneSteps> {
    const rows = await db.query<{ name: string; result: unknown }>(
      `SELECT name, result FROM run_step WHERE run_id = $1 AND state = 'done'`,
      [runId],
    );
    return new Map(rows.map(({ name, result }) => [name, result]));
  }

  /**
   * Sends a job for each step of the run that may be done now and that nobody is at. A job that waits already is not sent
   * twice.
   */
  async sendPending(client: Queryable, runId: number): Promise<void> {
    const { rows } = await client.query<{ epoch: number; waitMs: number }>(
      `SELECT epoch, (extract(epoch FROM not_before - clock_timestamp()) * 1000)::float8 AS "waitMs"
       FROM run WHERE id = $1 AND ended_at IS NULL AND attended_by IS NULL`,
      [runId],
    );
    const run = rows[0];
    if (run === undefined) return;
    const { rows: steps } = await client.query<{
      name: string;
      state: string;
      result: unknown;
      job: number;
      waitMs: number;
    }>(
      `SELECT name, state, result, job, (extract(epoch FROM not_before - clock_timestamp()) * 1000)::float8 AS "waitMs"
       FROM run_step WHERE run_id = $1`,
      [runId],
    );
    const done = new Map(steps.filter(({ state }) => state === 'done').map((s) => [s.name, s.result]));
    const jobs = nextSteps(done).flatMap((step): StepJob[] => {
      const row = steps.find(({ name }) => name === step);
      if (row?.state === 'running') return [];
      const waitMs = Math.max(run.waitMs, row?.waitMs ?? 0);
      return [{ runId, epoch: run.epoch, step, job: row?.job ?? 0, waitMs }];
    });
    await this.jobs.send(client, jobs);
  }

  /**
   * Ends a run in the caller's transaction: drops what it staged, takes its steps from whoever is still at them, and lets
   * the next run of the source begin. The caller holds the run's line.
   * @param drop how what was staged is dropped: by whoever holds the last step, waiting; else only if nobody is at it
   */
  async endIn(
    client: Client,
    run: Pick<ClaimedRun, 'id' | 'sourceId' | 'requested'>,
    end: RunEnd,
    drop: (client: Client, runId: number) => Promise<void> = dropStaging,
  ): Promise<void> {
    const { state, error, totals, publication, hasFollower } = end;
    await drop(client, run.id);
    // What only asked for a place was never begun.
    await client.query(`DELETE FROM run_step WHERE run_id = $1 AND state = 'waiting' AND attempt = 0`, [
      run.id,
    ]);
    await client.query(
      `UPDATE run_step SET state = 'failed', owner = NULL, lease_until = NULL, ended_at = clock_timestamp(),
              error = $2
       WHERE run_id = $1 AND state IN ('running', 'waiting')`,
      [
        run.id,
        JSON.stringify(error ?? { code: 'RUN_TAKEN_OVER', message: `the run is ${state}`, nextStep: '' }),
      ],
    );
    await client.query(
      `UPDATE run SET state = $2, error = $3, totals = coalesce($4, totals), publication = $5,
              ended_at = clock_timestamp(), attended_by = NULL
       WHERE id = $1`,
      [run.id, state, jsonOf(error), jsonOf(totals), publication ?? null],
    );
    if (hasFollower === true) {
      const { profile } = run.requested;
      // What was wanted of this edition is wanted of the next one too.
      await this.enqueue(client, run.sourceId, 'backlog', profile === undefined ? {} : { profile });
    }
    await this.sendNext(client, run.sourceId);
  }

  /**
   * Stops a run; what it did so far is gone, and nothing is published. Whoever is at one of its steps is told within
   * seconds, and can commit nothing from now on.
   * @param why who cancelled it, and for what reason
   * @returns false when it had ended already
   */
  async cancel(client: Client, runId: number, why: string): Promise<boolean> {
    const { rows } = await client.query<ClaimedRun>(
      `UPDATE run SET epoch = epoch + 1 WHERE id = $1 AND ended_at IS NULL RETURNING ${CLAIMED}`,
      [runId],
    );
    const run = rows[0];
    if (run === undefined) return false;
    const error = {
      code: 'RUN_CANCELLED',
      message: why,
      nextStep: `Nothing: it published nothing. To take it up again: npx isinglass retry ${runId}.`,
    };
    await this.endIn(client, run, { state: 'cancelled', error }, dropStagingIfFree);
    return true;
  }

  /**
   * Puts a run that ended without publishing back into the queue, to go on at the step that failed. What it had staged was
   * dropped when it ended, so loading is done again, from the files that are kept.
   * @returns false when it is queued or running already
   * @throws ConflictError RUN_NOT_RETRIABLE when it published, or there was nothing new
   */
  async retry(client: Client, runId: number): Promise<boolean> {
    const { rows } = await client.query<{ state: string }>(
      `SELECT state FROM run WHERE id = $1 FOR NO KEY UPDATE`,
      [runId],
    );
    const { state } = onlyRow(rows);
    if (state === 'queued' || state === 'running') return false;
    if (state === 'published' || state === 'unchanged') {
      throw new ConflictError(
        'RUN_NOT_RETRIABLE',
        `run ${runId} is ${state}: there is nothing to do again`,
        'To fetch the list anew: npx isinglass run <source>.',
      );
    }
    await this.forgetSteps(client, runId);
    await client.query(
      `UPDATE run SET state = 'queued', epoch = epoch + 1, crashes = 0, deferrals = 0, setbacks = 0, error = NULL, totals = NULL,
              ended_at = NULL, not_before = clock_timestamp()
       WHERE id = $1`,
      [runId],
    );
    await this.sendPending(client, runId);
    return true;
  }

  /**
   * As if nothing but `locate` had been done, and nothing been found by it. Which files were fetched is not forgotten: they
   * are in the store.
   */
  async forgetSteps(client: Client, runId: number): Promise<void> {
    await dropStaging(client, runId);
    await client.query(
      `UPDATE run_step SET state = 'waiting', owner = NULL, lease_until = NULL, error = NULL,
              not_before = clock_timestamp(), job = job + 1, deferrals = 0
       WHERE run_id = $1 AND (name <> 'locate' OR state <> 'done')`,
      [runId],
    );
    for (const table of ['reject', 'finding', 'drift'])
      await client.query(`DELETE FROM ${table} WHERE run_id = $1`, [runId]);
  }

  /** Lets the oldest waiting run of a source begin. */
  private async sendNext(client: Queryable, sourceId: string): Promise<void> {
    const { rows } = await client.query<{ id: number }>(
      `SELECT id FROM run WHERE source_id = $1 AND state = 'queued' ORDER BY id LIMIT 1`,
      [sourceId],
    );
    if (rows[0] !== undefined) await this.sendPending(client, rows[0].id);
  }

  /** @throws ConflictError RUN_IN_PROGRESS while a run of the source is in one of these states; nobody begins one meanwhile */
  async refuseSecondRun(
    client: Client,
    sourceId: string,
    states: readonly ('queued' | 'running')[],
  ): Promise<void> {
    await client.query(`SELECT FROM source WHERE id = $1 FOR NO KEY UPDATE`, [sourceId]);
    const { rows } = await client.query<{ id: number; state: string }>(
      `SELECT id, state FROM run WHERE source_id = $1 AND state = ANY ($2) ORDER BY id LIMIT 1`,
      [sourceId, states],
    );
    if (rows[0] !== undefined) {
      throw runInProgress(`${sourceId}: run ${rows[0].id} is ${rows[0].state}`, rows[0].id);
    }
  }
}

export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === constraint;
}

/** Said to whoever wants what another run is in the way of. */
export function runInProgress(what: string, run: number): ConflictError {
  return new ConflictError(
    'RUN_IN_PROGRESS',
    what,
    `Wait for it to end: npx isinglass runs ${run}. Or end it: npx isinglass cancel ${run} --reason "<why>"`,
  );
}

/** What a person is shown of an error. */
export function failureOf(error: unknown): Failure {
  if (error instanceof IsinglassError) {
    return { code: error.code, message: masked(error.message), nextStep: masked(error.nextStep) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'UNEXPECTED',
    message: masked(message),
    nextStep: 'This is a fault of Isinglass: please report it with the events of the run.',
  };
}

function jsonOf(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function onlyRow<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined) throw new Error('expected one row');
  return row;
}
