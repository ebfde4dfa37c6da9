import { Module, type DynamicModule } from '@nestjs/common';
import { AdminModule } from './admin/admin.module.js';
import { ApiModule } from './api/api.module.js';
import { ConfigModule } from './config/config.module.js';
import type { Config } from './config/settings.js';
import { DatabaseModule } from './database/database.module.js';
import { IngestionModule } from './ingestion/ingestion.module.js';
import { InstrumentsModule } from './instruments/instruments.module.js';
import { OperationsModule } from './operations/operations.module.js';

/** Beside those that load: steps of other kinds, questions, ticks. */
const OTHER_CONNECTIONS = 10;

/** The house on one page, in the order data flows: sources (plain values) → ingestion → instruments → doors. */
@Module({})
export class AppModule {
  static forHouse(config: Config, databaseUrl: string): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forConfig(config),
        DatabaseModule.forUrl(
          databaseUrl,
          config.leaseSeconds * 1_000,
          config.parallelLoads + OTHER_CONNECTIONS,
        ),
        InstrumentsModule,
        IngestionModule,
        OperationsModule,
        ApiModule,
        AdminModule,
      ],
    };
  }
}
