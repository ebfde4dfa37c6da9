import { Slots } from '../../src/ingestion/slots.js';
import type { Schedule } from '../../src/sources/source.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

const ID = 'in-nse-equities';
const OUTAGES = ['0.5', '1', '26', '72'] as const;

/**
 * Schedules whose due times fall where clocks change, and the moment the house is back. What was due in an outage of so many
 * hours was reckoned with the zoneinfo module of Python 3.11, not with ours.
 */
const SCHEDULES: readonly {
  readonly what: string;
  readonly zone: string;
  readonly cron: string;
  readonly back: string;
  readonly due: Readonly<Record<(typeof OUTAGES)[number], readonly string[]>>;
}[] = [
  {
    what: 'in a gap',
    zone: 'Europe/Paris',
    cron: '30 2 * * *',
    back: '2027-03-28T01:20Z',
    due: {
      '0.5': ['03-28T01:00Z'],
      '1': ['03-28T01:00Z'],
      '26': ['03-27T01:30Z', '03-28T01:00Z'],
      '72': ['03-25T01:30Z', '03-26T01:30Z', '03-27T01:30Z', '03-28T01:00Z'],
    },
  },
  {
    what: 'in an hour that is repeated, when it comes again',
    zone: 'Europe/Paris',
    cron: '30 2 * * *',
    back: '2026-10-25T01:20Z',
    due: {
      '0.5': [],
      '1': ['10-25T00:30Z'],
      '26': ['10-24T00:30Z', '10-25T00:30Z'],
      '72': ['10-23T00:30Z', '10-24T00:30Z', '10-25T00:30Z'],
    },
  },
  {
    what: 'in a gap and at its end',
    zone: 'Europe/Paris',
    cron: '0 2,3 * * *',
    back: '2027-03-28T01:01Z',
    due: {
      '0.5': ['03-28T01:00Z'],
      '1': ['03-28T01:00Z'],
      '26': ['03-27T01:00Z', '03-27T02:00Z', '03-28T01:00Z'],
      '72': [
        ...['03-25T02:00Z', '03-26T01:00Z', '03-26T02:00Z', '03-27T01:00Z', '03-27T02:00Z', '03-28T01:00Z'],
      ],
    },
  },
  {
    what: 'in a gap',
    zone: 'America/New_York',
    cron: '30 2 * * *',
    back: '2026-03-08T07:20Z',
    due: {
      '0.5': ['03-08T07:00Z'],
      '1': ['03-08T07:00Z'],
      '26': ['03-07T07:30Z', '03-08T07:00Z'],
      '72': ['03-05T07:30Z', '03-06T07:30Z', '03-07T07:30Z', '03-08T07:00Z'],
    },
  },
  {
    what: 'in an hour that is repeated, right after it came again',
    zone: 'America/New_York',
    cron: '30 1 * * *',
    back: '2026-11-01T06:31Z',
    due: {
      '0.5': [],
      '1': [],
      '26': ['10-31T05:30Z', '11-01T05:30Z'],
      '72': ['10-30T05:30Z', '10-31T05:30Z', '11-01T05:30Z'],
    },
  },
  {
    what: 'in a gap of half an hour',
    zone: 'Australia/Lord_Howe',
    cron: '15 2 * * *',
    back: '2026-10-03T15:45Z',
    due: {
      '0.5': ['10-03T15:30Z'],
      '1': ['10-03T15:30Z'],
      '26': ['10-02T15:45Z', '10-03T15:30Z'],
      '72': ['10-01T15:45Z', '10-02T15:45Z', '10-03T15:30Z'],
    },
  },
  {
    what: 'in half an hour that is repeated',
    zone: 'Australia/Lord_Howe',
    cron: '45 1 * * *',
    back: '2026-04-04T15:16Z',
    due: {
      '0.5': [],
      '1': ['04-04T14:45Z'],
      '26': ['04-03T14:45Z', '04-04T14:45Z'],
      '72': ['04-02T14:45Z', '04-03T14:45Z', '04-04T14:45Z'],
    },
  },
  {
    what: 'after a weekend',
    zone: 'Asia/Kolkata',
    cron: '30 20 * * 1-5',
    back: '2026-11-23T15:01Z',
    due: {
      '0.5': ['11-23T15:00Z'],
      '1': ['11-23T15:00Z'],
      '26': ['11-23T15:00Z'],
      '72': ['11-23T15:00Z'],
    },
  },
  {
    what: 'in a gap over midnight',
    zone: 'America/Nuuk',
    cron: '30 23 * * *',
    back: '2025-03-30T01:01Z',
    due: {
      '0.5': ['03-30T01:00Z'],
      '1': ['03-30T01:00Z'],
      '26': ['03-29T01:30Z', '03-30T01:00Z'],
      '72': ['03-27T01:30Z', '03-28T01:30Z', '03-29T01:30Z', '03-30T01:00Z'],
    },
  },
  {
    what: 'at the beginning of a gap',
    zone: 'America/St_Johns',
    cron: '0 2 * * *',
    back: '2026-03-08T05:45Z',
    due: {
      '0.5': ['03-08T05:30Z'],
      '1': ['03-08T05:30Z'],
      '26': ['03-07T05:30Z', '03-08T05:30Z'],
      '72': ['03-06T05:30Z', '03-07T05:30Z', '03-08T05:30Z'],
    },
  },
  {
    what: 'twice a day, quarters of an hour from UTC',
    zone: 'Asia/Kathmandu',
    cron: '0 6,18 * * *',
    back: '2026-11-24T00:16Z',
    due: {
      '0.5': ['11-24T00:15Z'],
      '1': ['11-24T00:15Z'],
      '26': ['11-23T00:15Z', '11-23T12:15Z', '11-24T00:15Z'],
      '72': [
        ...['11-21T12:15Z', '11-22T00:15Z', '11-22T12:15Z', '11-23T00:15Z', '11-23T12:15Z', '11-24T00:15Z'],
      ],
    },
  },
  {
    what: 'where clocks never change',
    zone: 'UTC',
    cron: '0 6 * * *',
    back: '2026-03-05T06:25Z',
    due: {
      '0.5': ['03-05T06:00Z'],
      '1': ['03-05T06:00Z'],
      '26': ['03-04T06:00Z', '03-05T06:00Z'],
      '72': ['03-03T06:00Z', '03-04T06:00Z', '03-05T06:00Z'],
    },
  },
];

/** How many of the latest due times get a run, of so many that were due; `isFresh`: the latest is a minute old. */
const POLICIES: Readonly<
  Record<
    string,
    Pick<Schedule, 'catchUp' | 'catchUpMost'> & { readonly runs: (due: number, isFresh: boolean) => number }
  >
> = {
  latest: { catchUp: 'latest', runs: (due) => Math.min(due, 1) },
  all: { catchUp: 'all', runs: (due) => due },
  'all, 2 at most': { catchUp: 'all', catchUpMost: 2, runs: (due) => Math.min(due, 2) },
  skip: { catchUp: 'skip', runs: (due, isFresh) => (isFresh ? Math.min(due, 1) : 0) },
};

const ROWS = SCHEDULES.flatMap((schedule) =>
  OUTAGES.flatMap((hours) =>
    Object.keys(POLICIES).map((policy) => ({ ...schedule, due: schedule.due[hours], hours, policy })),
  ),
);

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse();
});
afterAll(() => house.close());

async function knownSince(since: Date): Promise<void> {
  await house.db.database.query('DELETE FROM slot');
  await house.db.database.query('DELETE FROM run');
  await house.db.database.query('UPDATE source SET known_since = $1 WHERE id = $2', [since, ID]);
}

describe('after an outage', () => {
  it('is looked at in many ways', () => expect(ROWS.length).toBeGreaterThanOrEqual(60));

  it.each(ROWS)(
    'of $hours h, $what ($zone, $cron), the policy "$policy" opens and skips what it says',
    async ({ zone, cron, back, due, hours, policy }) => {
      const { runs, ...policyOf } = POLICIES[policy] ?? { catchUp: 'latest', runs: () => 0 };
      const now = new Date(back);
      await knownSince(new Date(now.getTime() - Number(hours) * 3_600_000));
      const schedule: Schedule = { cron, timeZone: zone, ...policyOf };
      await house.app.get(Slots).openDue({ id: ID, schedule }, now);

      const written = await house.db.database.query<{ dueAt: Date; state: string; runs: number }>(
        `SELECT s.due_at AS "dueAt", s.state, count(o.run_id)::int AS runs
         FROM slot s LEFT JOIN slot_run o USING (source_id, due_at) GROUP BY s.due_at, s.state ORDER BY s.due_at`,
      );
      const dueAt = due.map((time) => new Date(`${back.slice(0, 4)}-${time}`));
      const age = now.getTime() - (dueAt.at(-1)?.getTime() ?? 0);
      const served = runs(due.length, age <= 60_000);
      expect(written).toEqual(
        dueAt.map((each, index) =>
          index < due.length - served
            ? { dueAt: each, state: 'skipped', runs: 0 }
            : { dueAt: each, state: 'opened', runs: 1 },
        ),
      );
      const [total] = await house.db.database.query<{ runs: number }>(
        'SELECT count(*)::int AS runs FROM run',
      );
      expect(total).toEqual({ runs: served });
    },
  );
});
