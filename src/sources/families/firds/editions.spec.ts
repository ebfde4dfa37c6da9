import fc from 'fast-check';
import { IsinglassError } from '../../../common/errors.js';
import { daysAfter } from '../../../domain/day.js';
import { EVERYTHING } from '../../../domain/profile.js';
import type { Edition, Since } from '../../source.js';
import { daysBetween } from './editions-window.js';
import { planEditions } from './editions.js';
import { listedFile, PUBLISHED_LETTERS, type ListedFile } from './set.js';

/** A Saturday, the one before and the one after. */
const SATURDAY = '2026-08-08';
const LAST_SATURDAY = '2026-08-01';
const NEXT_SATURDAY = '2026-08-15';

const NOTHING_YET: Since = {
  editionOn: undefined,
  full: undefined,
  deltaOn: undefined,
  evidenceOn: undefined,
  heldFullSets: [],
  rejected: [],
  isApproved: false,
  checksums: new Map(),
  profile: EVERYTHING,
  isGapAccepted: false,
  now: new Date('2026-08-14T10:00:00Z'),
};
const SHARES = { letters: ['E'], mics: null };

/** The house after a full set and, unless told otherwise, its own delta. */
function after(fullOn: string, more: Partial<Since> = {}): Since {
  return { ...NOTHING_YET, full: { editionOn: fullOn, scopes: PUBLISHED_LETTERS }, deltaOn: fullOn, ...more };
}

function file(
  stem: string,
  day: string,
  place = '01of01',
  md5 = `md5 of ${stem} ${day} ${place}`,
): ListedFile {
  const fileName = `${stem}_${day.replaceAll('-', '')}_${place}.zip`;
  const listed = listedFile(fileName, `https://firds.esma.europa.eu/firds/${fileName}`, md5);
  if (listed === undefined) throw new Error(`${fileName} is no file.`);
  return listed;
}

const fulls = (day: string, ...letters: string[]): ListedFile[] =>
  (letters.length > 0 ? letters : PUBLISHED_LETTERS).map((letter) => file(`FULINS_${letter}`, day));
const deltas = (from: string, to: string): ListedFile[] =>
  daysBetween(from, daysAfter(to, 1)).map((day) => file('DLTINS', day));

const inWords = ({ kind, editionOn, missingDays }: Edition): string =>
  [kind, editionOn, ...(missingDays === undefined ? [] : ['without', ...missingDays])].join(' ');
const plan = (files: ListedFile[], since: Since): string[] =>
  planEditions(files, since, 'eu-esma-firds').map(inWords);

function refusal(files: ListedFile[], since: Since): IsinglassError {
  try {
    plan(files, since);
  } catch (error) {
    if (error instanceof IsinglassError) return error;
    throw error;
  }
  throw new Error('It was planned.');
}

describe('the first editions', () => {
  it('are the newest whole full set and every delta since, that of the same day included', () => {
    const files = [...fulls(LAST_SATURDAY), ...fulls(SATURDAY), ...deltas(LAST_SATURDAY, '2026-08-11')];
    expect(plan(files, NOTHING_YET)).toEqual([
      `full ${SATURDAY}`,
      `delta ${SATURDAY}`,
      'delta 2026-08-09',
      'delta 2026-08-10',
      'delta 2026-08-11',
    ]);
  });

  it('begin with an older full set while the newest is being published', () => {
    const files = [
      ...fulls(LAST_SATURDAY),
      ...fulls(SATURDAY, 'C', 'D', 'E'),
      ...deltas(LAST_SATURDAY, SATURDAY),
    ];
    expect(plan(files, NOTHING_YET)[0]).toBe(`full ${LAST_SATURDAY}`);
  });

  it('hold the parts in the order of their letters and numbers, with address, checksum and place', () => {
    const files = [
      file('FULINS_E', SATURDAY, '02of02'),
      file('FULINS_E', SATURDAY, '01of02'),
      file('FULINS_C', SATURDAY),
    ];
    const [edition] = planEditions(
      files,
      { ...NOTHING_YET, profile: { letters: ['C', 'E'], mics: null } },
      'x',
    );
    expect(edition?.parts.map(({ name }) => name)).toEqual([
      'FULINS_C_01of01',
      'FULINS_E_01of02',
      'FULINS_E_02of02',
    ]);
    expect(edition?.parts[1]).toEqual({
      name: 'FULINS_E_01of02',
      scope: 'E',
      url: 'https://firds.esma.europa.eu/firds/FULINS_E_20260808_01of02.zip',
      maxBytes: 200_000_000,
      md5: 'md5 of FULINS_E 2026-08-08 01of02',
      set: { name: 'FULINS_E', number: 1, of: 2 },
    });
  });

  it('have no part of a letter that nobody wants, whole or not', () => {
    const files = [...fulls(SATURDAY), file('FULINS_R', SATURDAY, '03of18')];
    const [edition] = planEditions(files, { ...NOTHING_YET, profile: SHARES }, 'x');
    expect(edition?.parts.map(({ name }) => name)).toEqual(['FULINS_E_01of01']);
  });

  it('take a letter that was never seen before along, and it too has to be whole', () => {
    const [edition] = planEditions([...fulls(SATURDAY), file('FULINS_K', SATURDAY)], NOTHING_YET, 'x');
    expect(edition?.parts).toHaveLength(11);
    expect(
      refusal([...fulls(SATURDAY), file('FULINS_K', SATURDAY, '01of02')], NOTHING_YET).message,
    ).toContain('FULINS_K: part 2 of 2 is missing');
  });

  it('do without letters that are never published, although the profile asks for them', () => {
    const profile = { letters: ['E', 'K', 'M'], mics: null };
    expect(plan(fulls(SATURDAY), { ...NOTHING_YET, profile })).toEqual([`full ${SATURDAY}`]);
    expect(
      refusal(fulls(SATURDAY), { ...NOTHING_YET, profile: { letters: ['K'], mics: null } }),
    ).toMatchObject({
      code: 'FULL_SET_MISSING',
    });
  });

  it('wait for a full set when there is none', () => {
    expect(refusal(deltas(SATURDAY, '2026-08-11'), NOTHING_YET)).toMatchObject({
      code: 'FULL_SET_MISSING',
      mayRetry: true,
      message: 'eu-esma-firds: no full set is listed from 2026-07-24 to 2026-08-15',
    });
    expect(refusal([], { ...NOTHING_YET, profile: SHARES }).message).toContain('no full set of E is listed');
  });

  it.each(PUBLISHED_LETTERS)('wait for letter %s, and say so', (letter) => {
    const files = fulls(SATURDAY, ...PUBLISHED_LETTERS.filter((other) => other !== letter));
    expect(refusal(files, NOTHING_YET)).toMatchObject({
      code: 'FULL_SET_INCOMPLETE',
      mayRetry: true,
      message: `eu-esma-firds: the full set of 2026-08-08 is not complete, and no older one is: FULINS_${letter}: no part is listed`,
    });
  });

  it('wait for wanted letters while others are listed', () => {
    expect(refusal(fulls(SATURDAY, 'C', 'D'), { ...NOTHING_YET, profile: SHARES })).toMatchObject({
      code: 'FULL_SET_INCOMPLETE',
    });
  });

  it('wait for every part: of all subsets of four, only the whole one will do', () => {
    const since = { ...NOTHING_YET, profile: SHARES };
    for (let mask = 1; mask < 2 ** 4; mask++) {
      const there = [1, 2, 3, 4].filter((number) => mask & (1 << (number - 1)));
      const files = there.map((number) => file('FULINS_E', SATURDAY, `0${number}of04`));
      if (there.length === 4) expect(plan(files, since)).toEqual([`full ${SATURDAY}`]);
      else expect(refusal(files, since).code).toBe('FULL_SET_INCOMPLETE');
    }
  });

  it('wait while parts disagree on how many there are', () => {
    const files = ['01of02', '02of02', '03of03'].map((place) => file('FULINS_E', SATURDAY, place));
    expect(refusal(files, { ...NOTHING_YET, profile: SHARES }).message).toContain(
      'FULINS_E: its parts disagree on how many there are: 2, 3',
    );
  });

  it('end at a gap, with what can be applied before it', () => {
    const files = [
      ...fulls(SATURDAY),
      ...deltas(SATURDAY, '2026-08-09'),
      ...deltas('2026-08-11', '2026-08-12'),
    ];
    expect(plan(files, NOTHING_YET)).toEqual([`full ${SATURDAY}`, `delta ${SATURDAY}`, 'delta 2026-08-09']);
  });
});

describe('the next editions', () => {
  it('are the deltas since the last one', () => {
    const files = [...fulls(SATURDAY), ...deltas(LAST_SATURDAY, '2026-08-12')];
    expect(plan(files, after(SATURDAY, { deltaOn: '2026-08-10' }))).toEqual([
      'delta 2026-08-11',
      'delta 2026-08-12',
    ]);
  });

  it('are none when there is nothing newer', () => {
    expect(
      plan(
        [...fulls(SATURDAY), ...deltas(SATURDAY, '2026-08-10')],
        after(SATURDAY, { deltaOn: '2026-08-10' }),
      ),
    ).toEqual([]);
    expect(plan([], after(SATURDAY))).toEqual([]);
  });

  it.each([undefined, '2026-08-07'])(
    'begin with the delta of the full set’s own day (last delta: %s)',
    (deltaOn) => {
      expect(plan(deltas('2026-08-06', '2026-08-09'), after(SATURDAY, { deltaOn }))).toEqual([
        `delta ${SATURDAY}`,
        'delta 2026-08-09',
      ]);
    },
  );

  it('do not miss the delta of the full set’s own day: the set is its state already', () => {
    const since = after(SATURDAY, { deltaOn: undefined });
    expect(plan(deltas('2026-08-09', '2026-08-10'), since)).toEqual(['delta 2026-08-09', 'delta 2026-08-10']);
    expect(plan([file('DLTINS', SATURDAY, '01of02')], since)).toEqual([]);
  });

  it('hold a newer full set after the delta of its day', () => {
    const files = [...fulls(NEXT_SATURDAY), ...deltas(SATURDAY, '2026-08-16')];
    const since = after(SATURDAY, { deltaOn: '2026-08-13', now: new Date('2026-08-16T10:00:00Z') });
    expect(plan(files, since)).toEqual([
      'delta 2026-08-14',
      `delta ${NEXT_SATURDAY}`,
      `full ${NEXT_SATURDAY}`,
      'delta 2026-08-16',
    ]);
  });

  it('hold both of two full sets that were slept through', () => {
    const files = [...fulls(SATURDAY), ...fulls(NEXT_SATURDAY), ...deltas(LAST_SATURDAY, NEXT_SATURDAY)];
    const editions = plan(files, after(LAST_SATURDAY, { now: new Date('2026-08-15T12:00:00Z') }));
    expect(editions).toHaveLength(16);
    expect(editions.filter((edition) => edition.startsWith('full'))).toEqual([
      `full ${SATURDAY}`,
      `full ${NEXT_SATURDAY}`,
    ]);
  });

  it('go on over a Saturday without a full set', () => {
    expect(
      plan(deltas(LAST_SATURDAY, '2026-08-10'), after(LAST_SATURDAY, { deltaOn: '2026-08-07' })),
    ).toEqual([`delta ${SATURDAY}`, 'delta 2026-08-09', 'delta 2026-08-10']);
  });

  it('leave out a full set that is not whole', () => {
    const files = [...fulls(SATURDAY, 'C', 'E'), ...deltas('2026-08-07', '2026-08-09')];
    expect(plan(files, after(LAST_SATURDAY, { deltaOn: '2026-08-07' }))).toEqual([
      `delta ${SATURDAY}`,
      'delta 2026-08-09',
    ]);
  });

  it('hold a full set that became whole up to three days late, and not after that', () => {
    const since = after(LAST_SATURDAY, { deltaOn: '2026-08-09' });
    const files = [...fulls(SATURDAY), ...deltas(SATURDAY, '2026-08-10')];
    expect(plan(files, { ...since, now: new Date('2026-08-11T10:00:00Z') })).toEqual([
      `full ${SATURDAY}`,
      'delta 2026-08-10',
    ]);
    expect(plan(files, { ...since, now: new Date('2026-08-12T10:00:00Z') })).toEqual(['delta 2026-08-10']);
  });

  it('hold the full set of the last delta’s day, however long the house was down', () => {
    const since = after(LAST_SATURDAY, { deltaOn: SATURDAY, now: new Date('2026-09-30T10:00:00Z') });
    expect(plan([...fulls(SATURDAY), ...deltas(SATURDAY, '2026-08-09')], since)).toEqual([
      `full ${SATURDAY}`,
      'delta 2026-08-09',
    ]);
  });

  it('are deltas that say which letters wait for the next full set, when the profile was widened', () => {
    const since = after(SATURDAY, { full: { editionOn: SATURDAY, scopes: ['E'] } });
    const files = [...fulls(SATURDAY), ...deltas(SATURDAY, '2026-08-16'), ...fulls(NEXT_SATURDAY)];
    const profile = { letters: ['C', 'E'], mics: null };
    const now = new Date('2026-08-16T10:00:00Z');
    const editions = planEditions(files, { ...since, profile, now }, 'x');
    expect(editions.map(({ kind, waitingScopes }) => [kind, waitingScopes])).toEqual([
      ...Array.from({ length: 7 }, () => ['delta', ['C']]),
      ['full', undefined],
      ['delta', undefined],
    ]);
  });

  it('are never of a day after tomorrow', () => {
    const files = [...fulls('2026-08-16'), ...deltas('2026-08-14', '2026-08-16')];
    expect(plan(files, after(SATURDAY, { deltaOn: '2026-08-13' }))).toEqual([
      'delta 2026-08-14',
      'delta 2026-08-15',
    ]);
  });

  it('are none when the clock was set back behind what was published', () => {
    const since = after(SATURDAY, { now: new Date('2026-01-01T10:00:00Z') });
    expect(plan([...fulls(SATURDAY), ...deltas(SATURDAY, '2026-08-12')], since)).toEqual([]);
  });
});

describe('a delta', () => {
  const since = after(SATURDAY, { deltaOn: '2026-08-11' });

  it.each([
    ['nothing is listed', []],
    ['a part is missing', [file('DLTINS', '2026-08-12', '01of02')]],
    ['parts disagree', [file('DLTINS', '2026-08-12', '01of02'), file('DLTINS', '2026-08-12', '02of03')]],
  ])('is awaited while %s of the latest day', (_case, files) => {
    expect(plan([...deltas(SATURDAY, '2026-08-11'), ...files], since)).toEqual([]);
  });

  it('is missing once a later one is listed, whole or not', () => {
    const files = [...deltas(SATURDAY, '2026-08-11'), ...deltas('2026-08-13', '2026-08-14')];
    expect(refusal(files, since)).toMatchObject({
      code: 'DELTA_GAP',
      mayRetry: false,
      message:
        'eu-esma-firds: the delta of 2026-08-12 cannot be had, but later ones are listed: 2026-08-13, 2026-08-14',
      nextStep: expect.stringMatching(/--file.*--accept-gap.*heals/s) as string,
    });
    expect(refusal([file('DLTINS', '2026-08-13', '01of02')], since).code).toBe('DELTA_GAP');
  });

  it('is missing for what its parts lack', () => {
    const files = [
      file('DLTINS', '2026-08-12', '01of03'),
      file('DLTINS', '2026-08-12', '03of03'),
      file('DLTINS', '2026-08-14'),
    ];
    expect(refusal(files, since).message).toBe(
      'eu-esma-firds: the deltas of 2026-08-12, 2026-08-13 cannot be had (2026-08-12: DLTINS: part 2 of 3 is missing), ' +
        'but later ones are listed: 2026-08-14',
    );
  });

  it('is applied before a gap, and the gap is an error only then', () => {
    expect(
      plan([...deltas('2026-08-12', '2026-08-12'), ...deltas('2026-08-14', '2026-08-14')], since),
    ).toEqual(['delta 2026-08-12']);
  });

  it('behind a gap is applied when a person accepts that, and names what it goes without', () => {
    const accepted = { ...since, isGapAccepted: true };
    expect(plan(deltas('2026-08-14', '2026-08-15'), accepted)).toEqual([
      'delta 2026-08-14 without 2026-08-12 2026-08-13',
      'delta 2026-08-15',
    ]);
    expect(plan([file('DLTINS', '2026-08-14', '01of02')], accepted)).toEqual([]);
  });
});

describe('a gap', () => {
  const since = after(SATURDAY, { deltaOn: '2026-08-11', now: new Date('2026-08-17T10:00:00Z') });

  it('is healed by the next full set, which is followed by the delta of its own day', () => {
    const files = [...deltas('2026-08-13', '2026-08-17'), ...fulls(NEXT_SATURDAY)];
    expect(plan(files, since)).toEqual([
      `full ${NEXT_SATURDAY} without 2026-08-12`,
      `delta ${NEXT_SATURDAY}`,
      'delta 2026-08-16',
      'delta 2026-08-17',
    ]);
  });

  it('is healed after the deltas before it', () => {
    const files = [
      ...deltas('2026-08-12', '2026-08-12'),
      ...deltas('2026-08-14', '2026-08-15'),
      ...fulls(NEXT_SATURDAY),
    ];
    expect(plan(files, since)).toEqual([
      'delta 2026-08-12',
      `full ${NEXT_SATURDAY} without 2026-08-13`,
      `delta ${NEXT_SATURDAY}`,
    ]);
  });

  it('of the full set’s own day is none', () => {
    const files = [
      ...deltas('2026-08-12', '2026-08-14'),
      ...fulls(NEXT_SATURDAY),
      ...deltas('2026-08-16', '2026-08-16'),
    ];
    expect(plan(files, since).slice(3)).toEqual([`full ${NEXT_SATURDAY}`, 'delta 2026-08-16']);
  });

  it('is healed even when no delta was listed after it', () => {
    expect(plan(fulls(NEXT_SATURDAY), since)).toEqual([
      `full ${NEXT_SATURDAY} without 2026-08-12 2026-08-13 2026-08-14`,
    ]);
  });

  it('does not include the day of the full set before', () => {
    expect(plan(fulls(NEXT_SATURDAY), { ...since, deltaOn: undefined })).toEqual([
      `full ${NEXT_SATURDAY} without 2026-08-09 2026-08-10 2026-08-11 2026-08-12 2026-08-13 2026-08-14`,
    ]);
  });

  it('is healed rather than accepted', () => {
    const files = [...deltas('2026-08-14', '2026-08-15'), ...fulls(NEXT_SATURDAY)];
    expect(plan(files, { ...since, isGapAccepted: true })[0]).toBe(
      `full ${NEXT_SATURDAY} without 2026-08-12 2026-08-13`,
    );
  });

  it('is healed by no full set that is not whole, nor by an older one', () => {
    const files = [...deltas('2026-08-13', '2026-08-16'), ...fulls(NEXT_SATURDAY, 'E'), ...fulls(SATURDAY)];
    expect(refusal(files, since).code).toBe('DELTA_GAP');
  });

  it('that comes after the healing one ends the plan again', () => {
    const files = [
      ...deltas('2026-08-13', NEXT_SATURDAY),
      ...fulls(NEXT_SATURDAY),
      ...deltas('2026-08-17', '2026-08-17'),
    ];
    expect(plan(files, since)).toEqual([
      `full ${NEXT_SATURDAY} without 2026-08-12`,
      `delta ${NEXT_SATURDAY}`,
    ]);
  });
});

describe('a correction', () => {
  const files = [...fulls(SATURDAY), ...deltas(SATURDAY, '2026-08-11')];
  const published = new Map(
    files.flatMap(({ fileName, md5 }) => (md5 === undefined ? [] : [[fileName, md5]])),
  );
  const since = after(SATURDAY, { deltaOn: '2026-08-10', checksums: published });
  const withOtherBytes = (day: string, stem: string) =>
    files.map((listed) =>
      listed.set.name === stem && listed.on === day ? file(stem, day, '01of01', 'new') : listed,
    );

  it('is none when nothing changed', () => {
    expect(plan(files, since)).toEqual(['delta 2026-08-11']);
  });

  it('of the last delta comes before what is newer', () => {
    expect(plan(withOtherBytes('2026-08-10', 'DLTINS'), since)).toEqual([
      'delta 2026-08-10',
      'delta 2026-08-11',
    ]);
  });

  it('of one file of the last full set brings all of the set', () => {
    const editions = planEditions(withOtherBytes(SATURDAY, 'FULINS_R'), since, 'x');
    expect(editions.map(inWords)).toEqual([`full ${SATURDAY}`, 'delta 2026-08-11']);
    expect(editions[0]?.parts).toHaveLength(10);
  });

  it('takes its place among others, and among full sets that are late, by its day', () => {
    const both = [
      ...withOtherBytes('2026-08-10', 'DLTINS').filter(({ letter }) => letter !== 'R'),
      file('FULINS_R', SATURDAY, '01of01', 'new'),
      ...fulls('2026-08-09'),
    ];
    const now = new Date('2026-08-11T10:00:00Z');
    expect(plan(both, { ...since, now })).toEqual([
      `full ${SATURDAY}`,
      'full 2026-08-09',
      'delta 2026-08-10',
      'delta 2026-08-11',
    ]);
  });

  it('of older deltas comes too late', () => {
    expect(plan(withOtherBytes('2026-08-09', 'DLTINS'), since)).toEqual(['delta 2026-08-11']);
    const overtaken = {
      ...since,
      deltaOn: '2026-08-07',
      checksums: new Map([['DLTINS_20260807_01of01.zip', 'old']]),
    };
    expect(plan([file('DLTINS', '2026-08-07')], overtaken)).toEqual([]);
  });

  it('cannot be seen where either checksum is unknown', () => {
    expect(plan(files, { ...since, checksums: new Map() })).toEqual(['delta 2026-08-11']);
    const silent = files.map(({ md5: _, ...listed }) => listed);
    expect(plan(silent, since)).toEqual(['delta 2026-08-11']);
  });

  it('waits until its set is whole again', () => {
    const half = [...withOtherBytes('2026-08-10', 'DLTINS'), file('DLTINS', '2026-08-10', '02of02')];
    expect(plan(half, since)).toEqual(['delta 2026-08-11']);
  });
});

describe('evidence of cancellations', () => {
  const files = [
    ...fulls(SATURDAY),
    ...deltas(SATURDAY, '2026-08-09'),
    file('FULCAN', SATURDAY),
    file('FULCAN', LAST_SATURDAY),
  ];

  it('is compared once all else is done: the newest alone', () => {
    expect(plan(files, NOTHING_YET)).toEqual([
      `full ${SATURDAY}`,
      `delta ${SATURDAY}`,
      'delta 2026-08-09',
      // Last of all: if it cannot be read it holds up nothing.
      `evidence ${SATURDAY}`,
    ]);
    expect(plan(files, after(SATURDAY, { deltaOn: '2026-08-09' }))).toEqual([`evidence ${SATURDAY}`]);
  });

  it('is compared once', () => {
    expect(plan(files, after(SATURDAY, { deltaOn: '2026-08-09', evidenceOn: SATURDAY }))).toEqual([]);
  });

  it('is compared although the delta of the full set’s own day is not there: the set is its state already', () => {
    expect(plan([file('FULCAN', SATURDAY)], after(SATURDAY, { deltaOn: undefined }))).toEqual([
      `evidence ${SATURDAY}`,
    ]);
  });

  it('is of no use when it is older than the full set', () => {
    expect(plan([...fulls(SATURDAY), file('FULCAN', LAST_SATURDAY)], NOTHING_YET)).toEqual([
      `full ${SATURDAY}`,
    ]);
  });

  it('waits for the deltas until its day, and for its own parts', () => {
    const since = after(SATURDAY, { evidenceOn: SATURDAY });
    expect(plan([file('FULCAN', '2026-08-10'), ...deltas('2026-08-09', '2026-08-09')], since)).toEqual([
      'delta 2026-08-09',
    ]);
    expect(
      plan([file('FULCAN', '2026-08-09', '01of02'), ...deltas('2026-08-09', '2026-08-09')], since),
    ).toEqual(['delta 2026-08-09']);
  });

  it('does not hide a gap, nor come before it is closed', () => {
    const since = after(SATURDAY, { evidenceOn: SATURDAY });
    expect(refusal([file('FULCAN', '2026-08-11'), file('DLTINS', '2026-08-11')], since).code).toBe(
      'DELTA_GAP',
    );
  });

  it('is nothing without a full set', () => {
    expect(refusal([file('FULCAN', SATURDAY)], NOTHING_YET).code).toBe('FULL_SET_MISSING');
  });
});

describe('any plan', () => {
  const DAYS = daysBetween(LAST_SATURDAY, '2026-08-18');

  /** What a publisher may list of one day, and a house that may have stopped anywhere. */
  const world = fc.record({
    days: fc.array(
      fc.record({
        delta: fc.constantFrom<string[]>(['01of01'], ['01of01'], ['02of02', '01of02'], ['01of02'], []),
        full: fc.constantFrom<string[]>([], [], ['01of01'], ['01of02']),
        evidence: fc.boolean(),
      }),
      { minLength: DAYS.length, maxLength: DAYS.length },
    ),
    fullAt: fc.option(fc.nat(DAYS.length - 1), { nil: undefined }),
    deltaAt: fc.option(fc.nat(DAYS.length - 1), { nil: undefined }),
    today: fc.nat(DAYS.length - 1),
    isGapAccepted: fc.boolean(),
  });

  /** The listing and the state of the house in one world. */
  const inhabit = ({
    days,
    fullAt,
    deltaAt,
    today,
    isGapAccepted,
  }: Parameters<Parameters<typeof world.map>[0]>[0]) => {
    const files = days.flatMap(({ delta, full, evidence }, index) => {
      const day = DAYS[index] ?? '';
      return [
        ...delta.map((place) => file('DLTINS', day, place)),
        ...full.map((place) => file('FULINS_E', day, place)),
        ...(evidence ? [file('FULCAN', day)] : []),
      ];
    });
    const fullOn = fullAt === undefined ? undefined : DAYS[fullAt];
    const since: Since = {
      ...NOTHING_YET,
      profile: SHARES,
      full: fullOn === undefined ? undefined : { editionOn: fullOn, scopes: ['E'] },
      deltaOn: fullOn === undefined || deltaAt === undefined ? undefined : DAYS[deltaAt],
      isGapAccepted,
      now: new Date(`${DAYS[today]}T10:00:00Z`),
    };
    return { files, since };
  };

  const planOrRefusal = (files: ListedFile[], since: Since): Edition[] => {
    try {
      return planEditions(files, since, 'x');
    } catch (error) {
      if (error instanceof IsinglassError) return [];
      throw error;
    }
  };

  function publish(since: Since, { kind, editionOn }: Edition): Since {
    if (kind === 'full') return { ...since, full: { editionOn, scopes: ['E'] } };
    return kind === 'delta' ? { ...since, deltaOn: editionOn } : { ...since, evidenceOn: editionOn };
  }

  it('is the same when it is made anew after each of its editions', () => {
    fc.assert(
      fc.property(world, (inWorld) => {
        const { files, since } = inhabit(inWorld);
        const editions = planOrRefusal(files, since);
        let state = since;
        for (const [index, edition] of editions.entries()) {
          expect(planOrRefusal(files, state).map(inWords)).toEqual(editions.slice(index).map(inWords));
          state = publish(state, edition);
        }
        expect(planOrRefusal(files, state)).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('leaves out no day without saying so', () => {
    fc.assert(
      fc.property(world, (inWorld) => {
        const { files, since } = inhabit(inWorld);
        const known = { fullOn: since.full?.editionOn ?? '', deltaOn: since.deltaOn ?? '' };
        for (const { kind, editionOn, missingDays = [] } of planOrRefusal(files, since)) {
          const appliedOn = known.deltaOn > known.fullOn ? known.deltaOn : known.fullOn;
          if (kind === 'delta') {
            expect(editionOn >= appliedOn).toBe(true);
            expect(daysBetween(daysAfter(appliedOn, 1), editionOn)).toEqual(missingDays);
            known.deltaOn = editionOn;
          } else if (kind === 'full') {
            expect(editionOn > known.fullOn).toBe(true);
            known.fullOn = editionOn;
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('holds whole sets only', () => {
    fc.assert(
      fc.property(world, (inWorld) => {
        const { files, since } = inhabit(inWorld);
        for (const { parts } of planOrRefusal(files, since)) {
          expect(parts.map(({ set }) => set?.number)).toEqual(parts.map((_, index) => index + 1));
          expect(parts.every(({ set }) => set?.of === parts.length)).toBe(true);
        }
      }),
    );
  });
});
