import type { ScopeComparison } from '../../instruments/store.js';
import { changedTooMuch, flippedTooMuch, outOfBounds, tooManyRejects } from './gate-rules.js';
import { limitsOf } from './limits.js';
import { NO_COUNTS, type LoadedPart } from './load.js';

const bounds = limitsOf({
  records: { LIST: { min: 100, max: 1_000 } },
  maxRejectShare: 0.01,
  maxShrinkShare: 0.1,
  maxMissingShare: 0.2,
  maxChangedShare: 0.5,
  sentinels: {},
});

const comparison = (change: Partial<ScopeComparison>): ScopeComparison[] => [
  {
    scope: 'LIST',
    staged: 500,
    held: 500,
    new: 0,
    changed: 0,
    unchanged: 500,
    ended: 0,
    cosmetic: 0,
    past: 0,
    boundary: 0,
    ...change,
  },
];

const codes = (findings: readonly { code: string; severity: string }[]): string[] =>
  findings.map(({ code, severity }) => `${severity} ${code}`);

describe('the bounds of a healthy edition', () => {
  it.each([
    [99, ['stop RECORDS_OUT_OF_BOUNDS']],
    [100, []],
    [1_000, []],
    [1_001, ['stop RECORDS_OUT_OF_BOUNDS']],
  ])('judge %d records', (staged, expected) => {
    expect(codes(outOfBounds(bounds, comparison({ staged })))).toEqual(expected);
  });

  it('say nothing of a scope the source does not name', () => {
    expect(outOfBounds(bounds, comparison({ scope: 'OTHER', staged: 1 }))).toEqual([]);
  });
});

describe('comparing with the last edition', () => {
  it.each([
    ['EDITION_SHRUNK', { staged: 450 }, { staged: 449 }],
    ['MASS_CHANGE', { changed: 250, unchanged: 250 }, { changed: 251, unchanged: 249 }],
  ])('%s lets the limit pass and stops what is beyond', (code, atLimit, beyond) => {
    expect(changedTooMuch(bounds, comparison(atLimit), 'full', 1)).toEqual([]);
    expect(codes(changedTooMuch(bounds, comparison(beyond), 'full', 1))).toEqual([`stop ${code}`]);
  });

  it('stops where more than its share of records is gone, and warns from two in a hundred on', () => {
    expect(changedTooMuch(bounds, comparison({ ended: 10 }), 'full', 1)).toEqual([]);
    const warned = [...[11, 100].map((ended) => changedTooMuch(bounds, comparison({ ended }), 'full', 1))];
    expect(warned.map(codes)).toEqual([['warning MASS_MISSING'], ['warning MASS_MISSING']]);
    expect(codes(changedTooMuch(bounds, comparison({ ended: 101 }), 'full', 1))).toEqual([
      'stop MASS_MISSING',
    ]);
  });

  it('only warns of changed content when the last edition is more than half a year old', () => {
    const changed = comparison({ changed: 400, unchanged: 100 });
    expect(codes(changedTooMuch(bounds, changed, 'full', 180))).toEqual(['stop MASS_CHANGE']);
    expect(codes(changedTooMuch(bounds, changed, 'full', 181))).toEqual(['warning MASS_CHANGE']);
  });

  it('lets up to five records of a short list go or change', () => {
    const short = { staged: 0, held: 5, unchanged: 0, ended: 5 };
    expect(changedTooMuch(bounds, comparison(short), 'full', 1)).toEqual([]);
    expect(codes(changedTooMuch(bounds, comparison({ ...short, held: 6, ended: 6 }), 'full', 1))).toEqual([
      'stop EDITION_SHRUNK',
      'stop MASS_MISSING',
    ]);
  });

  it('has nothing to compare the first edition with', () => {
    expect(changedTooMuch(bounds, comparison({ held: 0, unchanged: 0, new: 500 }), 'full', 0)).toEqual([]);
  });

  it('does not call a delta shrunk', () => {
    expect(changedTooMuch(bounds, comparison({ staged: 3, unchanged: 3 }), 'delta', 1)).toEqual([]);
  });
});

describe('flips', () => {
  const flip = (status: number, name: number, held = 500): string[] =>
    codes(flippedTooMuch(bounds, comparison({ held }), [{ scope: 'LIST', status, name, returned: 0 }], true));

  it('of a fifth of the records pass, and of more stop, each by its code', () => {
    expect(flip(100, 100)).toEqual([]);
    expect(flip(101, 0)).toEqual(['stop MASS_STATUS']);
    expect(flip(0, 101)).toEqual(['stop MASS_RENAMED']);
  });

  it('of up to twenty records say nothing', () => {
    expect(flip(20, 20, 20)).toEqual([]);
    expect(flip(21, 21, 21)).toEqual(['stop MASS_STATUS', 'stop MASS_RENAMED']);
  });

  it('are warnings against an edition of long ago', () => {
    const flips = [{ scope: 'LIST', status: 400, name: 0, returned: 0 }];
    expect(codes(flippedTooMuch(bounds, comparison({}), flips, false))).toEqual(['warning MASS_STATUS']);
  });
});

describe('rejects', () => {
  const part = (rejected: number, rows = 1_000): LoadedPart => ({
    name: 'LIST',
    scope: 'LIST',
    state: 'staged',
    file: null,
    counts: { ...NO_COUNTS, rows, rejected },
  });

  it('hold an edition beyond their share of its rows', () => {
    expect(tooManyRejects(bounds, [part(10)])).toEqual([]);
    expect(codes(tooManyRejects(bounds, [part(11)]))).toEqual(['stop REJECT_SHARE']);
    expect(tooManyRejects(bounds, [part(0, 0)])).toEqual([]);
  });
});
