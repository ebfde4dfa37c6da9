import type { GroupCount, GroupKind, ScopeComparison } from '../../instruments/store.js';
import { median, type Baseline, type PastGroup, type PastScope } from './baseline.js';
import {
  drippedAway,
  strayedColumns,
  strayedGroups,
  strayedScopes,
  type Examined,
} from './baseline-rules.js';
import { limitsOf } from './limits.js';

const limits = limitsOf({ records: {}, maxRejectShare: 0.01, maxChangedShare: 0.5, sentinels: {} });

const comparison = (change: Partial<ScopeComparison>): ScopeComparison[] => [
  {
    scope: 'LIST',
    staged: 1_000,
    held: 1_000,
    new: 0,
    changed: 0,
    unchanged: 1_000,
    ended: 0,
    cosmetic: 0,
    past: 0,
    boundary: 0,
    ...change,
  },
];

const past = (records: number, change: Partial<PastScope> = {}): PastScope => ({
  runId: 1,
  editionOn: '2026-01-05',
  records,
  gone: 0,
  empty: {},
  invalid: {},
  ...change,
});

const baseline = (scopes: readonly PastScope[], groups: readonly PastGroup[] = []): Baseline => ({
  scopes: new Map([['LIST', scopes]]),
  groups,
});

const usual = (kind: GroupKind, name: string, ...records: readonly number[]): PastGroup => ({
  scope: 'LIST',
  kind,
  name,
  records,
});

const group = (kind: GroupKind, name: string, records: number): GroupCount => ({
  scope: 'LIST',
  kind,
  name,
  records,
  empty: null,
  isUnknownVenue: false,
});

const examined = (change: Partial<Examined>): Examined => ({
  limits,
  comparison: comparison({}),
  survey: [],
  baseline: baseline([past(1_000)]),
  gone: new Map(),
  editionOn: '2026-01-06',
  isComparable: true,
  ...change,
});

const codes = (findings: readonly { code: string; severity: string }[]): string[] =>
  findings.map(({ code, severity }) => `${severity} ${code}`);

describe('the median', () => {
  it.each([
    [[3], undefined, 3],
    [[5, 1, 3], undefined, 3],
    [[4, 1, 3, 2], undefined, 2],
    [[], undefined, 0],
    // Editions without the group count as none of its records.
    [[7, 7, 7], 7, 0],
    [[7, 7, 7, 7], 7, 7],
  ])('of %p, out of %p, is %d', (values, of, expected) => {
    expect(median(values, of)).toBe(expected);
  });
});

describe('a scope', () => {
  const strayed = (change: Partial<ScopeComparison>, before = [past(1_000)], isComparable = true): string[] =>
    codes(
      strayedScopes(examined({ comparison: comparison(change), baseline: baseline(before), isComparable })),
    );

  it('may be a twentieth smaller and a fifth larger than usual, and no more', () => {
    expect(strayed({ staged: 950 })).toEqual([]);
    expect(strayed({ staged: 949 })).toEqual(['stop EDITION_SHRUNK']);
    expect(strayed({ staged: 1_200 })).toEqual([]);
    expect(strayed({ staged: 1_201 })).toEqual(['stop EDITION_GROWN']);
  });

  it('is measured by the median of seven editions, which one odd one does not move', () => {
    const before = [2_000, 1_000, 1_000, 1_000, 990, 1_010, 1_000].map((records) => past(records));
    expect(strayed({ staged: 1_000 }, before)).toEqual([]);
    expect(strayed({ staged: 2_000 }, before)).toEqual(['stop EDITION_GROWN']);
    // The eighth is no measure any more.
    const older = [...Array.from({ length: 7 }, () => past(1_000)), past(5_000)];
    expect(strayed({ staged: 1_000 }, older)).toEqual([]);
  });

  it('may bring as many new records as a fifth of those held', () => {
    expect(strayed({ new: 200 })).toEqual([]);
    expect(strayed({ new: 201 })).toEqual(['stop MASS_NEW']);
  });

  it('may always lose, gain and bring twenty', () => {
    expect(strayed({ staged: 0, held: 20 }, [past(20)])).toEqual([]);
    expect(strayed({ staged: 40, held: 20, new: 20 }, [past(20)])).toEqual([]);
    expect(strayed({ staged: 41, held: 20, new: 21 }, [past(20)])).toEqual([
      'stop EDITION_GROWN',
      'stop MASS_NEW',
    ]);
  });

  it('says nothing the first time, and only warns against an edition of long ago', () => {
    expect(codes(strayedScopes(examined({ baseline: { scopes: new Map(), groups: [] } })))).toEqual([]);
    expect(strayed({ staged: 500 }, [past(1_000)], false)).toEqual(['warning EDITION_SHRUNK']);
  });
});

describe('a group', () => {
  const strayed = (
    here: readonly GroupCount[],
    groups: readonly PastGroup[],
    before = [past(1_000)],
  ): string[] => codes(strayedGroups(examined({ survey: here, baseline: baseline(before, groups) })));

  it.each(['country', 'category', 'venue', 'currency'] as const)(
    'of a kind (%s) that vanishes stops',
    (kind) => {
      expect(strayed([], [usual(kind, 'A', 21)])).toEqual(['stop GROUP_SHRUNK']);
      expect(strayed([group(kind, 'A', 21)], [usual(kind, 'A', 21)])).toEqual([]);
    },
  );

  it('may lose half, and always twenty records', () => {
    expect(strayed([group('venue', 'XETR', 50)], [usual('venue', 'XETR', 100)])).toEqual([]);
    expect(strayed([group('venue', 'XETR', 49)], [usual('venue', 'XETR', 100)])).toEqual([
      'stop GROUP_SHRUNK',
    ]);
    expect(strayed([], [usual('venue', 'XETR', 20)])).toEqual([]);
  });

  it('of up to a thousandth of a large scope may vanish', () => {
    const large = [past(100_000)];
    expect(strayed([], [usual('country', 'SM', 100)], large)).toEqual([]);
    expect(strayed([], [usual('country', 'SM', 101)], large)).toEqual(['stop GROUP_SHRUNK']);
  });

  it('may double, and appear with up to a twentieth of the scope', () => {
    expect(strayed([group('venue', 'XPAR', 50)], [])).toEqual([]);
    expect(strayed([group('venue', 'XPAR', 51)], [])).toEqual(['stop GROUP_GROWN']);
    expect(strayed([group('venue', 'XPAR', 200)], [usual('venue', 'XPAR', 100)])).toEqual([]);
    expect(strayed([group('venue', 'XPAR', 201)], [usual('venue', 'XPAR', 100)])).toEqual([
      'stop GROUP_GROWN',
    ]);
  });

  it('that only one of seven editions had is missed by nobody', () => {
    const seven = Array.from({ length: 7 }, () => past(1_000));
    expect(strayed([], [usual('venue', 'XPAR', 300)], seven)).toEqual([]);
    expect(strayed([], [usual('venue', 'XPAR', 300, 300, 300, 300)], seven)).toEqual(['stop GROUP_SHRUNK']);
  });

  it('is named with its counts, five of them at most', () => {
    const groups = Array.from({ length: 7 }, (_, index) => usual('country', `C${index}`, 100 + index));
    const [finding] = strayedGroups(examined({ baseline: baseline([past(1_000)], groups) }));
    expect(finding?.message).toMatch(
      /^LIST: country C6 has 0 records, 106 are usual; .*; so it is with 2 more$/,
    );
    expect(finding?.fields?.['groups']).toHaveLength(5);
  });
});

describe('a column', () => {
  const strayed = (count: number, usualCount: number, records = 1_000): string[] => {
    const survey = [{ ...group('scope', '', records), empty: { cfi: count } }];
    const before = [past(records, { empty: { cfi: usualCount } })];
    return codes(strayedColumns(examined({ survey, baseline: baseline(before) })));
  };

  it('may be emptier by five points than usual, and no more', () => {
    expect(strayed(150, 100)).toEqual([]);
    expect(strayed(151, 100)).toEqual(['stop COLUMN_EMPTIED']);
    expect(strayed(1_000, 0)).toEqual(['stop COLUMN_EMPTIED']);
    expect(strayed(1_000, 1_000)).toEqual([]);
  });

  it('that is filled at once is worth a line', () => {
    expect(strayed(0, 1_000)).toEqual(['warning COLUMN_FILLED']);
  });

  it('of a tiny list may be emptied', () => {
    expect(strayed(20, 0, 20)).toEqual([]);
    expect(strayed(21, 0, 21)).toEqual(['stop COLUMN_EMPTIED']);
  });

  it('that earlier editions did not count is left alone', () => {
    const survey = [{ ...group('scope', '', 1_000), empty: { cfi: 1_000 } }];
    expect(strayedColumns(examined({ survey }))).toEqual([]);
  });
});

describe('a slow drip', () => {
  /** The newest first: the day before the edition in hand, the one before that … */
  const days = (count: number, of: (day: number) => Partial<PastScope>): PastScope[] =>
    Array.from({ length: count }, (_, day) =>
      past(1_000, {
        editionOn: new Date(Date.UTC(2026, 2, 1) - (day + 1) * 86_400_000).toISOString().slice(0, 10),
        ...of(day),
      }),
    );
  const dripped = (before: readonly PastScope[], change: Partial<ScopeComparison> = {}): string[] =>
    codes(
      drippedAway(
        examined({
          editionOn: '2026-03-01',
          comparison: comparison(change),
          gone: new Map([['LIST', change.ended ?? 0]]),
          baseline: baseline(before),
        }),
      ),
    );

  it('of three in a thousand a day for thirty days passes, and of four stops', () => {
    expect(
      dripped(
        days(40, () => ({ gone: 3 })),
        { ended: 3 },
      ),
    ).toEqual([]);
    expect(
      dripped(
        days(40, () => ({ gone: 4 })),
        { ended: 4 },
      ),
    ).toEqual(['stop SLOW_DRIP']);
  });

  it('is seen though as much comes as goes, and by the count where nobody saw it go', () => {
    expect(
      dripped(
        days(3, () => ({ gone: 49 })),
        { ended: 49 },
      ),
    ).toEqual(['stop SLOW_DRIP']);
    expect(
      dripped(
        days(3, () => ({})),
        { staged: 899 },
      ),
    ).toEqual(['stop SLOW_DRIP']);
    expect(
      dripped(
        days(3, () => ({})),
        { staged: 900 },
      ),
    ).toEqual([]);
  });

  it('does not count what comes back', () => {
    expect(dripped(days(20, (day) => ({ gone: day % 2 === 0 ? -60 : 60 })))).toEqual([]);
    // Nor does what came back before make up for what goes now.
    expect(dripped(days(5, (day) => ({ gone: day === 3 ? -900 : 40 })))).toEqual(['stop SLOW_DRIP']);
  });

  it('says nothing of what went more than thirty days ago', () => {
    expect(dripped(days(60, (day) => ({ gone: day > 31 ? 50 : 0 })))).toEqual([]);
  });

  it('needs more than one edition before, or it would say what was said already', () => {
    expect(
      dripped(
        days(1, () => ({})),
        { ended: 900, staged: 100 },
      ),
    ).toEqual([]);
  });
});
