import fc from 'fast-check';
import { dueTimes, nextDueTimes } from './slots.js';

const schedule = (cron: string, timeZone: string) => ({ cron, timeZone, catchUp: 'latest' as const });

function dueBetween(cron: string, timeZone: string, after: string, until: string): string[] {
  return dueTimes(schedule(cron, timeZone), new Date(after), new Date(until)).map((due) =>
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

  it('are the latest hundred after a long absence', () => {
    const due = dueBetween('0 * * * *', 'UTC', '2026-03-01T00:00Z', '2026-03-31T00:00Z');
    expect(due).toHaveLength(100);
    expect([due[0], due[99]]).toEqual(['2026-03-26T21:00Z', '2026-03-31T00:00Z']);
  });

  it('are shown to people as they will be used', () => {
    const next = nextDueTimes(schedule('30 2 * * *', 'Europe/Berlin'), new Date('2027-03-27T00:00Z'), 3);
    expect(next).toEqual(
      dueTimes(
        schedule('30 2 * * *', 'Europe/Berlin'),
        new Date('2027-03-27T00:00Z'),
        new Date('2027-03-29T12:00Z'),
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
          const all = dueTimes(schedule(cron, timeZone), new Date(from), new Date(to)).map((due) =>
            due.getTime(),
          );
          expect(all).toEqual([...new Set(all)].sort((a, b) => a - b));
          const middle = new Date(from).getTime() + seconds * 1000;
          const rest = dueTimes(schedule(cron, timeZone), new Date(middle), new Date(to)).map((due) =>
            due.getTime(),
          );
          expect(rest).toEqual(all.filter((due) => due > middle));
        },
      ),
      { numRuns: 500 },
    );
  });
});
