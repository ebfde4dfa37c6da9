import { Injectable } from '@nestjs/common';
import { failPoint } from '../common/fail-point.js';
import { Database } from '../database/database.js';
import { QUEUES } from '../database/job-queues.js';
import { Jobs } from './jobs.js';
import { isPausedNow } from './pauses.js';
import { RunLedger } from './run-ledger.js';
import { LEASE_CLASS } from './run-owner.js';
import { dropStagingIfFree } from './staging.js';
import type { ClaimedRun, Failure } from './run.js';

/** A run whose process died this often is not tried again: it may be what kills the process. */
const MAX_CRASHES = 3;
/** Whoever took a job claims its step in a moment. */
const CLAIMS_WITHIN_SECONDS = 5;
/** So many runs are looked through at once for jobs that got lost. */
const LOOKED_AT = 500;

/** True in SQL when no living process holds the owner's advisory lock. */
const isGone = (owner: string): string => `NOT EXISTS (
  SELECT FROM pg_locks l
  WHERE l.locktype = 'advisory' AND l.classid = ${LEASE_CLASS} AND l.objid = ${owner}::oid AND l.objsubid = 2
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))`;

/** A run that somebody left in the middle of something. */
export interface Abandoned {
  readonly runId: number;
  /** The lease of a step came to its end; else only sessions of owners are gone. */
  readonly isExpired: boolean;
}

/** What becomes of steps that somebody left, and of jobs that got lost. */
@Injectable()
export class StepRecovery {
  constructor(
    private readonly database: Database,
    private readonly runs: RunLedger,
    private readonly jobs: Jobs,
  ) {}

  /** Runs that somebody left in the middle of something: died, was cut off, or froze. */
  async abandoned(sourceId?: string): Promise<readonly Abandoned[]> {
    return this.database.query<Abandoned & Record<string, unknown>>(
      `SELECT run_id AS "runId", bool_or(is_expired) AS "isExpired" FROM (
         SELECT run_id, lease_until < clock_timestamp() AS is_expired FROM run_step s
         WHERE state = 'running' AND (lease_until < clock_timestamp() OR ${isGone('s.owner')})
         UNION ALL
         SELECT id, false FROM run r
         WHERE ended_at IS NULL AND attended_by IS NOT NULL AND ${isGone('r.attended_by')}) left_by
       WHERE $1::text IS NULL OR EXISTS (SELECT FROM run WHERE id = run_id AND source_id = $1)
       GROUP BY run_id`,
      [sourceId ?? null],
    );
  }

  /**
   * Takes a run's steps from whoever left them. However many did at once, it counts once: machines die too. A run that killed
   * its processes again and again is ended instead.
   * @returns how often processes died on the run, or nothing when there was nothing to take
   */
  async takeOver({ runId }: Abandoned): Promise<number | undefined> {
    const crashes = await this.database.transaction(async (client) => {
      const { rows } = await client.query<ClaimedRun>(
        `SELECT id, source_id AS "sourceId", epoch, crashes + 1 AS crashes, setbacks, trigger, requested
         FROM run WHERE id = $1 AND ended_at IS NULL FOR NO KEY UPDATE SKIP LOCKED`,
        [runId],
      );
      const run = rows[0];
      if (run === undefined) return undefined;
      // A command that is suspended keeps its session, but not the lease of its step.
      const { rowCount: attended } = await client.query(
        `UPDATE run r SET attended_by = NULL
         WHERE id = $1 AND attended_by IS NOT NULL
           AND (${isGone('r.attended_by')} OR EXISTS (
             SELECT FROM run_step s WHERE s.run_id = r.id AND s.state = 'running' AND s.owner = r.attended_by
                                      AND s.lease_until < clock_timestamp()))`,
        [runId],
      );
      const { rowCount: steps } = await client.query(
        `UPDATE run_step s SET state = 'waiting', owner = NULL, lease_until = NULL, not_before = clock_timestamp(),
                error = $2
         WHERE run_id = $1 AND state = 'running' AND (lease_until < clock_timestamp() OR ${isGone('s.owner')})`,
        [
          runId,
          JSON.stringify({
            code: 'WORKER_LOST',
            message: 'the process that worked on it died or was cut off',
            nextStep: 'Nothing: the step is taken up again by itself.',
          }),
        ],
      );
      if (steps === 0 && attended === 0) return undefined;
      await client.query(`UPDATE run SET crashes = $2 WHERE id = $1`, [runId, run.crashes]);
      if (run.crashes >= MAX_CRASHES) {
        const end = { state: 'failed', error: poisoned(run) } as const;
        await this.runs.endIn(client, run, end, dropStagingIfFree);
      } else {
        await this.runs.sendPending(client, runId);
      }
      await failPoint('sweep:before-commit');
      return run.crashes;
    });
    if (crashes === undefined) return undefined;
    this.jobs.wake();
    await this.runs.tell({ id: runId }, 'warning', null, 'taken over: the process that worked on it died', {
      crashes,
    });
    return crashes;
  }

  /** Sends jobs that got lost: whatever is due and that nobody is at. Those that wait already are not sent twice. */
  async sendOverdue(): Promise<void> {
    await this.replaceLostJobs();
    const due = await this.database.query<{ id: number }>(
      `SELECT r.id FROM run r
       WHERE r.ended_at IS NULL AND r.attended_by IS NULL AND r.not_before <= clock_timestamp()
         AND NOT ${isPausedNow('r.source_id')}
         AND (r.state = 'running' OR NOT EXISTS (
           SELECT FROM run e WHERE e.source_id = r.source_id AND e.ended_at IS NULL
                               AND (e.state = 'running' OR e.id < r.id)))
       ORDER BY r.id LIMIT $1`,
      [LOOKED_AT],
    );
    for (const { id } of due) await this.database.transaction((client) => this.runs.sendPending(client, id));
    if (due.length > 0) this.jobs.wake();
  }

  /**
   * A process that died after it took a job, and before it claimed the step, leaves the job as if somebody were at it. Its
   * heartbeat would tell only after a minute; the ledger knows better, and lets another job be sent.
   */
  private async replaceLostJobs(): Promise<void> {
    await this.database.query(
      `INSERT INTO run_step (run_id, name, state, epoch, attempt, job)
       SELECT DISTINCT r.id, j.data ->> 'step', 'waiting', 0, 0, 1
       FROM pgboss.job j JOIN run r ON r.id = (j.data ->> 'runId')::bigint AND r.ended_at IS NULL
       LEFT JOIN run_step s ON s.run_id = r.id AND s.name = j.data ->> 'step'
       WHERE j.name = ANY ($1) AND j.state = 'active' AND j.started_on < clock_timestamp() - make_interval(secs => $2)
         -- A line that conflicts is locked even if nothing is changed in it, and those of steps at work are renewed.
         AND (s.run_id IS NULL OR s.state IN ('waiting', 'failed'))
       ON CONFLICT (run_id, name) DO UPDATE SET job = run_step.job + 1 WHERE run_step.state IN ('waiting', 'failed')`,
      [QUEUES, CLAIMS_WITHIN_SECONDS],
    );
  }

  /** Ends a run whose job came to nothing again and again: not even its failure could be written down. */
  async bury(runId: number, epoch: number, step: string): Promise<void> {
    await this.database.transaction(async (client) => {
      const { rows } = await client.query<ClaimedRun>(
        `SELECT id, source_id AS "sourceId", epoch, crashes, setbacks, trigger, requested FROM run
         WHERE id = $1 AND ended_at IS NULL AND epoch = $3
           AND NOT EXISTS (SELECT FROM run_step WHERE run_id = $1 AND name = $2 AND state IN ('running', 'done'))
         FOR NO KEY UPDATE`,
        [runId, step, epoch],
      );
      if (rows[0] === undefined) return;
      await this.runs.endIn(client, rows[0], {
        state: 'failed',
        error: {
          code: 'STEP_UNDELIVERABLE',
          message: `run ${runId}: the job for the step ${step} came to nothing again and again`,
          nextStep: `Look into the log of the workers; then: npx isinglass retry ${runId}.`,
        },
      });
    });
  }
}

function poisoned({ id, crashes }: ClaimedRun): Failure {
  return {
    code: 'RUN_POISONED',
    message: `the process that worked on this run died ${crashes} times`,
    nextStep: `Read the last events of the run and the log of the process; then: npx isinglass retry ${id}.`,
  };
}
