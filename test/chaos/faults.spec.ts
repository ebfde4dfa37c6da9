import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../src/database/database.js';
import type { ChildFault, CommandChild } from '../support/child.js';
import { digestOf } from '../support/digest.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { PostgresCluster } from './support/cluster.js';
import { sayFigures } from './support/figures.js';
import { within } from './support/kill-case.js';
import { faultsOf, outcomeOf } from './support/oracle.js';
import {
  demolish,
  hasEnded,
  inHouse,
  isAtWork,
  LEASE_SECONDS,
  likeHouse,
  nseStory,
  prepareScenario,
  startWorker,
  type House,
  type Scenario,
  type Story,
} from './support/scenario.js';
import { askFor } from '../support/ask-for.js';

const MID_COPY = 'load EQUITY_L:mid-copy';
const ENDS_WITHIN_MS = 60_000;

let cluster: PostgresCluster;
let story: Story<1 | 2>;
let scenario: Scenario;
let house: House;
let workers: CommandChild[] = [];
let proxies: TcpProxy[] = [];
let cleanUps: (() => unknown)[] = [];

beforeAll(async () => {
  [cluster, story] = await Promise.all([PostgresCluster.start(), nseStory()]);
  scenario = await prepareScenario(cluster, story);
});
beforeEach(async () => {
  house = await likeHouse(cluster, scenario.template);
});
afterEach(async () => {
  for (const worker of workers) worker.stop('SIGKILL');
  await Promise.all(workers.map(({ ended }) => ended));
  await Promise.all(proxies.map((proxy) => proxy.close()));
  [workers, proxies] = [[], []];
  await demolish(house);
  for (const cleanUp of cleanUps) await cleanUp();
  cleanUps = [];
});
afterAll(async () => {
  await cluster.stop();
  await story.close();
});

interface StartOptions {
  readonly url?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

function start(fault?: ChildFault, { url = house.db.url, environment }: StartOptions = {}): CommandChild {
  const setting = { environment: { ...story.environment, ...environment } };
  const worker = startWorker(house, setting, url, fault);
  workers.push(worker);
  return worker;
}

async function startBehindProxy(fault: ChildFault): Promise<{ worker: CommandChild; proxy: TcpProxy }> {
  const proxy = await TcpProxy.before(house.db.url);
  proxies.push(proxy);
  return { worker: start(fault, { url: proxy.url }), proxy };
}

/** Everybody goes in order, and the house is as if nothing had happened. */
async function expectInOrder(): Promise<void> {
  expect(await within(ENDS_WITHIN_MS, () => hasEnded(house.db))).toBe(true);
  await within(20_000, async () => workers.every((worker) => worker.hasEnded() || isAtWork(worker)));
  for (const worker of workers) worker.stop();
  const endings = await Promise.all(workers.map(({ ended }) => ended));
  expect(endings.filter(({ code, signal }) => code !== 0 && signal !== 'SIGKILL')).toEqual([]);
  // To PostgreSQL a silent connection is there until somebody ends it.
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
  expect(await faultsOf(house.db.database, scenario.undisturbed)).toEqual([]);
}

/** When a second attempt at some step was first heard of, by the database's clock; from a moment of that clock. */
async function firstWriteAfter(database: Database, moment: string): Promise<number> {
  const firstWrite = async (): Promise<number | null> => {
    const [row] = await database.query<{ afterMs: number | null }>(
      `SELECT extract(epoch FROM min(at) - $1::timestamptz)::float8 * 1000 AS "afterMs"
       FROM (SELECT at FROM run_event WHERE attempt > 1
             UNION ALL SELECT started_at FROM run_step WHERE attempt > 1) written WHERE at > $1::timestamptz`,
      [moment],
    );
    return row?.afterMs ?? null;
  };
  await within(ENDS_WITHIN_MS, async () => (await firstWrite()) !== null);
  return (await firstWrite()) ?? Infinity;
}

async function databaseTime(database: Database): Promise<string> {
  const [row] = await database.query<{ now: string }>(`SELECT clock_timestamp()::text AS now`);
  return row!.now;
}

it('a crash of PostgreSQL in the middle of a COPY ends no process, and the only worker goes on by itself', async () => {
  const worker = start({ kind: 'ask', point: MID_COPY });
  await worker.reaches(MID_COPY);
  await cluster.immediateRestart();
  worker.answer();
  await expectInOrder();
});

it('PostgreSQL ends every session of the house in the middle of a COPY: the same', async () => {
  const worker = start({ kind: 'ask', point: MID_COPY });
  await worker.reaches(MID_COPY);
  expect(await cluster.killBackends('isinglass', house.db.name)).toBeGreaterThan(0);
  worker.answer();
  await expectInOrder();
});

async function expectSilenceIsSurvived(point: string): Promise<void> {
  const { worker, proxy } = await startBehindProxy({ kind: 'ask', point });
  await worker.reaches(point);
  const other = start();
  await within(20_000, async () => isAtWork(other));
  const sinceMs = performance.now();
  proxy.silence();
  expect(proxy.fired.silenced).toBeGreaterThan(0);
  worker.answer();
  expect(await within(ENDS_WITHIN_MS, () => hasEnded(house.db))).toBe(true);
  await sayFigures('silent database', { [point]: `${Math.round(performance.now() - sinceMs)} ms` });
  expect(worker.hasEnded()).toBe(false);
  proxy.heal();
  await expectInOrder();
}

it.each(['locate:before', 'gate:before-commit', 'publish:merged'])(
  'a database that falls silent at %s keeps no step for longer than its lease, and the worker lives on',
  expectSilenceIsSurvived,
);

// A session that waits for the lines of a COPY is active, so that no time-out ends it: its transaction must hold nothing that
// the next attempt needs.
it('a database that falls silent in the middle of a COPY keeps no step for longer than its lease', () =>
  expectSilenceIsSurvived(MID_COPY));

it('a worker told to stop hands its step over within five seconds', async () => {
  const worker = start({ kind: 'wait', point: MID_COPY });
  await worker.reaches(MID_COPY);
  const other = start();
  await within(20_000, async () => isAtWork(other));
  const toldAt = await databaseTime(house.db.database);
  worker.stop();
  // Its own last word is one of the story's lines too.
  const since = performance.now();
  expect((await worker.ended).code).toBe(0);
  const stoppedMs = Math.round(performance.now() - since);
  expect(await within(ENDS_WITHIN_MS, () => hasEnded(house.db))).toBe(true);
  const [row] = await house.db.database.query<{ afterMs: number }>(
    `SELECT extract(epoch FROM min(started_at) - $1::timestamptz)::float8 * 1000 AS "afterMs"
     FROM run_step WHERE started_at > $1::timestamptz`,
    [toldAt],
  );
  await sayFigures('SIGTERM', {
    stopped: `${stoppedMs} ms`,
    'handed over': `${Math.round(row!.afterMs)} ms`,
  });
  expect(row?.afterMs).toBeLessThan(5_000);
  await expectInOrder();
});

it('a worker that is killed is replaced within a minute', async () => {
  const worker = start({ kind: 'ask', point: MID_COPY });
  await worker.reaches(MID_COPY);
  const other = start();
  await within(20_000, async () => isAtWork(other));
  const killedAt = await databaseTime(house.db.database);
  worker.stop('SIGKILL');
  const afterMs = await firstWriteAfter(house.db.database, killedAt);
  await sayFigures('SIGKILL', { 'first write of the next attempt': `${Math.round(afterMs)} ms` });
  expect(afterMs).toBeLessThan(ENDS_WITHIN_MS);
  await expectInOrder();
});

it('a step that ends its process each time is given up, and nothing of it is seen', async () => {
  const before = await digestOf(house.db.database);
  for (let time = 0; time < 6 && !(await hasEnded(house.db)); time += 1) {
    const worker = start({ kind: 'abort', point: 'gate:before-commit' });
    await within(ENDS_WITHIN_MS, async () => worker.hasEnded() || (await hasEnded(house.db)));
  }
  const runs = await house.db.database.query(`SELECT state, error ->> 'code' AS code FROM run ORDER BY id`);
  expect(runs.at(-1)).toEqual({ state: 'failed', code: 'RUN_POISONED' });
  expect(await digestOf(house.db.database)).toBe(before);
});

describe('workers whose clocks are five minutes early and late', () => {
  const FIVE_MINUTES_MS = 300_000;

  it('bring the edition in as if they were right', async () => {
    start({ kind: 'never', clockOffsetMs: FIVE_MINUTES_MS });
    start({ kind: 'never', clockOffsetMs: -FIVE_MINUTES_MS });
    await expectInOrder();
  });

  it('take nothing away from one that works, however late it is', async () => {
    const late = start({ kind: 'ask', point: MID_COPY, clockOffsetMs: -FIVE_MINUTES_MS });
    await late.reaches(MID_COPY);
    const early = start({ kind: 'never', clockOffsetMs: FIVE_MINUTES_MS });
    await within(20_000, async () => isAtWork(early));
    const wasEnded = await within(2 * LEASE_SECONDS * 1_000, () => hasEnded(house.db));
    expect(wasEnded).toBe(false);
    late.answer();
    await expectInOrder();
    const [last] = await house.db.database.query(`SELECT crashes FROM run ORDER BY id DESC LIMIT 1`);
    expect(last).toEqual({ crashes: 0 });
  });

  const library = faketimeLibrary();
  (library === undefined ? it.skip : it)(
    'by faketime, which deceives the whole process: the same',
    async () => {
      for (const offset of ['+300s', '-300s']) {
        start(undefined, {
          environment: {
            LD_PRELOAD: library ?? '',
            FAKETIME: offset,
            // It stays right where a clock is set wrong.
            FAKETIME_DONT_FAKE_MONOTONIC: '1',
          },
        });
      }
      await expectInOrder();
    },
  );
});

const mountsTmpfs = process.getuid?.() === 0 && process.platform === 'linux' && canMount();
(mountsTmpfs ? describe : describe.skip)('a full disk (tmpfs, needs the right to mount)', () => {
  /** A disk of so many kilobytes. */
  function mountDisk(kilobytes: number): { path: string; grow: () => void } {
    const path = mkdtempSync(join(tmpdir(), 'isinglass-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k,mode=755`, 'tmpfs', path]);
    cleanUps.push(() => {
      execFileSync('umount', ['-l', path]);
      rmSync(path, { recursive: true, force: true });
    });
    return { path, grow: () => execFileSync('mount', ['-o', 'remount,size=200m', path]) };
  }

  /** Ends with this code, is as before to readers, and comes right by itself once there is room. */
  async function expectRefusedThenPublished(
    code: string,
    grow: () => void,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const before = await digestOf(house.db.database);
    const isSaid = async (): Promise<boolean> => {
      const rows = await house.db.database.query(
        `SELECT FROM run_event WHERE level = 'error' AND message LIKE $1 LIMIT 1`,
        [`${code}:%`],
      );
      return rows.length > 0;
    };
    start(undefined, { environment });
    expect(await within(ENDS_WITHIN_MS, isSaid)).toBe(true);
    expect(await digestOf(house.db.database)).toBe(before);
    grow();
    // Whether it ended or waits: a person asks for it anew, which brings a waiting one forward.
    await within(5_000, () => hasEnded(house.db));
    await inHouse(house, story, (app) => askFor(app, story.source)).catch(() => undefined);
    expect(await within(ENDS_WITHIN_MS, () => hasEnded(house.db))).toBe(true);
    for (const worker of workers) worker.stop();
    await Promise.all(workers.map(({ ended }) => ended));
    // There is one run more than undisturbed.
    const { runs } = await outcomeOf(house.db.database);
    const { tables } = scenario.undisturbed;
    expect(await faultsOf(house.db.database, { tables, runs })).toEqual([]);
  }

  it('where files are kept: nothing is published, the code says so, and the next run heals it', async () => {
    const disk = mountDisk(64);
    await expectRefusedThenPublished('DISK_FULL', disk.grow, { ISINGLASS_FILES: disk.path });
  });

  it('where PostgreSQL stages: the same', async () => {
    const disk = mountDisk(1_024);
    const folder = join(disk.path, 'tablespace');
    mkdirSync(folder);
    chmodSync(folder, 0o700);
    if (cluster.user !== undefined) chownSync(folder, cluster.user.uid, cluster.user.gid);
    const name = `small_${house.db.name}`;
    await cluster.asAdmin(`CREATE TABLESPACE ${name} OWNER isinglass LOCATION '${folder}'`);
    // Refused as long as anything is in it. Before the disk is taken away.
    cleanUps.unshift(() => cluster.asAdmin(`DROP TABLESPACE ${name}`));
    await cluster.asAdmin(`ALTER DATABASE ${house.db.name} SET default_tablespace = ${name}`);
    await expectRefusedThenPublished('DATABASE_DISK_FULL', disk.grow);
  });
});

/** Of Debian's package `faketime`; its program would stand between us and the process. */
function faketimeLibrary(): string | undefined {
  return globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')[0];
}

/** A container may forbid it even to root. */
function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'isinglass-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
