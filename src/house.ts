import type { INestApplication, INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { limitServer } from './api/http/server-limits.js';
import { openDoors } from './api/open-doors.js';
import { AppModule } from './app.module.js';
import { ConflictError } from './common/errors.js';
import { StderrLogger, type LogLevelName } from './common/stderr-logger.js';
import type { Config } from './config/settings.js';
import {
  attachOrStartEmbeddedPostgres,
  startEmbeddedPostgres,
} from './database/embedded/embedded-postgres.js';
import { migrate } from './database/migrate.js';

/** A house that stands: its database reached and migrated, its modules wired. */
export interface House<App extends INestApplicationContext = INestApplicationContext> {
  readonly app: App;
  /** Stops the roles, waits for what they hand over, then stops the embedded PostgreSQL if this process started it. */
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly config: Config;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
  /** The embedded PostgreSQL died and could not be brought back. */
  readonly onDatabaseLost?: (error: Error) => void;
}

/** For short commands: no doors, no roles; shares the database with a house that runs. */
export async function enterHouse(
  options: OpenOptions & { readonly logLevel?: LogLevelName },
): Promise<House> {
  const config = { ...options.config, roles: [] };
  const database = await reachDatabase(options, 'guest');
  return opened(database, () =>
    NestFactory.createApplicationContext(AppModule.forHouse(config, database.url), {
      logger: new StderrLogger(options.logLevel ?? 'warn'),
      abortOnError: false,
    }),
  );
}

/** For the long-running process: all roles asked for; with `web` among them it listens. */
export async function openHouse(
  options: OpenOptions,
): Promise<House<INestApplication> & { readonly url: string | null }> {
  const { config } = options;
  const database = await reachDatabase(options, 'owner');
  const house = await opened(database, async () => {
    const app = await NestFactory.create<NestExpressApplication>(AppModule.forHouse(config, database.url), {
      logger: new StderrLogger(config.logLevel),
      abortOnError: false,
      bodyParser: false,
    });
    openDoors(app);
    if (config.roles.includes('web')) await listen(app, config);
    else await app.init();
    return app;
  });
  return { ...house, url: config.roles.includes('web') ? await urlOf(house.app) : null };
}

interface ReachedDatabase {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

async function reachDatabase(options: OpenOptions, as: 'owner' | 'guest'): Promise<ReachedDatabase> {
  const { config, log } = options;
  const database: ReachedDatabase =
    config.databaseUrl !== undefined
      ? { url: config.databaseUrl, stop: async () => undefined }
      : await (as === 'owner' ? startEmbeddedPostgres : attachOrStartEmbeddedPostgres)({
          home: config.home,
          log,
          signal: options.signal,
          onExit: options.onDatabaseLost,
        });
  try {
    const applied = await migrate(database.url);
    if (applied.length > 0) log(`applied ${applied.length} migrations`);
    return database;
  } catch (error) {
    await database.stop();
    throw error;
  }
}

async function opened<App extends INestApplicationContext>(
  database: ReachedDatabase,
  create: () => Promise<App>,
): Promise<House<App>> {
  try {
    const app = await create();
    return {
      app,
      close: async () => {
        try {
          await app.close();
        } finally {
          await database.stop();
        }
      },
    };
  } catch (error) {
    await database.stop();
    throw error;
  }
}

async function listen(app: NestExpressApplication, config: Config): Promise<void> {
  limitServer(app.getHttpServer());
  try {
    await app.listen(config.port, config.host);
  } catch (cause) {
    await app.close();
    if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'EADDRINUSE') throw cause;
    throw new ConflictError(
      'PORT_TAKEN',
      `port ${config.port} on ${config.host} is taken by another program`,
      'Choose another one, for example PORT=3001; PORT=0 takes any free one.',
      { cause },
    );
  }
}

async function urlOf(app: INestApplication): Promise<string> {
  return (await app.getUrl()).replace('[::1]', 'localhost');
}
