import { Injectable, Logger } from '@nestjs/common';
import { EditionRefusedError, IsinglassError, TryLaterError } from '../common/errors.js';
import type { Source } from '../sources/source.js';
import { Pipeline, type RunOutcome } from './pipeline.js';
import { failureOf, RunLedger } from './run-ledger.js';
import type { RunOwner } from './run-owner.js';
import type { ClaimedRun, Progress } from './run.js';

/** A run nobody waits for is tried again after these pauses when the other side is busy or down. */
const RETRY_AFTER_MS = [5 * 60_000, 30 * 60_000];

/** PostgreSQL restarts in seconds, and nobody minds being asked again. */
const DATABASE_RETRY_MS = 10_000;

export interface ExecuteOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** A person waits: a failure ends the run instead of putting it off. */
  readonly isAttended: boolean;
}

/** Carries a claimed run to its end, or gives it back: leases, failures and hand-over in one place. */
@Injectable()
export class RunExecutor {
  private readonly logger = new Logger('Runs');

  constructor(
    private readonly pipeline: Pipeline,
    private readonly ledger: RunLedger,
  ) {}

  /**
   * @returns how the run ended
   * @throws whatever stopped it, after the run was told: a coded error, or the signal's reason
   */
  async execute(
    owner: RunOwner,
    run: ClaimedRun,
    source: Source,
    options: ExecuteOptions,
  ): Promise<RunOutcome> {
    const lease = owner.hold(run.id, run.epoch);
    const signal = AbortSignal.any([options.signal, lease.abort.signal]);
    try {
      if (run.crashes > 0) {
        await this.ledger.tell(run, 'warning', null, 'taken over: the process that worked on it died', {
          crashes: run.crashes,
        });
      }
      return await this.pipeline.run(run, source, signal, options.onProgress);
    } catch (error) {
      await this.giveUp(run, error, options);
      throw error;
    } finally {
      lease.end();
    }
  }

  private async giveUp(run: ClaimedRun, error: unknown, options: ExecuteOptions): Promise<void> {
    const failure = failureOf(error);
    if (failure.code === 'RUN_TAKEN_OVER' || failure.code === 'LEASE_LOST') return;
    if (options.signal.aborted) {
      await this.ledger.tell(run, 'info', null, 'put back: this process stops');
      return this.ledger.release(run, 0);
    }
    if (!(error instanceof IsinglassError)) {
      this.logger.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    await this.ledger.tell(run, 'error', null, `${failure.code}: ${failure.message}`, {
      nextStep: failure.nextStep,
    });
    const waitMs = RETRY_AFTER_MS[run.deferrals];
    if (error instanceof TryLaterError && !options.isAttended && waitMs !== undefined) {
      const isOurs = failure.code === 'DATABASE_UNAVAILABLE';
      return this.ledger.release(
        run,
        isOurs ? DATABASE_RETRY_MS : Math.max(waitMs, error.retryAfterMs ?? 0),
        failure,
      );
    }
    await this.ledger.end(run, error instanceof EditionRefusedError ? 'refused' : 'failed', failure);
  }
}
