import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { openDoors } from '../../src/api/open-doors.js';
import { AppModule } from '../../src/app.module.js';
import { readConfig, type Config } from '../../src/config/settings.js';
import { IngestionService, type IngestRequest } from '../../src/ingestion/ingestion.service.js';
import { RunReader, type RunStory } from '../../src/ingestion/run-reader.js';
import { WebClient, type WebOptions } from '../../src/ingestion/web/web-client.js';
import { cloneDatabase, type TestDatabase } from './test-database.js';

/** The whole application on a database of its own, with no role at work: a test does each thing itself. */
export interface TestHouse {
  readonly app: INestApplication;
  readonly db: TestDatabase;
  readonly home: string;
  /** One ingestion in the foreground, as the command does it. */
  ingest(source: string, request?: IngestRequest, signal?: AbortSignal): Promise<RunStory>;
  /** All runs that one ingestion takes, where editions follow on each other. */
  ingestAll(source: string, request?: IngestRequest): Promise<readonly RunStory[]>;
  close(): Promise<void>;
}

/**
 * @param web how its web client differs from the one the house makes: time-outs, waits
 * @param of a database to clone, to which nobody is connected; the empty one by default
 * @param wayTo another URL of its database, for what stands between the house and PostgreSQL
 */
export async function openTestHouse(
  changes: Partial<Config> = {},
  web?: Partial<WebOptions>,
  wayTo: (databaseUrl: string) => Promise<string> = async (url) => url,
  of?: string,
): Promise<TestHouse> {
  const [db, home] = await Promise.all([cloneDatabase(of), mkdtemp(join(tmpdir(), 'isinglass-home-'))]);
  const config = { ...readConfig({ ISINGLASS_HOME: home }), roles: [], ...changes };
  const building = Test.createTestingModule({ imports: [AppModule.forHouse(config, await wayTo(db.url))] });
  if (web !== undefined) {
    building
      .overrideProvider(WebClient)
      .useValue(new WebClient({ userAgent: 'Isinglass test', mirrorUrl: config.mirrorUrl, ...web }));
  }
  const module = await building.compile();
  const app = module.createNestApplication({ logger: ['fatal'] });
  openDoors(app);
  await app.init();
  return {
    app,
    db,
    home,
    async ingest(source, request = {}, signal = new AbortController().signal) {
      const runs = await app.get(IngestionService).ingest(source, request, { signal });
      return app.get(RunReader).get(runs.at(-1) ?? 0);
    },
    async ingestAll(source, request = {}) {
      const signal = new AbortController().signal;
      const runs = await app.get(IngestionService).ingest(source, request, { signal });
      return Promise.all(runs.map((run) => app.get(RunReader).get(run)));
    },
    async close() {
      await app.close();
      await db.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
