import { setTimeout as delay } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Interval, SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import { CLOCK, type Clock } from '../common/clock.js';
import { CONFIG, isSourceOn, type Config } from '../config/settings.js';
import { clockSkewMs, MOST_CLOCK_SKEW_MS } from '../database/clock-skew.js';
import { Database } from '../database/database.js';
import { SOURCES } from '../sources/index.js';
import type { Source } from '../sources/source.js';
import { isPausedNow } from './pauses.js';
import { RunLedger } from './run-ledger.js';
import { Slots, type SlotEvent } from './slots.js';

const SWEEP_EVERY_MS = 60_000;
/** One in which something failed, mostly because PostgreSQL restarted, is repeated sooner. */
const SWEEP_AGAIN_MS = 5_000;
/** A clock that is wrong is spoken of again after so long. */
const SKEW_TOLD_EVERY_MS = 3_600_000;
/** A tick looks a little later, so that a due time is past for the database too. */
const TICK_MARGIN_MS = 100;

/**
 * The role `scheduler`: a tick per source from its cron and time zone, and a sweep each minute for what ticks missed and for
 * slots that wait. Both do the same: look which slots are due by the time of the database. A tick only wakes us up, so it
 * does no harm when it comes late, twice, or on five replicas at once.
 */
@Injectable()
export class Scheduler implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Scheduler');
  private readonly sources: readonly Source[];
  private readonly stop = new AbortController();
  private isSweeping = false;
  private isToBeRepeated = false;
  /** How far this machine's clock is ahead of the database's. */
  private skewMs = 0;
  private skewToldAt: number | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly registry: SchedulerRegistry,
    private readonly database: Database,
    private readonly ledger: RunLedger,
    private readonly slots: Slots,
  ) {
    this.sources = SOURCES.filter((source) => isSourceOn(source, config.sources));
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.isOn()) return;
    await this.sweep();
    for (const source of this.sources) {
      const { cron, timeZone } = source.schedule;
      const job = CronJob.from({ cronTime: cron, timeZone, onTick: () => void this.tick(source) });
      this.registry.addCronJob(source.id, job);
      job.start();
    }
  }

  onApplicationShutdown(): void {
    this.stop.abort();
  }

  /** Finds the due times that no tick came for: the process was down, asleep, or the clock jumped. */
  @Interval(SWEEP_EVERY_MS)
  async sweep(): Promise<void> {
    if (!this.isOn() || this.isSweeping) return;
    this.isSweeping = true;
    const succeeded = [await this.attempt('clock', () => this.compareClocks())];
    for (const source of this.sources) {
      succeeded.push(await this.openDue(source));
      succeeded.push(await this.attempt(source.id, () => this.beginSource(source)));
    }
    this.isSweeping = false;
    if (!succeeded.every(Boolean)) void this.sweepAgain();
  }

  private async sweepAgain(): Promise<void> {
    if (this.isToBeRepeated) return;
    this.isToBeRepeated = true;
    const { signal } = this.stop;
    await delay(SWEEP_AGAIN_MS, undefined, { signal, ref: false }).catch(() => undefined);
    this.isToBeRepeated = false;
    if (!signal.aborted) await this.sweep();
  }

  /** A tick of a clock that is ahead comes before its time. */
  private async tick(source: Source): Promise<void> {
    const early = Math.min(Math.max(this.skewMs, 0), SWEEP_EVERY_MS) + TICK_MARGIN_MS;
    const { signal } = this.stop;
    await delay(early, undefined, { signal, ref: false }).catch(() => undefined);
    if (!signal.aborted) await this.openDue(source);
  }

  /** A source that never published is not made to wait for its first due time. */
  private async beginSource(source: Source): Promise<void> {
    const hasBegun = `SELECT EXISTS (SELECT FROM run WHERE source_id = $1)
                          OR ${isPausedNow('$1')} AS "isDone"`;
    const [seen] = await this.database.query<{ isDone: boolean }>(hasBegun, [source.id]);
    if (seen?.isDone) return;
    await this.database.transaction(async (client) => {
      await client.query(`SELECT FROM source WHERE id = $1 FOR NO KEY UPDATE`, [source.id]);
      const { rows } = await client.query<{ isDone: boolean }>(hasBegun, [source.id]);
      if (rows[0]?.isDone === false) await this.ledger.enqueue(client, source.id, 'first');
    });
  }

  private async openDue(source: Source): Promise<boolean> {
    // The next tick or sweep finds the same slots again.
    return this.attempt(source.id, async () => this.tell(source, await this.slots.openDue(source)));
  }

  private tell({ id, schedule }: Source, events: readonly SlotEvent[]): void {
    const skipped = events.filter(({ state }) => state === 'skipped').length;
    if (skipped > 0) {
      const runs = events.filter(({ runId }) => runId !== null).length;
      this.logger.log(
        `${id}: caught up: ${runs} ${runs === 1 ? 'run' : 'runs'}, ${skipped} skipped (policy ${schedule.catchUp})`,
      );
    }
    for (const { dueAt, state, reason, runId, alerts } of events) {
      const words = [state, runId === null ? '' : `run ${runId}`, reason ?? ''].filter(Boolean);
      if (state !== 'skipped') this.logger.log(`${id}: slot of ${dueAt.toISOString()} ${words.join(', ')}`);
      for (const { code, message } of alerts) this.logger.warn(`${code}: ${message}`);
    }
  }

  private async compareClocks(): Promise<void> {
    this.skewMs = await clockSkewMs(this.database, this.clock);
    if (Math.abs(this.skewMs) <= MOST_CLOCK_SKEW_MS) return;
    const now = performance.now();
    if (this.skewToldAt !== undefined && now - this.skewToldAt < SKEW_TOLD_EVERY_MS) return;
    this.skewToldAt = now;
    const seconds = Math.abs(this.skewMs / 1000).toFixed(1);
    const code = 'CLOCK_SKEW';
    this.logger.warn(
      `${code}: the clock of this machine is ${seconds} s ${this.skewMs > 0 ? 'ahead of' : 'behind'} the database's; ` +
        'slots are opened by the time of the database. Let both machines follow NTP.',
    );
  }

  /** @returns whether it succeeded; a failure is told, and leaves the other sources alone */
  private async attempt(what: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.logger.error(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  private isOn(): boolean {
    return this.config.roles.includes('scheduler');
  }
}
