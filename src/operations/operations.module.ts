import { Module } from '@nestjs/common';
import { IngestionModule } from '../ingestion/ingestion.module.js';
import { HealthController } from './health.controller.js';
import { SourceOverview } from './source-overview.js';

/** Watches: is the house up, and is what it holds fresh? */
@Module({
  imports: [IngestionModule],
  controllers: [HealthController],
  providers: [SourceOverview],
  exports: [SourceOverview],
})
export class OperationsModule {}
