import { jest } from '@jest/globals';
import { Logger, type LoggerService } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { Clock } from '../../src/common/clock.js';
import { CONFIG, type Config } from '../../src/config/settings.js';
import { Database } from '../../src/database/database.js';
import { RunLedger } from '../../src/ingestion/run-ledger.js';
import { Scheduler } from '../../src/ingestion/scheduler.js';
import { Slots } from '../../src/ingestion/slots.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { waitUntil } from '../support/wait-until.js';

const MIC = 'xx-iso-mic';
const ONLY_MIC = new Map([
  ['eu-esma-firds', false],
  ['gb-fca-firds', false],
]);

/** What was logged, as `level text`. */
let lines: string[] = [];
const note =
  (level: string) =>
  (text: unknown): void => {
    lines.push(`${level} ${String(text)}`);
  };
const listener: LoggerService = { log: note('log'), warn: note('warn'), error: note('error') };

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ sources: ONLY_MIC });
  Logger.overrideLogger(listener);
});
beforeEach(async () => {
  for (const table of ['slot', 'run', 'pause']) await house.db.database.query(`DELETE FROM ${table}`);
  await house.db.database.query(`UPDATE source SET known_since = clock_timestamp()`);
  lines = [];
});
afterAll(async () => {
  Logger.overrideLogger(true);
  await house.close();
});

/** A replica, whose clock is so far ahead. */
function scheduler(aheadMs = 0): Scheduler {
  const { app } = house;
  const clock: Clock = { now: () => new Date(Date.now() + aheadMs) };
  return new Scheduler(
    { ...app.get<Config>(CONFIG), roles: ['scheduler'] },
    clock,
    app.get(SchedulerRegistry),
    app.get(Database),
    app.get(RunLedger),
    app.get(Slots),
  );
}

const runs = (): Promise<readonly { readonly source: string; readonly trigger: string }[]> =>
  house.db.database.query('SELECT source_id AS source, trigger FROM run ORDER BY id');

describe('a sweep', () => {
  it('says how much was caught up', async () => {
    await house.db.database.query(`UPDATE source SET known_since = clock_timestamp() - interval '24 days'`);
    await scheduler().sweep();
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^log xx-iso-mic: caught up: 1 run, 2[34] skipped \(policy latest\)$/);
    expect(lines[1]).toMatch(/^log xx-iso-mic: slot of \S+ opened, run \d+$/);
    expect(await runs()).toEqual([{ source: MIC, trigger: 'schedule' }]);
    lines = [];
    await scheduler().sweep();
    expect(lines).toEqual([]);
  });

  it('begins a source that never had a run, once, and not while it is paused', async () => {
    await house.db.database.query(
      `INSERT INTO pause (source_id, paused_by, reason) VALUES ('*', 'test', 'test')`,
    );
    await scheduler().sweep();
    expect(await runs()).toEqual([]);
    await house.db.database.query('DELETE FROM pause');
    await Promise.all([1, 2, 3].map(() => scheduler().sweep()));
    expect(await runs()).toEqual([{ source: MIC, trigger: 'first' }]);
  });

  it('that failed is repeated after five seconds, once however often it failed meanwhile', async () => {
    const lame = scheduler();
    let sweeps = 0;
    jest.spyOn(Slots.prototype, 'openDue').mockImplementation(() => {
      sweeps += 1;
      return sweeps <= 3 ? Promise.reject(new Error('PostgreSQL is away')) : Promise.resolve([]);
    });
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      for (let times = 0; times < 3; times += 1) await lame.sweep();
      expect(sweeps).toBe(3);
      await jest.advanceTimersByTimeAsync(4_900);
      expect(sweeps).toBe(3);
      await jest.advanceTimersByTimeAsync(200);
      await waitUntil('it is repeated', async () => sweeps > 3);
      await jest.advanceTimersByTimeAsync(60_000);
      expect(sweeps).toBe(4);
    } finally {
      jest.useRealTimers();
      jest.restoreAllMocks();
      lame.onApplicationShutdown();
    }
  });

  it('tells of slots it could not look at, and goes on with the rest', async () => {
    await house.db.database.query(`UPDATE source SET known_since = clock_timestamp() - interval '2 days'`);
    const slots = house.app.get(Slots);
    const failing = Object.assign(Object.create(slots) as Slots, {
      openDue: async () => {
        throw new Error('no luck');
      },
    });
    const one = scheduler();
    Object.assign(one, { slots: failing });
    await one.sweep();
    expect(lines).toEqual(['error xx-iso-mic: no luck']);
    expect(await runs()).toEqual([{ source: MIC, trigger: 'first' }]);
  });
});

describe('a machine whose clock is wrong', () => {
  it.each([
    [300_000, /^warn CLOCK_SKEW: the clock of this machine is 300\.\d s ahead of the database's/],
    [-300_000, /^warn CLOCK_SKEW: the clock of this machine is (300|299)\.\d s behind the database's/],
  ])('by %i ms is told so, once in a while, and opens nothing early', async (aheadMs, expected) => {
    const one = scheduler(aheadMs);
    await one.sweep();
    await one.sweep();
    expect(lines).toEqual([expect.stringMatching(expected)]);
    expect(await house.db.database.query('SELECT FROM slot')).toEqual([]);
  });

  it.each([1_500, -1_500])('by %i ms is let be', async (aheadMs) => {
    await scheduler(aheadMs).sweep();
    expect(lines).toEqual([]);
  });
});
