import fc from 'fast-check';
import { dueTimes } from '../../src/ingestion/due-times.js';
import { Slots } from '../../src/ingestion/slots.js';
import type { Schedule } from '../../src/sources/source.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

const ID = 'in-nse-equities';
const daily: Schedule = { cron: '0 6 * * *', timeZone: 'UTC', catchUp: 'latest' };
const at = (day: number, time = '06:00'): Date =>
  new Date(`2026-03-${String(day).padStart(2, '0')}T${time}:00Z`);

let house: TestHouse;
let slots: Slots;
beforeAll(async () => {
  house = await openTestHouse();
  slots = house.app.get(Slots);
});
beforeEach(() => knownSince(at(1, '00:00')));
afterAll(() => house.close());

/** Forgets every slot and run, and when the source was first heard of. */
async function knownSince(since: Date): Promise<void> {
  await house.db.database.query('DELETE FROM slot');
  await house.db.database.query('DELETE FROM run');
  await house.db.database.query('UPDATE source SET known_since = $1 WHERE id = $2', [since, ID]);
}

const openDue = (now: Date, changes: Partial<Schedule> = {}) =>
  slots.openDue({ id: ID, schedule: { ...daily, ...changes } }, now);

/** What stands in the table, oldest first: `2026-03-01T06:00:00.000Z opened`. */
async function written(): Promise<readonly string[]> {
  const rows = await house.db.database.query<{ due_at: Date; state: string }>(
    'SELECT due_at, state FROM slot WHERE source_id = $1 ORDER BY due_at',
    [ID],
  );
  return rows.map(({ due_at, state }) => `${due_at.toISOString()} ${state}`);
}

const on = (day: number, state: string): string => `${at(day).toISOString()} ${state}`;

/** Every opened slot has a run of its own, and there are no other runs. */
async function expectOneRunForEachOpened(): Promise<void> {
  const [counts] = await house.db.database.query<Record<string, number>>(
    `SELECT (SELECT count(*) FROM run) AS runs, count(*) FILTER (WHERE s.state = 'opened') AS opened,
            count(DISTINCT o.run_id) AS "runsOfSlots",
            count(*) FILTER (WHERE r.source_id = s.source_id AND r.trigger = 'schedule' AND r.state = 'queued') AS queued
     FROM slot s LEFT JOIN slot_run o USING (source_id, due_at) LEFT JOIN run r ON r.id = o.run_id`,
  );
  const opened = counts?.['opened'];
  expect(counts).toEqual({ runs: opened, opened, runsOfSlots: opened, queued: opened });
}

describe('slots', () => {
  it('are opened once, with a run, when they are due', async () => {
    expect(await openDue(at(1, '05:59'))).toEqual([]);
    expect(await openDue(at(1))).toEqual([
      { dueAt: at(1), state: 'opened', reason: null, runId: expect.any(Number) as number, alerts: [] },
    ]);
    expect(await openDue(at(1))).toEqual([]);
    expect(await openDue(at(1, '23:00'))).toEqual([]);
    expect(await written()).toEqual([on(1, 'opened')]);
    await expectOneRunForEachOpened();
  });

  it('do not reach back to before the source was known', async () => {
    await knownSince(at(3, '07:00'));
    expect(await openDue(at(3, '08:00'), { catchUp: 'all' })).toEqual([]);
    await openDue(at(4), { catchUp: 'all' });
    expect(await written()).toEqual([on(4, 'opened')]);
  });

  it('are asked of the time of the database when no other is given', async () => {
    await house.db.database.query(
      `UPDATE source SET known_since = date_trunc('hour', clock_timestamp()) - interval '90 minutes' WHERE id = $1`,
      [ID],
    );
    const opened = await slots.openDue({ id: ID, schedule: { ...daily, cron: '0 * * * *' } });
    const [now] = await house.db.database.query<{ hour: Date }>(
      `SELECT date_trunc('hour', clock_timestamp(), 'UTC') AS hour`,
    );
    expect(opened.at(-1)?.dueAt).toEqual(now?.hour);
  });

  it('of an unknown source are refused', async () => {
    await expect(slots.openDue({ id: 'xx-nothing', schedule: daily }, at(1))).rejects.toThrow('xx-nothing');
  });
});

describe('after three days of absence', () => {
  beforeEach(() => openDue(at(1)));

  it.each<[Schedule['catchUp'], string, readonly string[]]>([
    ['latest', '12:00', [on(1, 'opened'), on(2, 'skipped'), on(3, 'skipped'), on(4, 'opened')]],
    ['all', '12:00', [on(1, 'opened'), on(2, 'opened'), on(3, 'opened'), on(4, 'opened')]],
    ['skip', '12:00', [on(1, 'opened'), on(2, 'skipped'), on(3, 'skipped'), on(4, 'skipped')]],
    ['skip', '06:02', [on(1, 'opened'), on(2, 'skipped'), on(3, 'skipped'), on(4, 'opened')]],
  ])('the policy "%s" at %s decides which due times get a run', async (catchUp, time, expected) => {
    const opened = await openDue(at(4, time), { catchUp });
    expect(opened.map(({ dueAt, state }) => `${dueAt.toISOString()} ${state}`)).toEqual(expected.slice(1));
    expect(await written()).toEqual(expected);
    await expectOneRunForEachOpened();
    expect(await openDue(at(4, '13:00'), { catchUp })).toEqual([]);
  });

  it('at most as many runs are made as the schedule says, of the latest due times, and 14 where it says nothing', async () => {
    const hourly = { cron: '0 * * * *', catchUp: 'all' } as const;
    const opened = (events: Awaited<ReturnType<typeof openDue>>): readonly Date[] =>
      events.filter(({ state }) => state === 'opened').map(({ dueAt }) => dueAt);
    const two = opened(await openDue(at(10), { ...hourly, catchUpMost: 2 }));
    expect(two).toEqual([at(10, '05:00'), at(10)]);
    const events = await openDue(at(31), hourly);
    expect(events).toHaveLength(21 * 24);
    expect(events[0]).toMatchObject({
      state: 'skipped',
      reason: 'found late: the policy "all" catches up the latest 14 due times',
    });
    expect(opened(events)).toHaveLength(14);
    expect(opened(events).at(-1)).toEqual(at(31));
    expect(await openDue(at(31, '06:59'), hourly)).toEqual([]);
    await expectOneRunForEachOpened();
  });

  it('no more than a thousand due times are written down, and the oldest tells of those before it', async () => {
    const events = await openDue(at(31), { cron: '*/5 * * * *', catchUp: 'latest' });
    expect(events).toHaveLength(1000);
    expect(events[0]?.reason).toContain('so it was with all since 2026-03-01T06:00:00.000Z');
    expect(events[1]?.reason).not.toContain('since');
    expect(events.at(-1)).toMatchObject({ dueAt: at(31), state: 'opened' });
  });
});

describe('the same due times', () => {
  it('seen by five processes at once are opened once', async () => {
    for (let round = 0; round < 10; round += 1) {
      await knownSince(at(1, '00:00'));
      const answers = await Promise.all(Array.from({ length: 5 }, () => openDue(at(3), { catchUp: 'all' })));
      expect(answers.flat().map(({ dueAt }) => dueAt)).toEqual([at(1), at(2), at(3)]);
      expect(await written()).toEqual([on(1, 'opened'), on(2, 'opened'), on(3, 'opened')]);
      await expectOneRunForEachOpened();
    }
  });

  it('are not opened again when the clock is moved back', async () => {
    await openDue(at(5), { catchUp: 'all' });
    const before = await written();
    for (const now of [at(4), at(2, '06:30'), at(5), at(5, '07:00')]) {
      expect(await openDue(now, { catchUp: 'all' })).toEqual([]);
    }
    expect(await written()).toEqual(before);
    await expectOneRunForEachOpened();
  });

  it('are opened each once, however often and whenever one looks, also over a change of the clocks', async () => {
    const from = new Date('2026-10-24T12:00:00Z');
    const minutes = 36 * 60;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('30 2 * * *', '*/30 2 * * *', '0 * * * *', '15,45 1-3 * * *'),
        fc.constantFrom('Europe/Berlin', 'Asia/Kolkata'),
        fc.array(fc.integer({ min: 0, max: minutes * 60_000 }), { minLength: 1, maxLength: 12 }),
        async (cron, timeZone, offsets) => {
          await knownSince(from);
          const looks = [...offsets].sort((a, b) => a - b).map((offset) => new Date(from.getTime() + offset));
          const seen: Date[] = [];
          for (const now of looks) {
            seen.push(
              ...(await openDue(now, { cron, timeZone, catchUp: 'all', catchUpMost: 1_000 })).map(
                ({ dueAt }) => dueAt,
              ),
            );
          }
          const last = looks.at(-1) ?? from;
          expect(seen).toEqual(dueTimes({ cron, timeZone }, from, last, 1_000));
          expect(await written()).toEqual(seen.map((dueAt) => `${dueAt.toISOString()} opened`));
          await expectOneRunForEachOpened();
        },
      ),
      { numRuns: 40 },
    );
  });
});
