import { setTimeout as delay } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CONFIG, type Config } from '../config/settings.js';
import { Database } from '../database/database.js';
import { restoreIndexes } from '../instruments/first-load.js';
import { Jobs, type StepJobData } from './jobs.js';
import { RunOwner } from './run-owner.js';
import { sweepStaging } from './sweeps/staging.js';
import { StepRecovery } from './step-recovery.js';
import { StepRunner } from './step-runner.js';

const LOOK_EVERY_MS = 1_000;
/** An owner whose session is gone may only have lost its connection: it has this long to come back. */
const COME_BACK_MS = 4_000;
const OVERDUE_EVERY_MS = 10_000;

/** The role `worker`: does the steps that have jobs, and looks for those that others left, until the process stops. */
@Injectable()
export class Worker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Worker');
  private readonly stop = new AbortController();
  private readonly owner: RunOwner;
  private looking: Promise<void> = Promise.resolve();
  private restoring: Promise<void> = Promise.resolve();
  /** When a run's owner was first seen without its session. */
  private readonly missedSince = new Map<number, number>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly recovery: StepRecovery,
    private readonly runner: StepRunner,
  ) {
    this.owner = new RunOwner(database, config.leaseSeconds);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.config.roles.includes('worker')) return;
    this.looking = this.look();
  }

  /** Before everything that steps need is closed. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort(new Error('this process stops'));
    await Promise.all([this.looking, this.jobs.stopWorking()]);
    // It may have begun to take jobs at that very moment.
    await this.jobs.stopWorking();
    await this.restoring;
    await this.owner.close();
  }

  private async look(): Promise<void> {
    await this.untilStopped(() => this.takeJobs(), 'once');
    // Beside everything else: it may wait for a publication, and take minutes.
    this.restoring = this.restore();
    let lookedForOverdueAt = -Infinity;
    await this.untilStopped(async () => {
      await this.takeOver();
      if (performance.now() - lookedForOverdueAt < OVERDUE_EVERY_MS) return;
      await this.recovery.sendOverdue();
      await sweepStaging(this.database, this.stop.signal);
      lookedForOverdueAt = performance.now();
    });
  }

  private async takeJobs(): Promise<void> {
    const perform = async ({ runId, epoch, step }: StepJobData): Promise<void> => {
      // A job that comes while this process stops stays for another one.
      this.stop.signal.throwIfAborted();
      await this.runner.perform(
        this.owner,
        { runId, epoch, step },
        { signal: this.stop.signal, isAttended: false },
      );
    };
    const { parallelLoads } = this.config;
    await this.jobs.work({ locate: 2, load: parallelLoads, publish: 2 }, perform, ({ runId, epoch, step }) =>
      this.recovery.bury(runId, epoch, step),
    );
  }

  private async takeOver(): Promise<void> {
    const abandoned = await this.recovery.abandoned();
    for (const runId of this.missedSince.keys())
      if (!abandoned.some((each) => each.runId === runId)) this.missedSince.delete(runId);
    for (const each of abandoned) {
      const since = this.missedSince.get(each.runId) ?? performance.now();
      this.missedSince.set(each.runId, since);
      if (!each.isExpired && performance.now() - since < COME_BACK_MS) continue;
      const crashes = await this.recovery.takeOver(each);
      if (crashes !== undefined)
        this.logger.warn(`run ${each.runId}: taken over from a process that left it`);
    }
  }

  /** Does something again and again, or until it succeeded once; a failure is told, and does not end it. */
  private async untilStopped(work: () => Promise<void>, mode: 'once' | 'always' = 'always'): Promise<void> {
    while (!this.stop.signal.aborted) {
      try {
        await work();
        if (mode === 'once') return;
      } catch (error) {
        this.complain(error);
      }
      await delay(LOOK_EVERY_MS, undefined, { signal: this.stop.signal }).catch(() => undefined);
    }
  }

  private async restore(): Promise<void> {
    try {
      await restoreIndexes(this.database, this.stop.signal);
    } catch (error) {
      if (!this.stop.signal.aborted) this.complain(error);
    }
  }

  private complain(error: unknown): void {
    this.logger.error(error instanceof Error ? error.message : String(error));
  }
}
