import { Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { IngestionModule } from '../ingestion/ingestion.module.js';
import { InstrumentsModule } from '../instruments/instruments.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { loopbackOnly } from './http/loopback-only.js';
import { InstrumentsController } from './instruments/instruments.controller.js';
import { IsinsController } from './isins/isins.controller.js';
import { RunsController } from './runs/runs.controller.js';
import { SourcesController } from './sources/sources.controller.js';

/** The door of programs: REST below `/v1`. */
@Module({
  imports: [InstrumentsModule, IngestionModule, OperationsModule],
  controllers: [InstrumentsController, IsinsController, SourcesController, RunsController],
})
export class ApiModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(loopbackOnly).forRoutes('{*path}');
  }
}
