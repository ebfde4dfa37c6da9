import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test } from '@nestjs/testing';
import { AppModule } from '../../../src/app.module.js';
import { readConfig } from '../../../src/config/settings.js';
import { IngestionService } from '../../../src/ingestion/ingestion.service.js';
import { startSimulatedPublisher } from '../../../src/demo/simulated-publisher.js';
import { SOURCES } from '../../../src/sources/index.js';
import { isinCheckDigit } from '../../../src/domain/isin.js';
import { CommandChild, type ChildFault } from '../../support/child.js';
import { NseArchive } from '../../support/nse-archive.js';
import { equityRows, type EquityRow } from '../../support/nse-file.js';
import type { TestDatabase } from '../../support/test-database.js';
import { waitUntil } from '../../support/wait-until.js';
import type { PostgresCluster } from './cluster.js';
import { outcomeOf, type Outcome } from './oracle.js';
import type { INestApplication } from '@nestjs/common';
import { askFor } from '../../support/ask-for.js';

/** Short, so that a step whose owner is silent does not keep a test waiting; long enough for a busy machine. */
export const LEASE_SECONDS = 3;

/** Else the house is broken even where nobody strikes. */
const PREPARED_WITHIN_MS = 60_000;

/** A publisher that shows one day and then the next. */
export interface Story<Day extends number = number> {
  readonly name: string;
  readonly source: string;
  /** Of the house's processes, without database and home. */
  readonly environment: Readonly<Record<string, string>>;
  /** From 1. */
  showDay(day: Day): void;
  close(): Promise<void>;
}

/**
 * Day 1 is published, and a run brings day 2: it was asked for · it was begun by a process that died, so that its steps must be
 * taken over · its slot is due, and nobody has seen it yet.
 */
export type Beginning = 'asked' | 'abandoned' | 'due';

/** What every case begins with. */
export interface Scenario {
  readonly name: string;
  readonly story: Story<1 | 2>;
  readonly beginning: Beginning;
  readonly cluster: PostgresCluster;
  /** Database and home to be cloned. */
  readonly template: House;
  /** What an undisturbed worker makes of it. */
  readonly undisturbed: Outcome;
  /** Every place at which it could have been struck, in the order in which they came by, and how often each did. */
  readonly points: ReadonlyMap<string, number>;
}

/** A database and a home, without a process. */
export interface House {
  readonly db: TestDatabase;
  readonly home: string;
}

/** Three lists of the exchange, some 3,000 rows. */
export async function nseStory(): Promise<Story<1 | 2>> {
  const archive = await NseArchive.start();
  const shares = equityRows(2_600);
  const emerging = invented('SME', 300);
  const trusts = invented('TR', 60);
  const isEach = (rows: readonly EquityRow[], change: Partial<EquityRow>): EquityRow[] =>
    rows.map((row, index) => (index % 50 === 25 ? { ...row, ...change } : row));
  const days = {
    1: { EQUITY_L: shares, SME_EQUITY_L: emerging, REITS_L: trusts },
    2: {
      EQUITY_L: isEach([...shares.slice(0, 700), ...shares.slice(705), ...equityRows(2_603).slice(2_600)], {
        name: 'Renamed Limited',
      }),
      SME_EQUITY_L: isEach(emerging.slice(2), { marketLot: '3000' }),
      REITS_L: isEach(trusts, { faceValue: '5' }),
    },
  };
  return {
    name: 'NSE',
    source: 'in-nse-equities',
    environment: { ISINGLASS_MIRROR_URL: archive.url },
    showDay: (day) => archive.publish(day === 1 ? '2026-01-05' : '2026-01-06', days[day]),
    close: () => archive.close(),
  };
}

/** The exchange over many days: each day some shares are renamed, one goes and one comes. */
export async function nseDays(): Promise<Story> {
  const archive = await NseArchive.start();
  const first = new Date('2020-01-06T00:00:00Z').getTime();
  const shares = equityRows(3_000);
  const trusts = invented('TR', 60);
  return {
    name: 'NSE over days',
    source: 'in-nse-equities',
    environment: { ISINGLASS_MIRROR_URL: archive.url },
    showDay: (day) => {
      const on = new Date(first + day * 86_400_000).toISOString().slice(0, 10);
      archive.publish(on, {
        EQUITY_L: [...shares.slice(0, 3), ...shares.slice(3 + day, 2_003 + day)].map((row, index) =>
          index % 50 === day % 50 ? { ...row, name: `${row.name} of day ${day}` } : row,
        ),
        REITS_L: trusts.map((row, index) => (index === day % 60 ? { ...row, marketLot: String(day) } : row)),
      });
    },
    close: () => archive.close(),
  };
}

function invented(prefix: string, count: number): EquityRow[] {
  return Array.from({ length: count }, (_, index): EquityRow => {
    const number = String(index).padStart(4, '0');
    const body = `INE${prefix.padEnd(2, 'X').slice(0, 2)}${number}01`.padEnd(11, '0').slice(0, 11);
    return {
      symbol: `${prefix}${number}`,
      name: `${prefix} ${number} Limited`,
      series: prefix === 'TR' ? 'RR' : 'SM',
      isin: body + isinCheckDigit(body),
    };
  });
}

/** Full sets and deltas in several parts each. */
export async function firdsStory(): Promise<Story<1 | 2>> {
  const publisher = await startSimulatedPublisher({ firdsInstruments: 300, firdsPartSize: 25 });
  return {
    name: 'FIRDS',
    source: 'eu-esma-firds',
    environment: { ISINGLASS_MIRROR_URL: publisher.url, ISINGLASS_PROFILE: 'shares,rights' },
    showDay: (day) => publisher.setDay(day - 1),
    close: () => publisher.close(),
  };
}

export async function prepareScenario(
  cluster: PostgresCluster,
  story: Story<1 | 2>,
  beginning: Beginning = 'asked',
): Promise<Scenario> {
  const template = await emptyHouse(cluster);
  const { db, home } = template;
  story.showDay(1);
  await inHouse(template, story, (app) =>
    app.get(IngestionService).ingest(story.source, {}, { signal: AbortSignal.timeout(PREPARED_WITHIN_MS) }),
  );
  story.showDay(2);
  if (beginning === 'due') await makeDue(template, story);
  else await inHouse(template, story, (app) => askFor(app, story.source));
  if (beginning === 'abandoned') await abandon(template, story);
  await db.database.close();

  const trial = await likeHouse(cluster, template);
  const worker = startProcess(trial, { story, beginning }, trial.db.url, { kind: 'trace' });
  try {
    await waitUntil(
      `${story.name} is through`,
      async () => worker.hasEnded() || (await isThrough(trial, { beginning })),
    );
    worker.stop();
    const { code } = await worker.ended;
    if (code !== 0) throw new Error(`the worker ended with ${code}:\n${worker.output}`);
    const points = new Map<string, number>();
    for (const [, name = ''] of worker.output.matchAll(/^reached (.*)$/gm))
      points.set(name, (points.get(name) ?? 0) + 1);
    return {
      name: beginning === 'asked' ? story.name : `${story.name} ${beginning}`,
      story,
      beginning,
      cluster,
      template: { db, home },
      undisturbed: await outcomeOf(trial.db.database),
      points,
    };
  } finally {
    worker.stop('SIGKILL');
    await demolish(trial);
  }
}

async function makeDue({ db }: House, { source }: Story<1 | 2>): Promise<void> {
  // Any schedule of the house has a due time within a week.
  await db.database.query(`UPDATE source SET known_since = known_since - interval '7 days' WHERE id = $1`, [
    source,
  ]);
}

async function abandon(house: House, story: Story<1 | 2>): Promise<void> {
  const worker = startWorker(house, story, house.db.url, { kind: 'kill', point: 'gate:before' });
  await worker.reaches('gate:before');
  await worker.ended;
}

export const isAtWork = (worker: CommandChild): boolean => /roles: .*worker/.test(worker.output);

export async function emptyHouse(cluster: PostgresCluster): Promise<House> {
  const [db, home] = await Promise.all([cluster.clone(), mkdtemp(join(tmpdir(), 'isinglass-home-'))]);
  return { db, home };
}

export async function likeHouse(cluster: PostgresCluster, template: House): Promise<House> {
  const [db, home] = await Promise.all([
    cluster.clone(template.db.name),
    mkdtemp(join(tmpdir(), 'isinglass-home-')),
  ]);
  await cp(template.home, home, { recursive: true });
  return { db, home };
}

export async function demolish({ db, home }: House): Promise<void> {
  await db.drop();
  await rm(home, { recursive: true, force: true });
}

/** What the house is asked by a process that does none of its work. */
export async function inHouse<Result>(
  { db, home }: House,
  story: Pick<Story, 'environment'>,
  work: (app: INestApplication) => Promise<Result>,
): Promise<Result> {
  const config = { ...readConfig({ ...story.environment, ISINGLASS_HOME: home }), roles: [] };
  const module = await Test.createTestingModule({ imports: [AppModule.forHouse(config, db.url)] }).compile();
  const app = module.createNestApplication({ logger: ['fatal'] });
  await app.init();
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

/** @param databaseUrl perhaps by way of a proxy */
export function startWorker(
  house: House,
  story: Pick<Story, 'environment'>,
  databaseUrl: string,
  fault?: ChildFault,
): CommandChild {
  return serveIn(house, story, 'worker', databaseUrl, fault);
}

/** A worker, which opens the slots of the scenario's source as well where that is what it begins with. */
export function startProcess(
  house: House,
  { story, beginning }: Pick<Scenario, 'story' | 'beginning'>,
  databaseUrl: string,
  fault?: ChildFault,
): CommandChild {
  if (beginning !== 'due') return startWorker(house, story, databaseUrl, fault);
  const switches = SOURCES.map(({ id }) => (id === story.source ? `+${id}` : `-${id}`));
  const environment = { ...story.environment, ISINGLASS_SOURCES: switches.join() };
  return serveIn(house, { environment }, 'scheduler,worker', databaseUrl, fault);
}

function serveIn(
  { home }: House,
  story: Pick<Story, 'environment'>,
  roles: string,
  databaseUrl: string,
  fault: ChildFault | undefined,
): CommandChild {
  return new CommandChild(
    {
      ...story.environment,
      DATABASE_URL: databaseUrl,
      ISINGLASS_HOME: home,
      ISINGLASS_LEASE_SECONDS: String(LEASE_SECONDS),
    },
    ['serve', '--roles', roles],
    fault,
  );
}

/** Is the scenario at its end? */
export async function isThrough({ db }: House, { beginning }: Pick<Scenario, 'beginning'>): Promise<boolean> {
  const hasBegun = beginning !== 'due' || (await isTrue(db, `EXISTS (SELECT FROM slot_run)`));
  return hasBegun && (await hasEnded(db));
}

/** Has every run ended? */
export function hasEnded(db: TestDatabase): Promise<boolean> {
  return isTrue(db, `NOT EXISTS (SELECT FROM run WHERE ended_at IS NULL)`);
}

/** PostgreSQL may be away: then nobody knows, which is no. */
async function isTrue({ database }: TestDatabase, condition: string): Promise<boolean> {
  const rows = await database.query(`SELECT WHERE ${condition}`).catch(() => []);
  return rows.length > 0;
}
