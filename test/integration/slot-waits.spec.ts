import { AuditLog } from '../../src/auth/audit-log.js';
import { Slots, type SlotEvent } from '../../src/ingestion/slots.js';
import type { Schedule } from '../../src/sources/source.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { askFor } from '../support/ask-for.js';

const ID = 'in-nse-equities';
/** Comes first; due at 6:00 in Brussels. */
const FIRST = 'xx-iso-mic';
/** Is off. */
const OFF = 'in-nse-equities';
const PARIS: Schedule = { cron: '0 7 * * *', timeZone: 'Europe/Paris', catchUp: 'latest' };
const AFTER: Schedule = { ...PARIS, after: [FIRST] };
const UNTIL: Schedule = { ...PARIS, until: { everyMinutes: 15, giveUpAt: '12:00' } };

/** A local time in Paris in March 2026, one hour ahead of UTC. */
const at = (day: number, time: string): Date =>
  new Date(`2026-03-${String(day).padStart(2, '0')}T${time}:00+01:00`);

let house: TestHouse;
let slots: Slots;
beforeAll(async () => {
  house = await openTestHouse();
  slots = house.app.get(Slots);
});
afterAll(() => house.close());
beforeEach(async () => {
  const { database } = house.db;
  for (const table of ['slot', 'run', 'edition', 'pause']) await database.query(`DELETE FROM ${table}`);
  await database.query('UPDATE source SET known_since = $1, last_confirmed_at = NULL', [at(1, '20:00')]);
  // Nobody can delete a line of this log but its owner, who is the tests'.
  await database.query('ALTER TABLE audit_event DISABLE TRIGGER USER');
  await database.query('DELETE FROM audit_event');
  await database.query('ALTER TABLE audit_event ENABLE TRIGGER USER');
});

async function alerts(): Promise<readonly unknown[]> {
  const lines = await house.app.get(AuditLog).list({ limit: 100 });
  return lines
    .filter(({ action }) => action === 'alert')
    .map(({ actor, sourceId, details }) => ({ actor, sourceId, code: details?.['code'] }));
}

const openDue = (now: Date, schedule: Schedule, id = ID): Promise<readonly SlotEvent[]> =>
  slots.openDue({ id, schedule }, now);

/** What is written, oldest first: `2 waiting: reason (1 runs)`. */
async function written(): Promise<readonly string[]> {
  const found = await slots.last(ID, 100);
  return found
    .map(
      ({ dueAt, state, reason, runs }) =>
        `${dueAt.getUTCDate()} ${state} (${runs.length})${reason === null ? '' : `: ${reason}`}`,
    )
    .reverse();
}

const confirm = (id: string, when: Date): Promise<unknown> =>
  house.db.database.query('UPDATE source SET last_confirmed_at = $2 WHERE id = $1', [id, when]);

/** Every run that is there ends so. */
const endRuns = (state: string): Promise<unknown> =>
  house.db.database.query(`UPDATE run SET state = $1, ended_at = clock_timestamp() WHERE ended_at IS NULL`, [
    state,
  ]);

const publish = (editionOn: string, kind = 'full'): Promise<unknown> =>
  house.db.database.query(
    `INSERT INTO edition (source_id, kind, edition_on, fingerprint, scopes, state)
     VALUES ($1, $2, $3::text::date, md5($3), '{}', 'published')`,
    [ID, kind, editionOn],
  );

describe('a slot that comes after another source', () => {
  it('waits until that was confirmed since its own latest due time', async () => {
    await confirm(FIRST, at(1, '06:05'));
    expect(await openDue(at(2, '07:00'), AFTER)).toMatchObject([{ state: 'waiting', runId: null }]);
    expect(await written()).toEqual([
      '2 waiting (0): waits for xx-iso-mic, until 09:00 Europe/Paris at most',
    ]);
    expect(await openDue(at(2, '07:01'), AFTER)).toEqual([]);
    await confirm(FIRST, at(2, '05:59'));
    expect(await openDue(at(2, '07:02'), AFTER)).toEqual([]);
    await confirm(FIRST, at(2, '07:02'));
    expect(await openDue(at(2, '07:03'), AFTER)).toMatchObject([
      { state: 'opened', runId: expect.any(Number) as number },
    ]);
    expect(await written()).toEqual(['2 opened (1)']);
    expect(await alerts()).toEqual([]);
  });

  it('does not wait for one that is there', async () => {
    await confirm(FIRST, at(2, '06:01'));
    expect(await openDue(at(2, '07:00'), AFTER)).toMatchObject([{ state: 'opened', reason: null }]);
  });

  it('does not wait for one that is off, paused, or unknown to the database', async () => {
    expect(await openDue(at(2, '07:00'), { ...PARIS, after: [OFF, 'xx-nobody'] })).toMatchObject([
      { state: 'opened' },
    ]);
    await house.db.database.query(
      `INSERT INTO pause (source_id, paused_by, reason) VALUES ($1, 'test', 'test')`,
      [FIRST],
    );
    expect(await openDue(at(3, '07:00'), AFTER)).toMatchObject([{ state: 'opened' }]);
    expect(await alerts()).toEqual([]);
  });

  it('runs without one that never comes, with one alert for each due time that it did not keep', async () => {
    const hourly: Schedule = { ...AFTER, cron: '0 7-12 * * *', patienceMinutes: 30 };
    await openDue(at(2, '07:00'), hourly);
    expect(await openDue(at(2, '07:29'), hourly)).toEqual([]);
    expect(await openDue(at(2, '07:30'), hourly)).toMatchObject([
      {
        state: 'opened',
        reason: 'without xx-iso-mic: late',
        alerts: [
          { code: 'DEPENDENCY_LATE', details: { dependency: FIRST, since: '2026-03-02T05:00:00.000Z' } },
        ],
      },
    ]);
    expect(await openDue(at(2, '08:00'), hourly)).toMatchObject([
      { state: 'opened', reason: 'without xx-iso-mic: late', alerts: [] },
    ]);
    expect(await alerts()).toEqual([{ actor: 'scheduler', sourceId: ID, code: 'DEPENDENCY_LATE' }]);
    // The next morning it may still come.
    expect(await openDue(at(3, '07:00'), { ...hourly, catchUp: 'skip' })).toMatchObject([
      ...[9, 10, 11, 12].map((hour) => ({
        dueAt: at(2, `${String(hour).padStart(2, '0')}:00`),
        state: 'skipped',
      })),
      { state: 'waiting' },
    ]);
  });

  it('gives way to a newer one, which has waited as long', async () => {
    const often: Schedule = { ...AFTER, cron: '*/15 7-11 * * *', patienceMinutes: 40 };
    await openDue(at(3, '07:00'), { ...often, catchUp: 'skip' });
    for (const time of ['07:15', '07:30']) await openDue(at(3, time), often);
    expect(await openDue(at(3, '07:40'), often)).toMatchObject([{ dueAt: at(3, '07:30'), state: 'opened' }]);
    const states = (await slots.last(ID, 3)).map(({ state, reason }) => [state, reason]);
    expect(states).toEqual([
      ['opened', 'without xx-iso-mic: late'],
      ['skipped', 'gave way to the slot of 2026-03-03T06:30:00.000Z'],
      ['skipped', 'gave way to the slot of 2026-03-03T06:15:00.000Z'],
    ]);
  });

  it('is one of several that all have their run in the end, where the policy is "all"', async () => {
    const all: Schedule = { ...AFTER, catchUp: 'all' };
    await openDue(at(2, '07:00'), all);
    await openDue(at(3, '07:00'), all);
    await confirm(FIRST, at(3, '06:30'));
    await openDue(at(3, '07:01'), all);
    expect(await written()).toEqual(['2 opened (1): without xx-iso-mic: late', '3 opened (1)']);
  });
});

describe('a slot that waits for the edition of its day', () => {
  it('asks again and again until it was published', async () => {
    expect(await openDue(at(2, '07:00'), UNTIL)).toMatchObject([
      {
        state: 'waiting',
        reason: 'asks for the edition of 2026-03-02',
        runId: expect.any(Number) as number,
      },
    ]);
    await openDue(at(2, '07:01'), UNTIL);
    expect(await written()).toEqual(['2 waiting (1): a run asks for the edition of 2026-03-02']);
    await endRuns('unchanged');
    await publish('2026-03-01');
    await openDue(at(2, '07:14'), UNTIL);
    expect(await written()).toEqual([
      '2 waiting (1): no edition of 2026-03-02 yet; asks again at 07:15 Europe/Paris',
    ]);
    expect(await openDue(at(2, '07:15'), UNTIL)).toMatchObject([{ runId: expect.any(Number) as number }]);
    await endRuns('failed');
    await openDue(at(2, '07:30'), UNTIL);
    // Evidence is nothing that readers see.
    await publish('2026-03-02', 'evidence');
    await endRuns('unchanged');
    await openDue(at(2, '07:31'), UNTIL);
    expect((await written())[0]).toMatch(/^2 waiting \(3\)/);
    await publish('2026-03-02', 'delta');
    expect(await openDue(at(2, '07:32'), UNTIL)).toMatchObject([{ state: 'opened', runId: null }]);
    expect(await openDue(at(2, '11:00'), UNTIL)).toEqual([]);
    expect(await openDue(at(2, '12:30'), UNTIL)).toEqual([]);
    expect(await written()).toEqual(['2 opened (3): the edition of 2026-03-02 is there']);
    expect(await alerts()).toEqual([]);
  });

  it('asks no more often than it says, and not while a run is at work', async () => {
    for (let minute = 0; minute < 60; minute += 1) {
      await openDue(at(2, `07:${String(minute).padStart(2, '0')}`), UNTIL);
      if (minute < 30) await endRuns('unchanged');
    }
    expect(await written()).toEqual(['2 waiting (3): a run asks for the edition of 2026-03-02']);
  });

  it('is given up at its time, with one alert, also while a run is at work', async () => {
    await openDue(at(2, '07:00'), UNTIL);
    expect(await openDue(at(2, '11:59'), UNTIL)).toEqual([]);
    const [event] = await openDue(at(2, '12:00'), UNTIL);
    expect(event).toMatchObject({
      state: 'missed',
      reason: expect.stringMatching(
        /^no edition of 2026-03-02 by 12:00 Europe\/Paris; run \d+ queued$/,
      ) as string,
      alerts: [{ code: 'SLOT_MISSED', message: expect.stringContaining(`${ID}: no edition of`) as string }],
    });
    for (const time of ['12:01', '13:00', '23:00']) expect(await openDue(at(2, time), UNTIL)).toEqual([]);
    expect(await alerts()).toEqual([{ actor: 'scheduler', sourceId: ID, code: 'SLOT_MISSED' }]);
    await endRuns('unchanged');
    expect(await openDue(at(3, '07:00'), UNTIL)).toMatchObject([{ state: 'waiting' }]);
  });

  it('is opened where somebody else brought the edition, but never without a run of its own', async () => {
    await publish('2026-03-02');
    await house.db.database.query(
      `INSERT INTO run (source_id, trigger, state, ended_at) VALUES ($1, 'cli', 'published', now())`,
      [ID],
    );
    expect(await openDue(at(2, '07:00'), UNTIL)).toMatchObject([{ runId: expect.any(Number) as number }]);
    await openDue(at(2, '07:01'), UNTIL);
    expect(await written()).toEqual(['2 opened (1): the edition of 2026-03-02 is there']);
  });

  it('knows editions that are dated before their day', async () => {
    const lagging: Schedule = { ...PARIS, until: { everyMinutes: 15, giveUpAt: '12:00', lagDays: 1 } };
    await openDue(at(3, '07:00'), lagging);
    await publish('2026-03-02');
    await openDue(at(3, '07:01'), lagging);
    expect((await written()).at(-1)).toBe('3 opened (1): the edition of 2026-03-02 is there');
  });

  it('asks no more when its run holds an edition for a person', async () => {
    await openDue(at(2, '07:00'), UNTIL);
    await endRuns('held');
    await openDue(at(2, '07:20'), UNTIL);
    expect((await written())[0]).toMatch(/^2 opened \(1\): run \d+ holds an edition for a person$/);
    expect(await alerts()).toEqual([]);
  });

  it('asks no more when a person cancelled its run', async () => {
    await openDue(at(2, '07:00'), UNTIL);
    await endRuns('cancelled');
    await openDue(at(2, '07:20'), UNTIL);
    expect((await written())[0]).toMatch(/^2 opened \(1\): run \d+ was cancelled$/);
    expect(await alerts()).toEqual([]);
  });

  it('and is due after the hour at which it would be given up has one run', async () => {
    const twice: Schedule = { ...UNTIL, cron: '0 7,15 * * *' };
    await publish('2026-03-02');
    await openDue(at(2, '07:00'), twice);
    await openDue(at(2, '15:00'), twice);
    expect(await written()).toEqual(['2 opened (1): the edition of 2026-03-02 is there', '2 opened (1)']);
  });

  it('and is caught up late has one run, and is missed only when that brought nothing', async () => {
    expect(await openDue(at(4, '20:00'), UNTIL)).toMatchObject([
      { dueAt: at(2, '07:00'), state: 'skipped' },
      { dueAt: at(3, '07:00'), state: 'skipped' },
      { dueAt: at(4, '07:00'), state: 'waiting' },
    ]);
    expect(await openDue(at(4, '20:30'), UNTIL)).toEqual([]);
    expect(await alerts()).toEqual([]);
    await endRuns('unchanged');
    expect(await openDue(at(4, '20:31'), UNTIL)).toMatchObject([{ state: 'missed', runId: null }]);
    expect(await alerts()).toHaveLength(1);
  });

  it('is over at its time, though nobody was there, before the next one is opened', async () => {
    await openDue(at(2, '07:00'), UNTIL);
    await endRuns('unchanged');
    await openDue(at(3, '08:00'), UNTIL);
    expect(await written()).toEqual([
      expect.stringMatching(/^2 missed \(1\)/),
      '3 waiting (1): asks for the edition of 2026-03-03',
    ]);
    expect(await alerts()).toHaveLength(1);
  });

  it('takes its hours from the clock over there, on the day the clocks change too', async () => {
    const spring: Schedule = { ...PARIS, cron: '0 1 * * *', until: { everyMinutes: 30, giveUpAt: '02:30' } };
    await house.db.database.query('UPDATE source SET known_since = $1', [new Date('2027-03-27T20:00Z')]);
    await openDue(new Date('2027-03-28T00:00Z'), spring);
    expect(await openDue(new Date('2027-03-28T00:59Z'), spring)).toEqual([]);
    // 2:30 is left out: it is 3:00 there.
    expect(await openDue(new Date('2027-03-28T01:00Z'), spring)).toMatchObject([{ state: 'missed' }]);
  });

  it('waits for a source that comes first, too', async () => {
    const both: Schedule = { ...UNTIL, after: [FIRST] };
    await openDue(at(2, '07:00'), both);
    expect((await written())[0]).toMatch(/^2 waiting \(0\): waits for xx-iso-mic/);
    await confirm(FIRST, at(2, '07:10'));
    await openDue(at(2, '07:11'), both);
    await endRuns('unchanged');
    await publish('2026-03-02');
    await openDue(at(2, '07:12'), both);
    expect(await written()).toEqual(['2 opened (1): the edition of 2026-03-02 is there']);
  });
});

describe('a run that somebody asked for', () => {
  it('never takes the place of a scheduled one: before, at and after its due time', async () => {
    const trigger = async (): Promise<number> => {
      await endRuns('published');
      return askFor(house.app, ID);
    };
    for (const day of [2, 3, 4]) {
      const manual = await trigger();
      const [event] = await openDue(at(day, '07:00'), PARIS);
      expect(event?.runId).toBeGreaterThan(manual);
    }
    await trigger();
    const linked = await house.db.database.query<{ trigger: string; slots: number }>(
      `SELECT trigger, count(o.run_id)::int AS slots FROM run LEFT JOIN slot_run o ON o.run_id = run.id
       GROUP BY trigger ORDER BY trigger`,
    );
    expect(linked).toEqual([
      { trigger: 'api', slots: 0 },
      { trigger: 'schedule', slots: 3 },
    ]);
    expect(await written()).toEqual(['2 opened (1)', '3 opened (1)', '4 opened (1)']);
  });
});

describe('while it is paused', () => {
  const pause = (what: string): Promise<unknown> =>
    house.db.database.query(`INSERT INTO pause (source_id, paused_by, reason) VALUES ($1, 'test', 'test')`, [
      what,
    ]);

  it.each<[string, Schedule['catchUp'], readonly string[]]>([
    [ID, 'latest', ['2 opened', '3 skipped', '4 skipped', '5 opened']],
    ['*', 'latest', ['2 opened', '3 skipped', '4 skipped', '5 opened']],
    [ID, 'all', ['2 opened', '3 opened', '4 opened', '5 opened']],
    [ID, 'skip', ['2 opened', '3 skipped', '4 skipped', '5 skipped']],
  ])(
    '(%s) a source opens nothing, and catches up by its policy "%s" when it goes on',
    async (what, catchUp, expected) => {
      const schedule = { ...PARIS, catchUp };
      await openDue(at(2, '07:00'), schedule);
      await pause(what);
      for (const day of [3, 4, 5]) expect(await openDue(at(day, '07:00'), schedule)).toEqual([]);
      expect(await written()).toHaveLength(1);
      await house.db.database.query('DELETE FROM pause');
      await openDue(at(5, '09:00'), schedule);
      expect((await written()).map((line) => line.replace(/ \(.*/, ''))).toEqual(expected);
    },
  );

  it('a slot that waits asks for nothing', async () => {
    await openDue(at(2, '07:00'), UNTIL);
    await endRuns('unchanged');
    await pause(ID);
    expect(await openDue(at(2, '09:00'), UNTIL)).toEqual([]);
    await house.db.database.query('DELETE FROM pause');
    expect(await openDue(at(2, '09:01'), UNTIL)).toMatchObject([{ runId: expect.any(Number) as number }]);
  });

  it('another source goes on', async () => {
    await pause(ID);
    expect(await openDue(at(2, '07:00'), PARIS, FIRST)).toMatchObject([{ state: 'opened' }]);
  });
});
