import fc from 'fast-check';
import { dueTimes, latestDueTime, laterThatDay, localTime, nextDueTimes } from './due-times.js';

const schedule = (cron: string, timeZone: string) => ({ cron, timeZone });
const ALL = 10_000;

function dueBetween(cron: string, timeZone: string, after: string, until: string): string[] {
  return dueTimes(schedule(cron, timeZone), new Date(after), new Date(until), ALL).map((due) =>
    due.toISOString().replace(':00.000Z', 'Z'),
  );
}

/** Noon before the clocks change, and noon after. */
const CHANGES = {
  berlinSpring: ['Europe/Berlin', '2027-03-27T12:00Z', '2027-03-28T12:00Z'],
  berlinAutumn: ['Europe/Berlin', '2026-10-24T12:00Z', '2026-10-25T12:00Z'],
  newYorkSpring: ['America/New_York', '2026-03-07T12:00Z', '2026-03-08T12:00Z'],
  newYorkAutumn: ['America/New_York', '2026-10-31T12:00Z', '2026-11-01T12:00Z'],
} as const satisfies Record<string, readonly [timeZone: string, from: string, to: string]>;

describe('due times where the clocks change', () => {
  it.each<[string, keyof typeof CHANGES, string, string[]]>([
    // Berlin 2027-03-28: 02:00 CET is 03:00 CEST, at 01:00Z.
    ['the minute before a gap', 'berlinSpring', '59 1 * * *', ['2027-03-28T00:59Z']],
    [
      'a time that is left out: due at the end of the gap',
      'berlinSpring',
      '30 2 * * *',
      ['2027-03-28T01:00Z'],
    ],
    ['the beginning of a gap: due at its end', 'berlinSpring', '0 2 * * *', ['2027-03-28T01:00Z']],
    ['the end of a gap', 'berlinSpring', '0 3 * * *', ['2027-03-28T01:00Z']],
    [
      'left out, and the end of the gap as well: due once',
      'berlinSpring',
      '0 2,3 * * *',
      ['2027-03-28T01:00Z'],
    ],
    ['several in an hour that is left out: none', 'berlinSpring', '*/30 2 * * *', []],
    // Berlin 2026-10-25: 03:00 CEST is 02:00 CET, at 01:00Z.
    ['a time that is repeated: due the first time', 'berlinAutumn', '30 2 * * *', ['2026-10-25T00:30Z']],
    ['the beginning of the repeated hour', 'berlinAutumn', '0 2 * * *', ['2026-10-25T00:00Z']],
    ['the end of the repeated hour', 'berlinAutumn', '0 3 * * *', ['2026-10-25T02:00Z']],
    [
      'several in an hour that is repeated: all of them twice',
      'berlinAutumn',
      '*/30 2 * * *',
      ['2026-10-25T00:00Z', '2026-10-25T00:30Z', '2026-10-25T01:00Z', '2026-10-25T01:30Z'],
    ],
    // New York 2026-03-08: 02:00 EST is 03:00 EDT, at 07:00Z.
    [
      'a time that is left out: due at the end of the gap',
      'newYorkSpring',
      '30 2 * * *',
      ['2026-03-08T07:00Z'],
    ],
    ['the time before the gap', 'newYorkSpring', '30 1 * * *', ['2026-03-08T06:30Z']],
    ['several in an hour that is left out: none', 'newYorkSpring', '*/30 2 * * *', []],
    // New York 2026-11-01: 02:00 EDT is 01:00 EST, at 06:00Z.
    ['a time that is repeated: due the first time', 'newYorkAutumn', '30 1 * * *', ['2026-11-01T05:30Z']],
    ['the end of the repeated hour', 'newYorkAutumn', '0 2 * * *', ['2026-11-01T07:00Z']],
    [
      'several in an hour that is repeated: all of them twice',
      'newYorkAutumn',
      '*/30 1 * * *',
      ['2026-11-01T05:00Z', '2026-11-01T05:30Z', '2026-11-01T06:00Z', '2026-11-01T06:30Z'],
    ],
  ])('%s (%s, %s)', (_what, change, cron, expected) => {
    const [timeZone, from, to] = CHANGES[change];
    expect(dueBetween(cron, timeZone, from, to)).toEqual(expected);
  });

  it('does not repeat a time that was due already when asked again within the repeated hour', () => {
    for (const after of [
      '2026-10-25T00:30Z',
      '2026-10-25T00:45Z',
      '2026-10-25T01:00Z',
      '2026-10-25T01:29:59.999Z',
    ]) {
      expect(dueBetween('30 2 * * *', 'Europe/Berlin', after, '2026-10-25T12:00Z')).toEqual([]);
    }
  });
});

describe('due times', () => {
  it('keeps to business days where the clocks never change', () => {
    expect(dueBetween('30 20 * * 1-5', 'Asia/Kolkata', '2026-03-05T15:00Z', '2026-03-10T15:00Z')).toEqual([
      '2026-03-06T15:00Z',
      '2026-03-09T15:00Z',
      '2026-03-10T15:00Z',
    ]);
    expect(dueBetween('30 20 * * 1-5', 'Asia/Kolkata', '2026-10-23T15:00Z', '2026-10-27T14:59Z')).toEqual([
      '2026-10-26T15:00Z',
    ]);
  });

  it('begins after the one instant and goes up to and including the other', () => {
    const noon = (after: string, until: string): string[] => dueBetween('0 12 * * *', 'UTC', after, until);
    expect(noon('2026-03-05T12:00:00.000Z', '2026-03-06T11:59:59.999Z')).toEqual([]);
    expect(noon('2026-03-05T11:59:59.999Z', '2026-03-05T12:00:00.000Z')).toEqual(['2026-03-05T12:00Z']);
    expect(noon('2026-03-05T12:00:00.500Z', '2026-03-05T23:00:00.000Z')).toEqual([]);
  });

  it('are none when the clock was moved back', () => {
    expect(dueBetween('*/5 * * * *', 'UTC', '2026-03-05T12:00Z', '2026-03-05T11:00Z')).toEqual([]);
  });

  it('are the latest so many after a long absence, and finding them takes no walk through all of it', () => {
    const began = performance.now();
    const due = dueTimes(
      schedule('* * * * *', 'Europe/Paris'),
      new Date('1990-01-01'),
      new Date('2026-03-31'),
      100,
    );
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(due).toHaveLength(100);
    expect([due[0], due[99]]).toEqual([new Date('2026-03-30T22:21Z'), new Date('2026-03-31T00:00Z')]);
  });

  it('that come rarely are found, however long ago', () => {
    const leapDay = schedule('0 6 29 2 *', 'Europe/Paris');
    expect(latestDueTime(leapDay, new Date('2027-11-24'))).toEqual(new Date('2024-02-29T05:00Z'));
    expect(latestDueTime(schedule('0 6 30 2 *', 'UTC'), new Date('2027-11-24'))).toBeUndefined();
  });

  it('are shown to people as they will be used', () => {
    const next = nextDueTimes(schedule('30 2 * * *', 'Europe/Berlin'), new Date('2027-03-27T00:00Z'), 3);
    expect(next).toEqual(
      dueTimes(
        schedule('30 2 * * *', 'Europe/Berlin'),
        new Date('2027-03-27T00:00Z'),
        new Date('2027-03-29T12:00Z'),
        ALL,
      ),
    );
  });

  it('strictly increase, and do not depend on where one begins to count', () => {
    const minute = fc.oneof(
      fc.integer({ min: 0, max: 59 }).map(String),
      fc.constantFrom('*/30', '*/20', '0,15,45', '10-12'),
    );
    const hour = fc.oneof(
      fc.integer({ min: 0, max: 4 }).map(String),
      fc.constantFrom('*', '1-3', '*/2', '2,3'),
    );
    const changes = Object.values(CHANGES);
    fc.assert(
      fc.property(
        minute,
        hour,
        fc.constantFrom(...changes),
        fc.integer({ min: 0, max: 24 * 60 * 60 }),
        (minutes, hours, [timeZone, from, to], seconds) => {
          const cron = `${minutes} ${hours} * * *`;
          const all = dueTimes(schedule(cron, timeZone), new Date(from), new Date(to), ALL).map((due) =>
            due.getTime(),
          );
          expect(all).toEqual([...new Set(all)].sort((a, b) => a - b));
          const middle = new Date(from).getTime() + seconds * 1000;
          const rest = dueTimes(schedule(cron, timeZone), new Date(middle), new Date(to), ALL).map((due) =>
            due.getTime(),
          );
          expect(rest).toEqual(all.filter((due) => due > middle));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('local times', () => {
  it.each([
    ['2026-10-25T00:30:00Z', 'Europe/Paris', '2026-10-25T02:30:00+02:00'],
    ['2026-10-25T01:30:00Z', 'Europe/Paris', '2026-10-25T02:30:00+01:00'],
    ['2026-10-25T01:30:00Z', 'Asia/Kolkata', '2026-10-25T07:00:00+05:30'],
    ['2026-10-25T01:30:00Z', 'America/St_Johns', '2026-10-24T23:00:00-02:30'],
    ['2026-10-25T01:30:00Z', 'UTC', '2026-10-25T01:30:00+00:00'],
  ])('%s in %s is %s', (instant, timeZone, expected) => {
    expect(localTime(new Date(instant), timeZone)).toBe(expected);
  });

  it.each([
    ['later that day', '2026-11-24T06:00Z', '14:00', '2026-11-24T13:00Z'],
    ['at that very time', '2026-11-24T13:00Z', '14:00', '2026-11-24T13:00Z'],
    ['past by then', '2026-11-24T14:00Z', '14:00', undefined],
    ['in a gap: at its end', '2027-03-28T00:00Z', '02:30', '2027-03-28T01:00Z'],
    ['repeated: the first time', '2026-10-24T22:30Z', '02:30', '2026-10-25T00:30Z'],
  ])('of a day in Paris, %s', (_what, instant, time, expected) => {
    expect(laterThatDay(new Date(instant), time, 'Europe/Paris')).toEqual(expected && new Date(expected));
  });
});

/** Every zone there is, and every change of its clock in these years; zones without any are looked at around new year. */
const ZONES = Intl.supportedValuesOf('timeZone');
const YEARS = [Date.UTC(2023, 0), Date.UTC(2028, 0)] as const;
const HOUR_MS = 3_600_000;

const DAY_MS = 24 * HOUR_MS;
const CHANGES_OF = new Map<string, readonly number[]>();

function changesOf(timeZone: string): readonly number[] {
  const known = CHANGES_OF.get(timeZone);
  if (known !== undefined) return known;
  const offset = (ms: number): string => localTime(new Date(ms), timeZone).slice(19);
  const changes: number[] = [];
  for (let ms = YEARS[0]; ms < YEARS[1]; ms += 7 * DAY_MS) {
    if (offset(ms) === offset(ms + 7 * DAY_MS)) continue;
    for (let day = ms; day < ms + 7 * DAY_MS; day += DAY_MS) {
      if (offset(day) !== offset(day + DAY_MS)) changes.push(day + DAY_MS);
    }
  }
  const found = changes.length > 0 ? changes : [Date.UTC(2026, 0)];
  CHANGES_OF.set(timeZone, found);
  return found;
}

describe('in any time zone', () => {
  const around = fc
    .constantFrom(...ZONES)
    .chain((timeZone) =>
      fc.record({ timeZone: fc.constant(timeZone), at: fc.constantFrom(...changesOf(timeZone)) }),
    );

  it('due times strictly increase, and none comes twice', () => {
    const minute = fc.oneof(
      fc.integer({ min: 0, max: 59 }).map(String),
      fc.constantFrom('*/15', '0,30', '7-9'),
    );
    const hour = fc.oneof(fc.integer({ min: 0, max: 23 }).map(String), fc.constantFrom('*', '0-3', '22,23'));
    fc.assert(
      fc.property(minute, hour, around, fc.nat(48), (minutes, hours, { timeZone, at }, start) => {
        const from = new Date(at - start * HOUR_MS);
        const due = dueTimes(
          schedule(`${minutes} ${hours} * * *`, timeZone),
          from,
          new Date(at + 48 * HOUR_MS),
          ALL,
        );
        const times = due.map((each) => each.getTime());
        expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
        expect(due.every((each) => each > from)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('a list that is due once a day is due on each day once, at its time or at the end of the gap it falls into', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        around,
        (hour, minute, where) => {
          const { timeZone, at } = where;
          const [from, until] = [at - 72 * HOUR_MS, at + 72 * HOUR_MS];
          const due = dueTimes(
            schedule(`${minute} ${hour} * * *`, timeZone),
            new Date(from),
            new Date(until),
            ALL,
          );
          const time = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
          const days = due.map((each) => {
            const wall = localTime(each, timeZone);
            if (wall.slice(11, 16) === time) return wall.slice(0, 10);
            // The end of a gap: between what the clock showed a minute before and what it shows now.
            const before = localTime(new Date(each.getTime() - 60_000), timeZone);
            const leftOut = [before, wall].map((shown) => `${shown.slice(0, 10)}T${time}`);
            const found = leftOut.find((left) => before.slice(0, 16) < left && left < wall.slice(0, 16));
            expect(found).toBeDefined();
            return found?.slice(0, 10) ?? '';
          });
          for (const [index, day] of days.slice(1).entries()) {
            expect(Date.parse(day) - Date.parse(days[index] ?? '')).toBe(24 * HOUR_MS);
          }
          expect(days.length).toBeGreaterThanOrEqual(5);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(['America/Nuuk', 'America/Scoresbysund'])(
    '%s: what a gap over midnight leaves out is due at its end',
    (timeZone) => {
      const due = (cron: string): string[] =>
        dueTimes(
          schedule(cron, timeZone),
          new Date('2025-03-29T12:00Z'),
          new Date('2025-03-30T12:00Z'),
          ALL,
        ).map((each) => localTime(each, timeZone));
      expect(due('30 23 * * *')).toEqual(['2025-03-30T00:00:00-01:00']);
      expect(due('0 0,23 * * *')).toEqual(['2025-03-30T00:00:00-01:00']);
      expect(due('*/30 23 * * *')).toEqual([]);
    },
  );
});
