import { Injectable } from '@nestjs/common';
import { failPoint } from '../common/fail-point.js';
import { Database, type Client } from '../database/database.js';
import { findSource } from '../sources/index.js';
import { Jobs } from './jobs.js';
import { isSourcePaused } from './pauses.js';
import { kindOf, nextSteps } from './plan.js';
import { isUniqueViolation, ONE_RUNNING, RunLedger } from './run-ledger.js';
import { claimLost, type RunOwner } from './run-owner.js';
import type { ClaimedRun, ClaimedStep, Failure, RunEnd, StepOutcome } from './run.js';

/** Taken while limits are counted, so that two workers do not both take the last place. */
const LIMIT_LOCK = 771_005;
/** Downloads from one publisher at once, unless an operator limits it otherwise. */
const PER_HOST = 4;
/** When all places are taken, a step asks again after this. */
const BUSY_WAIT_MS = 2_000;

/** Why a step was not claimed: it is over or somebody's, its run must wait, its source is paused, all places are taken. */
export type Refusal = 'over' | 'not-yet' | 'paused' | 'busy';

/** Who is at which step of a run. What becomes of steps that somebody left is in `step-recovery.ts`. */
@Injectable()
export class StepLedger {
  constructor(
    private readonly database: Database,
    private readonly runs: RunLedger,
    private readonly jobs: Jobs,
  ) {}

  /**
   * Takes a step. Runs of one source are strictly serial, oldest first.
   * @param job.epoch of the run when the job was sent; a job of an earlier one is void
   * @param isAttended by the command that looks after the run: pauses are for those nobody asked
   */
  async claim(
    owner: RunOwner,
    job: { readonly runId: number; readonly step: string; readonly epoch?: number },
    isAttended: boolean,
  ): Promise<ClaimedStep | Refusal> {
    try {
      return await this.database.transaction(async (client) => {
        const { rows } = await client.query<
          ClaimedRun & { state: string; attendedBy: number | null; isEarly: boolean }
        >(
          `SELECT id, source_id AS "sourceId", epoch, crashes, setbacks, trigger, requested, state,
                  attended_by AS "attendedBy", not_before > clock_timestamp() AS "isEarly"
           FROM run WHERE id = $1 AND ended_at IS NULL FOR NO KEY UPDATE`,
          [job.runId],
        );
        const found = rows[0];
        if (found === undefined || (job.epoch ?? found.epoch) !== found.epoch) return 'over';
        const { state, attendedBy, isEarly, ...run } = found;
        if (attendedBy !== null && attendedBy !== owner.id) return 'over';
        if (isEarly && !isAttended) return 'not-yet';
        if (state === 'queued' && (await mustWait(client, run, isAttended))) return 'not-yet';
        if (!isAttended && (await isSourcePaused(client, run.sourceId))) {
          await this.waitAsSeen(client, run.id, { isPaused: true });
          return 'paused';
        }
        const { rows: steps } = await client.query<{ state: string; isEarly: boolean }>(
          `SELECT state, not_before > clock_timestamp() AS "isEarly" FROM run_step WHERE run_id = $1 AND name = $2`,
          [run.id, job.step],
        );
        if (steps[0]?.state === 'running' || steps[0]?.state === 'done') return 'over';
        if (steps[0]?.isEarly === true && !isAttended) return 'not-yet';
        const host = await hostOf(client, run, job.step);
        if (await areAllPlacesTaken(client, run.sourceId, host)) {
          if (!isAttended) await this.askAgain(client, run.id, job.step);
          return 'busy';
        }
        await client.query(
          `UPDATE run SET state = 'running', started_at = coalesce(started_at, clock_timestamp())
           WHERE id = $1 AND state = 'queued'`,
          [run.id],
        );
        const { rows: claimed } = await client.query<{ attempt: number; deferrals: number }>(
          `INSERT INTO run_step (run_id, name, state, epoch, owner, host, lease_until, job)
           VALUES ($1, $2, 'running', $3, $4, $5, clock_timestamp() + make_interval(secs => $6), 1)
           ON CONFLICT (run_id, name) DO UPDATE SET
             state = 'running', epoch = excluded.epoch, owner = excluded.owner, host = excluded.host,
             lease_until = excluded.lease_until, attempt = run_step.attempt + 1, job = run_step.job + 1,
             error = NULL, started_at = clock_timestamp(), ended_at = NULL
           RETURNING attempt, deferrals`,
          [run.id, job.step, run.epoch, owner.id, host, owner.leaseSeconds],
        );
        return { run, name: job.step, attempt: 1, deferrals: 0, ...claimed[0] };
      });
    } catch (error) {
      // Two workers began two runs of one source at the same moment: the other one has it.
      if (isUniqueViolation(error, ONE_RUNNING)) return 'not-yet';
      throw error;
    }
  }

  /**
   * Makes the effect of a step durable, and the step done, in one transaction; the steps that follow get their jobs in it.
   * @throws ConflictError RUN_TAKEN_OVER when the step is no longer ours: nothing of the effect is left
   */
  async commit(
    step: ClaimedStep,
    effect: (client: Client) => Promise<StepOutcome>,
    signal?: AbortSignal,
  ): Promise<StepOutcome> {
    const outcome = await this.database.transaction(async (client) => {
      const done = await effect(client);
      const { wasDoneBefore } = await this.fence(client, step);
      // The fence is the last thing but a few short lines: nobody waits for a merge to cancel a run, or to renew a lease.
      await client.query(
        `UPDATE run_step SET state = 'done', result = $3, owner = NULL, lease_until = NULL, ended_at = clock_timestamp()
         WHERE run_id = $1 AND name = $2`,
        [step.run.id, step.name, JSON.stringify(done.result ?? null)],
      );
      if (done.editionId !== undefined)
        await client.query(`UPDATE run SET edition_id = $2 WHERE id = $1`, [step.run.id, done.editionId]);
      // What is done again, because it was lost, brings nobody further: it does not end a row of setbacks.
      if (done.end === undefined) await this.goOn(client, step.run.id, { isProgress: !wasDoneBefore });
      else await this.runs.endIn(client, step.run, done.end);
      await failPoint(`${step.name}:before-commit`);
      return done;
    }, signal);
    this.jobs.wake();
    return outcome;
  }

  /** Was the step made durable under this very claim? Asked when a connection was lost after COMMIT was sent. */
  async isDone({ run, name, attempt }: ClaimedStep): Promise<boolean> {
    const rows = await this.database.query(
      `SELECT FROM run_step WHERE run_id = $1 AND name = $2 AND attempt = $3 AND state = 'done'`,
      [run.id, name, attempt],
    );
    return rows.length > 0;
  }

  /**
   * Gives a step back, for whoever takes it: this process stops, the other side asked to come later, or the house itself had a
   * setback.
   * @param counts as what it counts; without it nothing was wrong
   */
  async giveBack(
    step: ClaimedStep,
    waitMs: number,
    counts?: { readonly as: 'deferral' | 'setback'; readonly why: Failure },
  ): Promise<void> {
    const error = counts === undefined ? null : JSON.stringify(counts.why);
    const deferrals = counts?.as === 'deferral' ? 1 : 0;
    const setbacks = counts?.as === 'setback' ? 1 : 0;
    await this.database.transaction(async (client) => {
      await this.fence(client, step);
      await client.query(
        `UPDATE run_step SET state = 'waiting', owner = NULL, lease_until = NULL, error = $3, deferrals = deferrals + $5,
                not_before = clock_timestamp() + make_interval(secs => $4), ended_at = clock_timestamp()
         WHERE run_id = $1 AND name = $2`,
        [step.run.id, step.name, error, waitMs / 1_000, deferrals],
      );
      // The other side is busy for the other steps as well.
      await client.query(
        `UPDATE run SET error = $2, deferrals = deferrals + $4, setbacks = setbacks + $5,
                not_before = greatest(not_before, clock_timestamp() + make_interval(secs => $3))
         WHERE id = $1`,
        [step.run.id, error, waitMs / 1_000, deferrals, setbacks],
      );
      await this.waitAsSeen(client, step.run.id);
      await this.runs.sendPending(client, step.run.id);
    });
    this.jobs.wake();
  }

  /** Ends the run at a step that cannot be done. */
  async fail(step: ClaimedStep, end: RunEnd): Promise<void> {
    await this.database.transaction(async (client) => {
      await this.fence(client, step);
      await client.query(
        `UPDATE run_step SET state = 'failed', owner = NULL, lease_until = NULL, error = $3, ended_at = clock_timestamp()
         WHERE run_id = $1 AND name = $2`,
        [step.run.id, step.name, JSON.stringify(end.error)],
      );
      await this.runs.endIn(client, step.run, end);
    });
    this.jobs.wake();
  }

  /** A crash of PostgreSQL emptied what was staged: all parts are staged again. */
  async stageAgain(step: ClaimedStep): Promise<void> {
    await this.database.transaction(async (client) => {
      await this.fence(client, step);
      await client.query(`UPDATE run SET epoch = epoch + 1, setbacks = setbacks + 1 WHERE id = $1`, [
        step.run.id,
      ]);
      await this.runs.forgetSteps(client, step.run.id);
      await this.runs.sendPending(client, step.run.id);
    });
    this.jobs.wake();
  }

  /** What may be done now, by whoever looks after the run. */
  async pending(runId: number): Promise<readonly string[]> {
    const rows = await this.database.query(`SELECT FROM run WHERE id = $1 AND ended_at IS NULL`, [runId]);
    return rows.length === 0 ? [] : nextSteps(await this.runs.doneSteps(runId));
  }

  /** Only the present claim of the step passes; it keeps its run's line until the transaction ends. */
  private async fence(
    client: Client,
    { run, name, attempt }: ClaimedStep,
  ): Promise<{ readonly wasDoneBefore: boolean }> {
    const { rows } = await client.query<{ state: string; epoch: number }>(
      `SELECT state, epoch FROM run WHERE id = $1 FOR NO KEY UPDATE`,
      [run.id],
    );
    const { rows: steps } = await client.query<{ wasDoneBefore: boolean }>(
      `SELECT result IS NOT NULL AS "wasDoneBefore" FROM run_step
       WHERE run_id = $1 AND name = $2 AND attempt = $3 AND state = 'running' FOR NO KEY UPDATE`,
      [run.id, name, attempt],
    );
    if (rows[0]?.epoch !== run.epoch || steps[0] === undefined)
      throw claimLost(run.id, rows[0]?.state === 'cancelled');
    return steps[0];
  }

  /** A step was done: what follows may begin, and setbacks are over if the run got further than it was before. */
  private async goOn(
    client: Client,
    runId: number,
    { isProgress }: { readonly isProgress: boolean },
  ): Promise<void> {
    if (isProgress) await client.query(`UPDATE run SET setbacks = 0 WHERE id = $1 AND setbacks > 0`, [runId]);
    await this.waitAsSeen(client, runId);
    await this.runs.sendPending(client, runId);
  }

  /** A run that was put off, or paused, and none of whose steps is at work waits, as people see it, too. */
  private async waitAsSeen(client: Client, runId: number, { isPaused = false } = {}): Promise<void> {
    await client.query(
      `UPDATE run SET state = 'queued'
       WHERE id = $1 AND state = 'running' AND attended_by IS NULL
         AND NOT EXISTS (SELECT FROM run_step WHERE run_id = $1 AND state = 'running')
         AND ($2 OR not_before > clock_timestamp() OR EXISTS (SELECT FROM run_step WHERE run_id = $1 AND state = 'waiting'))`,
      [runId, isPaused],
    );
  }

  private async askAgain(client: Client, runId: number, step: string): Promise<void> {
    await client.query(
      `INSERT INTO run_step (run_id, name, state, epoch, attempt, job, not_before)
       VALUES ($1, $2, 'waiting', 0, 0, 1, clock_timestamp() + make_interval(secs => $3))
       ON CONFLICT (run_id, name) DO UPDATE SET job = run_step.job + 1, not_before = excluded.not_before`,
      [runId, step, BUSY_WAIT_MS / 1_000],
    );
    await this.runs.sendPending(client, runId);
  }
}

/** An earlier run of the source comes first; before one that a person waits for, only what is at work. */
async function mustWait(client: Client, run: ClaimedRun, isAttended: boolean): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM run WHERE source_id = $1 AND ended_at IS NULL AND id <> $2
       AND (state = 'running' OR (id < $2 AND NOT $3)) LIMIT 1`,
    [run.sourceId, run.id, isAttended],
  );
  return rowCount !== 0;
}

/** The publisher's host that a step downloads from, if it does. */
async function hostOf(client: Client, run: ClaimedRun, step: string): Promise<string | null> {
  const { kind, part } = kindOf(step);
  if (kind === 'locate') {
    const { files, editionId } = run.requested;
    const isHere = files !== undefined || editionId !== undefined;
    return isHere ? null : (findSource(run.sourceId)?.hosts[0] ?? null);
  }
  if (kind !== 'load') return null;
  const { rows } = await client.query<{ url: string | null }>(
    `SELECT p ->> 'url' AS url FROM run_step l, jsonb_array_elements(l.result -> 'parts') p
     WHERE l.run_id = $1 AND l.name = 'locate' AND p ->> 'name' = $2`,
    [run.id, part],
  );
  const url = rows[0]?.url;
  return url === null || url === undefined ? null : new URL(url).hostname;
}

async function areAllPlacesTaken(client: Client, sourceId: string, host: string | null): Promise<boolean> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [LIMIT_LOCK]);
  // A publisher that counts requests is asked for one file at a time, by all workers together.
  const perHost = findSource(sourceId)?.pauseMs === undefined ? PER_HOST : 1;
  const { rowCount } = await client.query(
    `WITH at_work AS (
       SELECT r.source_id, s.host FROM run_step s JOIN run r ON r.id = s.run_id WHERE s.state = 'running'
     )
     SELECT FROM (
       SELECT most, (SELECT count(*) FROM at_work) AS taken FROM concurrency_limit WHERE kind = 'overall'
       UNION ALL
       SELECT most, (SELECT count(*) FROM at_work WHERE source_id = $1) FROM concurrency_limit
       WHERE kind = 'source' AND name = $1
       UNION ALL
       SELECT coalesce((SELECT most FROM concurrency_limit WHERE kind = 'host' AND name = $2), $3),
              (SELECT count(*) FROM at_work WHERE host = $2)
       WHERE $2 IS NOT NULL
     ) AS limits WHERE taken >= most LIMIT 1`,
    [sourceId, host, perHost],
  );
  return rowCount !== 0;
}
