import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isinCheckDigit } from '../../src/domain/isin.js';
import { CommandChild } from '../support/child.js';
import { digestOf, litterIn } from '../support/digest.js';
import { NseArchive } from '../support/nse-archive.js';
import { equityRows, type EquityRow } from '../support/nse-file.js';
import { cloneDatabase, type TestDatabase } from '../support/test-database.js';
import { waitUntil } from '../support/wait-until.js';

const SOURCE = 'in-nse-equities';

/** Every place at which a run may die, in the order in which it comes by. */
const POINTS = [
  'locate:before',
  'locate:before-commit',
  'locate:after',
  'load EQUITY_L:before',
  'download:mid-file',
  'load EQUITY_L:kept',
  'load EQUITY_L:mid-copy',
  'load EQUITY_L:before-commit',
  'load EQUITY_L:after',
  'load REITS_L:before',
  'load REITS_L:kept',
  'load REITS_L:before-commit',
  'load REITS_L:after',
  'gate:before',
  'gate:before-commit',
  'gate:after',
  'publish:before',
  'publish:merged',
  'publish:before-commit',
  'publish:after',
];

const equities = equityRows();
const trusts = ['JULIET', 'KILO', 'LIMA'].map((symbol, index): EquityRow => {
  const body = `INE9R0${index}25016`.slice(0, 11);
  return { symbol, name: `${symbol} Trust`, series: 'RR', isin: body + isinCheckDigit(body) };
});

let archive: NseArchive;
/** Day 1, published undisturbed: what every test begins with. */
let template: House;
/** What readers see of day 1, and after an undisturbed run of day 2. */
let before: string;
let after: string;

/** A database and a home, without a process. */
interface House {
  readonly db: TestDatabase;
  readonly home: string;
}

let houses: House[] = [];

beforeAll(async () => {
  archive = await NseArchive.start();
  archive.publish('2026-01-05', { EQUITY_L: equities, REITS_L: trusts });
  template = await build();
  await ingest(template);
  before = await digestOf(template.db.database);
  await template.db.database.close();

  // Day 2: some renamed, some gone, some new.
  archive.publish('2026-01-06', {
    EQUITY_L: [...equities.slice(0, 600), ...equities.slice(605), ...equityRows(1_203).slice(1_200)].map(
      (row, index) => (index % 100 === 50 ? { ...row, name: `${row.name} (renamed)` } : row),
    ),
    REITS_L: trusts.map((row, index) => (index === 1 ? { ...row, marketLot: '200' } : row)),
  });
  const reference = await build(template);
  await ingest(reference);
  after = await digestOf(reference.db.database);
  expect(after).not.toBe(before);
});

afterEach(demolish);
afterAll(async () => {
  await demolish();
  await rm(template.home, { recursive: true, force: true });
  await archive.close();
});

async function build(like?: House): Promise<House> {
  const [db, home] = await Promise.all([
    cloneDatabase(like?.db.name),
    mkdtemp(join(tmpdir(), 'isinglass-home-')),
  ]);
  const house = { db, home };
  if (like === undefined) return house;
  houses.push(house);
  await cp(like.home, home, { recursive: true });
  return house;
}

async function demolish(): Promise<void> {
  for (const { db, home } of houses) {
    await db.drop();
    await rm(home, { recursive: true, force: true });
  }
  houses = [];
}

function start(
  { db, home }: House,
  words: readonly string[],
  fault?: { readonly kind: 'kill' | 'wait'; readonly point: string },
): CommandChild {
  return new CommandChild(
    { DATABASE_URL: db.url, ISINGLASS_HOME: home, ISINGLASS_MIRROR_URL: archive.url },
    words,
    fault,
  );
}

/** Runs the command undisturbed, to its good end. */
async function ingest(house: House): Promise<void> {
  const child = start(house, ['ingest', SOURCE]);
  const { code, signal } = await child.ended;
  if (code !== 0) throw new Error(`ended with ${code ?? signal}:\n${child.output}`);
}

/** Runs a command until it dies at the point; the fault must fire. */
async function killAt(house: House, point: string): Promise<void> {
  const child = start(house, ['ingest', SOURCE], { kind: 'kill', point });
  expect(await child.ended).toEqual({ code: null, signal: 'SIGKILL' });
  expect(child.output).toContain(`reached ${point}\n`);
}

interface RunRow {
  readonly [column: string]: unknown;
  readonly id: number;
  readonly state: string;
  readonly crashes: number;
  readonly leaseUntil: Date | null;
  readonly hasEnded: boolean;
}

const runsIn = ({ db }: House): Promise<RunRow[]> =>
  db.database.query<RunRow>(
    `SELECT id, state, crashes, error ->> 'code' AS error,
            (SELECT max(lease_until) FROM run_step WHERE run_id = run.id) AS "leaseUntil", ended_at IS NOT NULL AS "hasEnded"
     FROM run ORDER BY id`,
  );

async function expectDayTwo(house: House): Promise<void> {
  expect(await digestOf(house.db.database)).toBe(after);
  expect(await litterIn(house.db.database)).toEqual([]);
  const numbers = await house.db.database.query<{ number: number }>(
    `SELECT number FROM publication ORDER BY number`,
  );
  expect(numbers.map(({ number }) => number)).toEqual([1, 2]);
  expect((await runsIn(house)).filter(({ hasEnded }) => !hasEnded)).toEqual([]);
  const steps = await house.db.database.query(`SELECT FROM run_step WHERE state <> 'done'`);
  expect(steps).toHaveLength(0);
}

/** The run was taken over from its dead process, at once: before its lease came to its end. */
async function expectTakenOver(house: House, killed: RunRow): Promise<void> {
  const events = await house.db.database.query<{ at: Date; fields: unknown }>(
    `SELECT at, fields FROM run_event WHERE run_id = $1 AND level = 'warning' AND message LIKE 'taken over:%'`,
    [killed.id],
  );
  expect(events.map(({ fields }) => fields)).toEqual([{ crashes: 1 }]);
  // One that died between two steps left no lease.
  if (killed.leaseUntil !== null) expect(events[0]?.at.getTime()).toBeLessThan(killed.leaseUntil.getTime());
}

async function dayTwoKilledAt(point: string): Promise<{ house: House; killed: RunRow }> {
  const house = await build(template);
  await killAt(house, point);
  const killed = (await runsIn(house)).at(-1);
  if (killed === undefined) throw new Error('no run');
  expect(await digestOf(house.db.database)).toBe(point === 'publish:after' ? after : before);
  expect(killed).toMatchObject({ id: 2, state: point === 'publish:after' ? 'published' : 'running' });
  return { house, killed };
}

describe('a run that is killed', () => {
  it.each(POINTS)('at %s is finished by the next command as if nothing had happened', async (point) => {
    const { house, killed } = await dayTwoKilledAt(point);
    await ingest(house);
    await expectDayTwo(house);
    const crashes = point === 'publish:after' ? 0 : 1;
    expect(await runsIn(house)).toMatchObject([
      { id: 1, state: 'published', crashes: 0 },
      { id: 2, state: 'published', crashes },
      { id: 3, state: 'unchanged', crashes: 0 },
    ]);
    if (crashes > 0) await expectTakenOver(house, killed);
  });

  it.each(['locate:after', 'load EQUITY_L:mid-copy', 'gate:before-commit', 'publish:merged'])(
    'at %s is finished by a worker',
    async (point) => {
      const { house, killed } = await dayTwoKilledAt(point);
      const worker = start(house, ['serve', '--roles', 'worker']);
      await waitUntil('the run has ended', async () =>
        (await runsIn(house)).every(({ hasEnded }) => hasEnded),
      );
      worker.stop();
      expect(await worker.ended).toEqual({ code: 0, signal: null });
      await expectDayTwo(house);
      expect(await runsIn(house)).toMatchObject([{ id: 1 }, { id: 2, state: 'published', crashes: 1 }]);
      await expectTakenOver(house, killed);
    },
  );

  it('in two different steps is finished all the same', async () => {
    const { house } = await dayTwoKilledAt('load EQUITY_L:mid-copy');
    await killAt(house, 'publish:before-commit');
    expect(await digestOf(house.db.database)).toBe(before);
    await ingest(house);
    await expectDayTwo(house);
    expect((await runsIn(house))[1]).toMatchObject({ state: 'published', crashes: 2 });
  });

  it('three times is not tried again: it ends as poisoned, and the next run goes on', async () => {
    const house = await build(template);
    for (let time = 1; time <= 3; time += 1) await killAt(house, 'gate:before-commit');
    await ingest(house);
    await expectDayTwoButForSteps(house);
    expect(await runsIn(house)).toMatchObject([
      { id: 1, state: 'published' },
      { id: 2, state: 'failed', error: 'RUN_POISONED', crashes: 3 },
      { id: 3, state: 'published', crashes: 0 },
    ]);
  });
});

/** The poisoned run keeps the step it died in, as it was. */
async function expectDayTwoButForSteps(house: House): Promise<void> {
  expect(await digestOf(house.db.database)).toBe(after);
  expect(await litterIn(house.db.database)).toEqual([]);
  const open = await house.db.database.query(`SELECT run_id, name FROM run_step WHERE state <> 'done'`);
  expect(open).toEqual([{ run_id: 2, name: 'gate' }]);
}

describe('a process told to stop in the middle of a load', () => {
  const point = 'load EQUITY_L:mid-copy';

  it('that is a worker puts the run back, ends with code 0, and the next one finishes it', async () => {
    const house = await build(template);
    await house.db.database.query(`INSERT INTO run (source_id, trigger) VALUES ($1, 'api')`, [SOURCE]);
    const worker = start(house, ['serve', '--roles', 'worker'], { kind: 'wait', point });
    await worker.reaches(point);
    worker.stop();
    expect(await worker.ended).toEqual({ code: 0, signal: null });
    expect((await runsIn(house))[1]).toMatchObject({ id: 2, state: 'queued', crashes: 0 });
    expect(await digestOf(house.db.database)).toBe(before);

    const next = start(house, ['serve', '--roles', 'worker']);
    await waitUntil('the run has ended', async () => (await runsIn(house)).every(({ hasEnded }) => hasEnded));
    next.stop();
    expect(await next.ended).toEqual({ code: 0, signal: null });
    await expectDayTwo(house);
    expect((await runsIn(house))[1]).toMatchObject({ state: 'published', crashes: 0 });
  });

  it('that is a command puts the run back, ends with another code than 0, and the next one finishes it', async () => {
    const house = await build(template);
    const command = start(house, ['ingest', SOURCE], { kind: 'wait', point });
    await command.reaches(point);
    command.stop();
    expect(await command.ended).toEqual({ code: 1, signal: null });
    expect((await runsIn(house))[1]).toMatchObject({ id: 2, state: 'queued', crashes: 0 });
    expect(await digestOf(house.db.database)).toBe(before);

    await ingest(house);
    await expectDayTwo(house);
    expect(await runsIn(house)).toMatchObject([
      { id: 1 },
      { id: 2, state: 'published', crashes: 0 },
      { id: 3, state: 'unchanged' },
    ]);
  });
});
