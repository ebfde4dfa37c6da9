import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { IngestionModule } from '../ingestion/ingestion.module.js';
import { InstrumentsModule } from '../instruments/instruments.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { ReadPlaces } from './http/read-places.js';
import { InstrumentsController } from './instruments/instruments.controller.js';
import { IsinsController } from './isins/isins.controller.js';
import { LimitsController } from './operations/limits.controller.js';
import { LogController } from './operations/log.controller.js';
import { RunActionsController } from './operations/run-actions.controller.js';
import { SourceActionsController } from './operations/source-actions.controller.js';
import { EventStreams } from './runs/event-streams.js';
import { RunsController } from './runs/runs.controller.js';
import { SourcesController } from './sources/sources.controller.js';

/** The door of programs: REST below `/v1`. What every request passes is in `open-doors.ts`. */
@Module({
  imports: [AuthModule, InstrumentsModule, IngestionModule, OperationsModule],
  controllers: [
    InstrumentsController,
    IsinsController,
    SourcesController,
    RunsController,
    SourceActionsController,
    RunActionsController,
    LimitsController,
    LogController,
  ],
  providers: [EventStreams, ReadPlaces],
})
export class ApiModule {}
