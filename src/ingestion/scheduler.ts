import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval, SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import { CONFIG, isSourceOn, type Config } from '../config/settings.js';
import { Database } from '../database/database.js';
import { SOURCES } from '../sources/index.js';
import type { Source } from '../sources/source.js';
import { RunLedger } from './run-ledger.js';
import { Slots } from './slots.js';

const SWEEP_EVERY_MS = 60_000;

/**
 * The role `scheduler`: a tick per source from its cron and time zone, and a sweep each minute for what ticks missed.
 * Both do the same: write the slots that are due. A tick only wakes us up, so it does no harm when it comes late, twice,
 * or on five replicas at once.
 */
@Injectable()
export class Scheduler implements OnApplicationBootstrap {
  private readonly logger = new Logger('Scheduler');
  private readonly sources: readonly Source[];

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly registry: SchedulerRegistry,
    private readonly database: Database,
    private readonly ledger: RunLedger,
    private readonly slots: Slots,
  ) {
    this.sources = SOURCES.filter((source) => isSourceOn(source, config.sources));
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.isOn()) return;
    for (const source of this.sources) {
      await this.openDue(source);
      await this.beginSource(source);
      const { cron, timeZone } = source.schedule;
      const job = CronJob.from({ cronTime: cron, timeZone, onTick: () => void this.openDue(source) });
      this.registry.addCronJob(source.id, job);
      job.start();
    }
  }

  /** Finds the due times that no tick came for: the process was down, asleep, or the clock jumped. */
  @Interval(SWEEP_EVERY_MS)
  async sweep(): Promise<void> {
    if (!this.isOn()) return;
    for (const source of this.sources) await this.openDue(source);
  }

  /** A source that never published is not made to wait for its first due time. */
  private async beginSource(source: Source): Promise<void> {
    await this.database.transaction(async (client) => {
      await client.query(`SELECT FROM source WHERE id = $1 FOR NO KEY UPDATE`, [source.id]);
      const { rowCount } = await client.query(`SELECT FROM run WHERE source_id = $1 LIMIT 1`, [source.id]);
      if (rowCount === 0) await this.ledger.enqueue(client, source.id, 'first');
    });
  }

  private async openDue(source: Source): Promise<void> {
    try {
      for (const { dueAt, state, runId } of await this.slots.openDue(source)) {
        this.logger.log(
          `${source.id}: slot of ${dueAt.toISOString()} ${state}${runId ? `, run ${runId}` : ''}`,
        );
      }
    } catch (error) {
      // The next tick or sweep finds the same slots again.
      this.logger.error(`${source.id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private isOn(): boolean {
    return this.config.roles.includes('scheduler');
  }
}
