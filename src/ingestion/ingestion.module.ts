import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule } from '../auth/auth.module.js';
import { CLOCK, systemClock, type Clock } from '../common/clock.js';
import { CONFIG, type Config } from '../config/settings.js';
import { Backfill } from './backfill.js';
import { ConcurrencyLimits } from './concurrency-limits.js';
import { DecisionLog } from './decision-log.js';
import { FileStore } from './file-store.js';
import { IngestionService } from './ingestion.service.js';
import { Jobs } from './jobs.js';
import { Operator } from './operator.js';
import { Pauses } from './pauses.js';
import { Pipeline } from './pipeline.js';
import { Retention } from './retention.js';
import { RunLedger } from './run-ledger.js';
import { RunLog } from './run-log.js';
import { RunReader } from './run-reader.js';
import { RUN_ENTITIES } from './run.entity.js';
import { Scheduler } from './scheduler.js';
import { Slots } from './slots.js';
import { StepLedger } from './step-ledger.js';
import { StepRecovery } from './step-recovery.js';
import { StepRunner } from './step-runner.js';
import { WebClient } from './web/web-client.js';
import { Worker } from './worker.js';

/** Brings editions in: on schedule, on request, and from files brought by hand. */
@Module({
  imports: [AuthModule, ScheduleModule.forRoot(), TypeOrmModule.forFeature(RUN_ENTITIES)],
  providers: [
    { provide: CLOCK, useValue: systemClock },
    {
      provide: FileStore,
      inject: [CONFIG, CLOCK],
      useFactory: (config: Config, clock: Clock) =>
        new FileStore(config.filesDirectory ?? join(config.home, 'files'), { clock }),
    },
    {
      provide: WebClient,
      inject: [CONFIG, CLOCK],
      useFactory: (config: Config, clock: Clock) =>
        new WebClient({ userAgent: 'Isinglass/0.1 (securities master)', mirrorUrl: config.mirrorUrl, clock }),
    },
    RunLog,
    DecisionLog,
    Jobs,
    RunLedger,
    StepLedger,
    StepRecovery,
    Pipeline,
    StepRunner,
    RunReader,
    Operator,
    Pauses,
    Backfill,
    ConcurrencyLimits,
    IngestionService,
    Slots,
    Scheduler,
    Retention,
    Worker,
  ],
  exports: [
    CLOCK,
    Backfill,
    ConcurrencyLimits,
    DecisionLog,
    IngestionService,
    Operator,
    Pauses,
    RunLog,
    RunReader,
    Slots,
  ],
})
export class IngestionModule {}
