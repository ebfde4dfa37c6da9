import { Global, Logger, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Database } from './database.js';
import { dataSourceOptions } from './migrate.js';

/** The one PostgreSQL: TypeORM for the application's own tables, a plain pool for COPY, merges and hot reads. */
@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly database: Database) {}

  /**
   * @param frozenMs how long a process that froze inside a transaction keeps its locks
   * @param maxConnections of the plain pool
   */
  static forUrl(url: string, frozenMs: number, maxConnections: number): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRoot({ ...dataSourceOptions(url), autoLoadEntities: true, retryAttempts: 3 }),
      ],
      providers: [
        {
          provide: Database,
          useFactory: () => {
            const logger = new Logger('Database');
            return new Database(url, {
              maxConnections,
              idleInTransactionMs: frozenMs,
              onError: (error) => logger.warn(`idle connection lost: ${error.message}`),
            });
          },
        },
      ],
      exports: [Database],
    };
  }

  /** Runs after the rooms that use the pool were stopped: Nest shuts modules down in the reverse order of imports. */
  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}
