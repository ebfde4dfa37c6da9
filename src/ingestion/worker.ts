import { setTimeout as delay } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { CONFIG, type Config } from '../config/settings.js';
import { restoreIndexes } from '../instruments/first-load.js';
import { SOURCES } from '../sources/index.js';
import { knownSource } from './known-source.js';
import { failureOf, RunLedger } from './run-ledger.js';
import { RunExecutor } from './run-executor.js';
import { RunOwner } from './run-owner.js';
import { Database } from '../database/database.js';

const LOOK_EVERY_MS = 1_000;
const LOOK_AGAIN_AFTER_FAILURE_MS = 5_000;

/** The role `worker`: takes waiting and abandoned runs, one at a time, until the process stops. */
@Injectable()
export class Worker implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Worker');
  private readonly stop = new AbortController();
  private working: Promise<void> = Promise.resolve();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: Database,
    private readonly ledger: RunLedger,
    private readonly executor: RunExecutor,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.roles.includes('worker')) this.working = this.work();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stop.abort(new Error('this process stops'));
    await this.working;
  }

  private async work(): Promise<void> {
    const owner = new RunOwner(this.database);
    await restoreIndexes(this.database).catch((error: unknown) => this.complain(error));
    while (!this.stop.signal.aborted) {
      try {
        const hasWorked = await this.takeOne(owner);
        if (!hasWorked) await this.pause(LOOK_EVERY_MS);
      } catch (error) {
        await this.complain(error);
      }
    }
    await owner.close();
  }

  private async takeOne(owner: RunOwner): Promise<boolean> {
    await owner.open();
    const run = await this.ledger.claim(
      owner.id,
      SOURCES.map(({ id }) => id),
    );
    if (run === undefined) return false;
    const source = knownSource(run.sourceId);
    try {
      const outcome = await this.executor.execute(owner, run, source, {
        signal: this.stop.signal,
        isAttended: false,
      });
      this.logger.log(`${run.sourceId}: run ${run.id} ${outcome.state}`);
    } catch (error) {
      const { code, message, nextStep } = failureOf(error);
      if (!this.stop.signal.aborted)
        this.logger.warn(`${run.sourceId}: run ${run.id}: ${code}: ${message} ${nextStep}`);
    }
    return true;
  }

  private async complain(error: unknown): Promise<void> {
    this.logger.error(error instanceof Error ? error.message : String(error));
    await this.pause(LOOK_AGAIN_AFTER_FAILURE_MS);
  }

  /** Waits, or returns at once when told to stop. */
  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stop.signal }).catch(() => undefined);
  }
}
