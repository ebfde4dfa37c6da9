import {
  startSimulatedPublisher,
  type SimulatedPublisher,
  type SimulatedPublisherOptions,
} from '../../src/demo/simulated-publisher.js';
import { AuditLog, type By } from '../../src/auth/audit-log.js';
import { Backfill, type BackfillOrder, type BackfillPlan } from '../../src/ingestion/backfill.js';
import { Operator } from '../../src/ingestion/operator.js';
import { RunReader, type RunStory } from '../../src/ingestion/run-reader.js';
import { livingRecords } from '../support/firds-state.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { workOff } from '../support/work-off.js';

const ESMA = 'eu-esma-firds';
const BY: By = { actor: 'cli ann@desk', reason: 'a hole in January' };
/** The simulated world begins on Monday 2026-01-05, with the full set of the Saturday before; the next is on the 10th. */
const WORLD: SimulatedPublisherOptions = { firdsInstruments: 300, firdsPartSize: 200 };
const ORDER: BackfillOrder = {
  from: '2026-01-03',
  to: '2026-01-12',
  mode: 'missing',
  isBackwards: false,
  isDryRun: false,
};

let publisher: SimulatedPublisher;
let house: TestHouse;
beforeEach(async () => {
  publisher = await startSimulatedPublisher(WORLD);
  house = await openTestHouse({ mirrorUrl: publisher.url, letters: null });
});
afterEach(async () => {
  await house.close();
  await publisher.close();
});

const backfill = (changes: Partial<BackfillOrder> = {}, source = ESMA): Promise<BackfillPlan> =>
  house.app.get(Backfill).order(source, { ...ORDER, ...changes }, BY);
const named = ({ editions }: BackfillPlan): string[] =>
  editions.map(({ kind, editionOn, leftOut }) => [kind, editionOn.slice(5), leftOut ?? ''].join(' ').trim());
const runsOfBackfills = async (): Promise<readonly RunStory[]> => {
  const rows = await house.db.database.query<{ id: number }>(
    `SELECT id FROM run WHERE trigger = 'backfill' ORDER BY id`,
  );
  return Promise.all(rows.map(({ id }) => house.app.get(RunReader).get(id)));
};
const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );
const logged = () => house.app.get(AuditLog).list({ limit: 100 });

/** A publisher whose deltas of the 6th and the 8th were lost for a while, which a person accepted. */
async function leaveHole(): Promise<void> {
  await house.ingestAll(ESMA);
  publisher.setFault({ name: 'missing-delta', match: 'DLTINS_20260106' });
  publisher.setDay(2);
  await house.ingestAll(ESMA, { acceptsGap: 'lost' });
  publisher.setFault({ name: 'missing-delta', match: 'DLTINS_20260108' });
  publisher.setDay(4);
  await house.ingestAll(ESMA, { acceptsGap: 'lost' });
  publisher.setFault(null);
}

describe('a backfill', () => {
  it('brings the days that are missing, one run each, in their order, and nothing else changes', async () => {
    const alone = await openTestHouse({ mirrorUrl: publisher.url, letters: null });
    try {
      await leaveHole();
      const plan = await backfill({ to: '2026-01-09' });
      expect(named(plan)).toEqual(['delta 01-06', 'delta 01-08']);
      expect(plan.totals).toMatchObject({ editions: 2, queued: 2, leftOut: 0 });
      await workOff(house);
      const runs = await runsOfBackfills();
      expect(runs).toMatchObject([
        { id: plan.editions[0]?.run, state: 'published', edition: '2026-01-06', trigger: 'backfill' },
        { id: plan.editions[1]?.run, state: 'published', edition: '2026-01-08' },
      ]);
      expect(await backfill({ to: '2026-01-09' })).toMatchObject({ editions: [], totals: { queued: 0 } });

      publisher.setDay(0);
      for (let day = 0; day <= 4; day += 1) {
        publisher.setDay(day);
        await alone.ingestAll(ESMA);
      }
      expect(await livingRecords(house.db.database, ESMA)).toEqual(
        await livingRecords(alone.db.database, ESMA),
      );
    } finally {
      await alone.close();
    }
  });

  it('goes backwards where it is asked to', async () => {
    await leaveHole();
    const plan = await backfill({ to: '2026-01-09', isBackwards: true });
    expect(named(plan)).toEqual(['delta 01-08', 'delta 01-06']);
    const [first, second] = plan.editions;
    expect(first?.run).toBeLessThan(second?.run ?? 0);
    await workOff(house);
    expect((await runsOfBackfills()).map(({ state, edition }) => [state, edition])).toEqual([
      ['published', '2026-01-08'],
      ['published', '2026-01-06'],
    ]);
  });

  it('says beforehand what it would bring, how large it is, and what would be refused; and writes nothing', async () => {
    await leaveHole();
    publisher.setDay(5);
    const before = await house.db.database.query(`SELECT count(*) FROM run`);
    const plan = await backfill({ isDryRun: true, mode: 'all' });
    expect(named(plan)).toEqual([
      ...['delta 01-03', 'full 01-03', 'delta 01-04', 'delta 01-05', 'delta 01-06', 'delta 01-07'],
      ...['delta 01-08', 'delta 01-09', 'delta 01-10', 'full 01-10', 'delta 01-11', 'delta 01-12'],
    ]);
    for (const { files, sizeBytes, run } of plan.editions) {
      expect(files).toBeGreaterThan(0);
      expect(sizeBytes).toBeGreaterThan(100);
      expect(run).toBeNull();
    }
    const { totals } = plan;
    expect(totals.sizeBytes).toBe(plan.editions.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0));
    expect(totals).toMatchObject({ editions: 12, filesOfUnknownSize: 0, queued: 0 });

    expect(named(await backfill({ isDryRun: true, mode: 'all', isBackwards: true }))).toEqual([
      ...['delta 01-12 DELTA_GAP', 'delta 01-11 DELTA_GAP', 'full 01-10', 'delta 01-10'],
      ...['delta 01-09', 'delta 01-08', 'delta 01-07', 'delta 01-06'],
      ...['delta 01-05', 'delta 01-04', 'full 01-03 EDITION_OLDER', 'delta 01-03'],
    ]);
    expect(await house.db.database.query(`SELECT count(*) FROM run`)).toEqual(before);
    expect(await logged()).toEqual([]);
  });

  it('leaves out deltas that nothing leads up to', async () => {
    publisher.setDay(3);
    const deltas = await backfill({ isDryRun: true, from: '2026-01-06', to: '2026-01-08' });
    expect(named(deltas)).toEqual([
      'delta 01-06 DELTA_GAP',
      'delta 01-07 DELTA_GAP',
      'delta 01-08 DELTA_GAP',
    ]);
    const queued = await backfill({ from: '2026-01-06', to: '2026-01-08' });
    expect(queued.totals).toMatchObject({ editions: 0, leftOut: 3, queued: 0 });
    expect(await logged()).toEqual([]);

    const all = await backfill({ to: '2026-01-08' });
    expect(named(all)).toEqual([
      ...['delta 01-03 DELTA_GAP', 'full 01-03', 'delta 01-04', 'delta 01-05', 'delta 01-06'],
      ...['delta 01-07', 'delta 01-08'],
    ]);
    await workOff(house);
    expect(new Set((await runsOfBackfills()).map(({ state }) => state))).toEqual(new Set(['published']));
  });

  it('asks once for an edition whose run waits, however often it is given, and writes one line', async () => {
    await leaveHole();
    const plans = await Promise.all(Array.from({ length: 5 }, () => backfill({ to: '2026-01-09' })));
    expect(new Set(plans.map(({ editions }) => editions.map(({ run }) => run).join(' '))).size).toBe(1);
    expect(plans.map(({ totals }) => totals.queued).sort()).toEqual([0, 0, 0, 0, 2]);
    expect(await logged()).toMatchObject([
      {
        action: 'backfill',
        sourceId: ESMA,
        reason: 'a hole in January',
        details: {
          from: '2026-01-03',
          to: '2026-01-09',
          mode: 'missing',
          runs: [expect.any(Number), expect.any(Number)],
        },
      },
    ]);
  });

  it('tries again what failed, and only that', async () => {
    await leaveHole();
    expect((await backfill({ mode: 'failed', isDryRun: true })).editions).toEqual([]);
    publisher.setFault({ name: 'not-found', match: 'DLTINS_20260106' });
    await backfill({ to: '2026-01-09' });
    await workOff(house);
    expect((await runsOfBackfills()).map(({ state }) => state)).toEqual(['failed', 'published']);
    publisher.setFault(null);
    const plan = await backfill({ mode: 'failed' });
    expect(named(plan)).toEqual(['delta 01-06']);
    await workOff(house);
    expect((await runsOfBackfills()).at(-1)).toMatchObject({ state: 'published', edition: '2026-01-06' });
    expect((await backfill({ mode: 'failed', isDryRun: true })).editions).toEqual([]);
  });

  it('is not for publishers who show their newest edition only, and not for senseless days', async () => {
    expect(await codeOf(backfill({}, 'xx-iso-mic'))).toBe('BACKFILL_UNSUPPORTED');
    expect(await codeOf(backfill({}, 'xx-nothing'))).toBe('SOURCE_UNKNOWN');
    expect(await codeOf(backfill({ from: '2026-01-32' }))).toBe('DAY_INVALID');
    expect(await codeOf(backfill({ from: '2026-01-05', to: '2026-01-04' }))).toBe('BACKFILL_RANGE');
    expect(await codeOf(backfill({ from: '2025-01-01', to: '2026-02-05' }))).toBe('BACKFILL_TOO_LARGE');
    expect((await backfill({ from: '2025-01-02', to: '2026-02-05', isDryRun: true })).editions).not.toEqual(
      [],
    );
  });
});

describe('a run of a day', () => {
  const runOf = async (order: Parameters<Operator['run']>[1], source = ESMA): Promise<RunStory> => {
    const { run } = await house.app.get(Operator).run(source, order, 'cli', BY);
    await workOff(house);
    return house.app.get(RunReader).get(run);
  };

  it('brings the full set of that day, or the delta where it is asked for, and nothing that follows', async () => {
    publisher.setDay(5);
    expect(await runOf({ editionOn: '2026-01-03' })).toMatchObject({
      state: 'published',
      edition: '2026-01-03',
    });
    expect(await runOf({ editionOn: '2026-01-04', kind: 'full' })).toMatchObject({
      state: 'failed',
      error: { code: 'EDITION_NOT_LISTED' },
    });
    expect(await runOf({ editionOn: '2026-01-04' })).toMatchObject({
      state: 'published',
      edition: '2026-01-04',
    });
    expect(await runOf({ editionOn: '2026-01-06' })).toMatchObject({
      state: 'refused',
      error: { code: 'DELTA_GAP' },
    });
    expect(await runOf({ editionOn: '2026-01-06', gapReason: 'wanted' })).toMatchObject({
      state: 'published',
      edition: '2026-01-06',
      findings: expect.arrayContaining([expect.objectContaining({ code: 'GAP_ACCEPTED' })]) as unknown,
    });
    expect(await house.db.database.query(`SELECT FROM run WHERE trigger = 'backlog'`)).toEqual([]);
  });

  it('brings what is published again by force, which changes nothing', async () => {
    publisher.setDay(1);
    await house.ingestAll(ESMA);
    const before = await livingRecords(house.db.database, ESMA);
    expect(await runOf({})).toMatchObject({ state: 'unchanged', edition: null });
    expect(await runOf({ force: true })).toMatchObject({ state: 'unchanged', edition: '2026-01-06' });
    expect(await livingRecords(house.db.database, ESMA)).toEqual(before);
  });
});

describe('a rejected edition of an archive', () => {
  it.each([
    ['eu-esma-firds', 'lists checksums'],
    ['gb-fca-firds', 'lists none'],
  ])('of %s, which %s, is left aside until its files change', async (source) => {
    const list = source === ESMA ? 'DLTINS' : 'DLTINS';
    await house.ingestAll(source);
    publisher.setDay(1);
    publisher.setFault({ name: 'missing-delta', match: `${list}_20260107` });
    const [delta] = await house.ingestAll(source);
    expect(delta).toMatchObject({ edition: '2026-01-06', state: 'published' });
    publisher.setFault(null);
    publisher.setDay(2);
    // Nothing in this world is odd enough for the gate: it is as if it had been held.
    const [next] = await house.ingestAll(source);
    expect(next).toMatchObject({ edition: '2026-01-07' });
    await house.db.database.query(`UPDATE edition SET state = 'held' WHERE edition_on = '2026-01-07'`);
    await house.db.database.query(`UPDATE run SET state = 'held' WHERE id = $1`, [next?.id]);
    await house.db.database.query(`DELETE FROM change WHERE publication = $1`, [next?.publication]);
    await house.db.database.query(`DELETE FROM publication WHERE number = $1`, [next?.publication]);
    await house.app.get(Operator).reject(next?.id ?? 0, BY);

    expect(await house.ingestAll(source)).toMatchObject([{ state: 'unchanged', edition: null }]);
    publisher.setDay(3);
    expect(await house.ingestAll(source)).toMatchObject([{ state: 'refused', error: { code: 'DELTA_GAP' } }]);
    publisher.setFault({ name: 'republished', match: 'DLTINS_20260107' });
    expect((await house.ingestAll(source))[0]).toMatchObject({ state: 'published', edition: '2026-01-07' });
  });
});
