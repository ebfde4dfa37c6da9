import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { EditionRefusedError, IsinglassError, TryLaterError } from '../common/errors.js';
import { failPoint } from '../common/fail-point.js';
import { CONFIG, type Config } from '../config/settings.js';
import { knownSource } from './known-source.js';
import { Pipeline } from './pipeline.js';
import { kindOf, type StepKind } from './plan.js';
import { failureOf, RunLedger } from './run-ledger.js';
import type { RunOwner } from './run-owner.js';
import type { ClaimedStep, Progress } from './run.js';
import { STAGING_LOST } from './staging.js';
import { StepLedger, type Refusal } from './step-ledger.js';
import { StepProgress } from './step-progress.js';

/** A step nobody waits for is tried again after these pauses when the other side is busy or down. */
const RETRY_AFTER_MS = [5 * 60_000, 30 * 60_000];
/** However long the other side asks to wait: a header may say any year. */
const LONGEST_WAIT_MS = 6 * 3_600_000;
/** PostgreSQL restarts in seconds, and nobody minds being asked again; each time twice as long, up to a minute. */
const SETBACK_WAIT_MS = 1_000;
const LONGEST_SETBACK_WAIT_MS = 60_000;
/** So often in a row the house itself may keep a run from getting on; then it may be what the run does to it. */
const MAX_SETBACKS = 10;
/** A process told to stop does not wait longer than this for a database that is away. */
const STOPS_WITHIN_MS = 3_000;
/** Failures of our own house: nothing is wrong with the step. */
const OURS: readonly string[] = ['DATABASE_UNAVAILABLE', 'DATABASE_CONFLICT', 'LEASE_LOST'];
/** How long a step may take; then it is stopped, and tried again like anything that takes too long. */
export const STEP_TIMEOUT_MS: Readonly<Record<StepKind, number>> = {
  locate: 15 * 60_000,
  load: 2 * 3_600_000,
  stage: 2 * 3_600_000,
  gate: 3_600_000,
  publish: 2 * 3_600_000,
};

export interface PerformOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** A person waits: a failure ends the run instead of putting it off. */
  readonly isAttended: boolean;
  readonly timeoutMs?: number;
}

/** Claims a step and carries it to its end, or gives it back: leases, time-outs, failures and hand-over in one place. */
@Injectable()
export class StepRunner {
  private readonly logger = new Logger('Steps');

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly pipeline: Pipeline,
    private readonly runs: RunLedger,
    private readonly steps: StepLedger,
  ) {}

  /**
   * @returns what kept the step from being claimed; `done` when it was done or its failure written down
   * @throws only when not even the ledger could be told: the database is away
   */
  async perform(
    owner: RunOwner,
    job: { readonly runId: number; readonly step: string; readonly epoch?: number },
    options: PerformOptions,
  ): Promise<Refusal | 'done'> {
    await failPoint('claim:before');
    const step = await this.claim(owner, job, options.isAttended);
    if (typeof step === 'string') return step;
    await failPoint('claim:after');
    const lease = owner.hold(step);
    const progress = new StepProgress((message, fields) =>
      this.runs.tell(step.run, 'info', step, message, fields),
    );
    const timeoutMs = options.timeoutMs ?? STEP_TIMEOUT_MS[kindOf(step.name).kind];
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([options.signal, lease.abort.signal, timeout]);
    try {
      const source = knownSource(step.run.sourceId);
      await this.runs.tell(step.run, 'debug', step, 'begun', { host: hostname(), pid: process.pid });
      await failPoint(`${step.name}:before`);
      await this.pipeline.perform(step, source, signal, (now) => {
        progress.note(now);
        options.onProgress?.(now);
      });
      await failPoint(`${step.name}:after`);
    } catch (error) {
      await this.settle(step, timeout.aborted ? timedOut(step, timeoutMs, error) : error, options);
    } finally {
      progress.end();
      lease.end();
    }
    return 'done';
  }

  private async claim(
    owner: RunOwner,
    job: { readonly runId: number; readonly step: string; readonly epoch?: number },
    isAttended: boolean,
  ): Promise<ClaimedStep | Refusal> {
    try {
      await owner.open();
      return await this.steps.claim(owner, job, isAttended);
    } catch (error) {
      // Nothing was begun: the job comes again with the next look for what is overdue.
      if (isAttended || !(error instanceof TryLaterError)) throw error;
      return 'not-yet';
    }
  }

  /** Writes down what became of a step that threw, also when PostgreSQL is away for a moment. */
  private async settle(step: ClaimedStep, error: unknown, options: PerformOptions): Promise<void> {
    // A person does not wait for long; a worker has nothing better to do, and its lease is its own until somebody takes it.
    const patienceMs = options.isAttended ? (this.config.leaseSeconds * 1_000) / 2 : Infinity;
    const sinceMs = performance.now();
    for (;;) {
      try {
        // A connection that is lost after COMMIT was sent leaves open whether it took effect: the database knows.
        if (await this.steps.isDone(step)) return;
        await this.giveUp(step, error, options);
        return;
      } catch (lost) {
        const { code } = failureOf(lost);
        if (code === 'RUN_TAKEN_OVER' || code === 'RUN_CANCELLED') return;
        const waitedMs = performance.now() - sinceMs;
        const isOver = options.signal.aborted ? waitedMs > STOPS_WITHIN_MS : waitedMs > patienceMs;
        if (!(lost instanceof TryLaterError) || isOver) throw lost;
        await delay(250);
      }
    }
  }

  private async giveUp(step: ClaimedStep, error: unknown, options: PerformOptions): Promise<void> {
    const { run } = step;
    const failure = failureOf(error);
    if (failure.code === 'RUN_TAKEN_OVER' || failure.code === 'RUN_CANCELLED') return;
    if (options.signal.aborted) {
      await this.steps.giveBack(step, 0);
      return this.runs.tell(run, 'info', step, 'put back: this process stops');
    }
    if (failure.code === STAGING_LOST && run.setbacks < MAX_SETBACKS) {
      await this.steps.stageAgain(step);
      return this.runs.tell(run, 'warning', step, `${failure.message}: it is staged again`);
    }
    if (!(error instanceof IsinglassError)) {
      this.logger.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    await this.runs.tell(run, 'error', step, `${failure.code}: ${failure.message}`, {
      nextStep: failure.nextStep,
    });
    this.logger.warn(
      `${run.sourceId}: run ${run.id}: ${failure.code}: ${failure.message} → ${failure.nextStep}`,
    );
    if (OURS.includes(failure.code) && run.setbacks < MAX_SETBACKS) {
      const waitMs = Math.min(
        LONGEST_SETBACK_WAIT_MS,
        SETBACK_WAIT_MS * 2 ** run.setbacks * (1 + Math.random()),
      );
      return this.steps.giveBack(step, waitMs, { as: 'setback', why: failure });
    }
    const waitMs = RETRY_AFTER_MS[step.deferrals];
    const isTheirs = error instanceof TryLaterError && !OURS.includes(failure.code);
    if (isTheirs && !options.isAttended && waitMs !== undefined) {
      const why = { as: 'deferral', why: failure } as const;
      return this.steps.giveBack(
        step,
        Math.min(Math.max(waitMs, error.retryAfterMs ?? 0), LONGEST_WAIT_MS),
        why,
      );
    }
    await this.steps.fail(step, {
      state: error instanceof EditionRefusedError ? 'refused' : 'failed',
      error: failure,
    });
  }
}

function timedOut({ run, name }: ClaimedStep, timeoutMs: number, cause: unknown): TryLaterError {
  return new TryLaterError(
    'STEP_TIMED_OUT',
    `${run.sourceId}: the step ${name} was stopped after ${Math.round(timeoutMs / 1_000)} s`,
    'It is tried again by itself; if it stays so, look at the load of the database and at the publisher.',
    { cause },
  );
}
