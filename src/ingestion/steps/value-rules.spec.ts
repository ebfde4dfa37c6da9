import type { GroupCount } from '../../instruments/store.js';
import type { Baseline } from './baseline.js';
import { limitsOf } from './limits.js';
import { NO_COUNTS, type LoadedPart } from './load.js';
import { countInvalid, invalidValues, type RejectCount } from './value-rules.js';

const limits = limitsOf({ records: {}, maxRejectShare: 0.01, maxChangedShare: 0.5, sentinels: {} });

const part = (odd: Readonly<Record<string, number>> = {}): LoadedPart => ({
  name: 'LIST_01of01',
  scope: 'LIST',
  state: 'staged',
  file: null,
  counts: { ...NO_COUNTS, rows: 1_000, items: 1_000, odd },
});

const staged: GroupCount = {
  scope: 'LIST',
  kind: 'scope',
  name: '',
  records: 1_000,
  empty: { issuerLei: 500, currency: 0 },
  isUnknownVenue: false,
};

const group = (kind: 'venue' | 'currency', name: string, records: number): GroupCount => ({
  ...staged,
  kind,
  name,
  records,
  empty: null,
});

const NOTHING: Baseline = { scopes: new Map(), groups: [] };

const usually = (share: number): Baseline => ({
  scopes: new Map([
    [
      'LIST',
      [
        {
          runId: 1,
          editionOn: '2026-01-05',
          records: 1_000,
          gone: 0,
          empty: {},
          invalid: { issuerLei: share },
        },
      ],
    ],
  ]),
  groups: [],
});

function messages(
  odd: Readonly<Record<string, number>>,
  more: { rejects?: readonly RejectCount[]; survey?: readonly GroupCount[]; baseline?: Baseline } = {},
): string[] {
  const { rejects = [], survey = [], baseline = NOTHING } = more;
  const invalid = countInvalid([part(odd)], rejects, [staged, ...survey]);
  return invalidValues(limits, invalid, baseline).map(
    ({ code, severity, message }) => `${severity} ${code} ${message}`,
  );
}

describe('values that are none', () => {
  it('stop where they are more than one in a hundred of those that are there', () => {
    // 500 records name no issuer, six of them because what stood there is none.
    expect(messages({ 'LEI_CHECK_DIGITS issuerLei': 5 })).toEqual([]);
    expect(messages({ 'LEI_CHECK_DIGITS issuerLei': 6 })).toEqual([
      'stop VALUES_INVALID LIST: 6 of 506 values of issuerLei are none, 1.2 % (6 LEI_CHECK_DIGITS); at most 1.0 % are expected',
    ]);
  });

  it('are counted together by field, whatever is wrong with them', () => {
    const [message] = messages({ 'LEI_LENGTH issuerLei': 4, 'LEI_CHARACTERS issuerLei': 5 });
    expect(message).toContain(
      '9 of 509 values of issuerLei are none, 1.8 % (5 LEI_CHARACTERS, 4 LEI_LENGTH)',
    );
  });

  it('in a field that has no column are measured by all records', () => {
    expect(messages({ 'DATE_UNREADABLE listedOn': 10 })).toEqual([]);
    expect(messages({ 'DATE_UNREADABLE listedOn': 11 })).toHaveLength(1);
  });

  it('that a publisher always has are no news', () => {
    const odd = { 'LEI_CHECK_DIGITS issuerLei': 20 };
    expect(messages(odd, { baseline: usually(0.03) })).toEqual([]);
    expect(messages(odd, { baseline: usually(0.02) })).toHaveLength(1);
  });

  it('are not what is merely odd', () => {
    expect(messages({ 'ELEMENT_UNKNOWN Xyz': 900, 'COLUMN_UNKNOWN remark': 900 })).toEqual([]);
  });

  it('are also what rows were rejected for, with examples', () => {
    const reject = (rows: number): RejectCount => ({
      part: 'LIST_01of01',
      code: 'ISIN_CHECK_DIGIT',
      field: 'isin',
      rows,
      examples: ['INE002A01019'],
    });
    expect(messages({}, { rejects: [reject(10)] })).toEqual([]);
    expect(messages({}, { rejects: [reject(11)] })).toHaveLength(1);
    expect(countInvalid([part()], [reject(11)], [staged])).toMatchObject([
      { field: 'isin', count: 11, of: 1_011, examples: ['INE002A01019'] },
    ]);
  });

  it('are currencies out of ISO 4217, and venues out of the list', () => {
    expect(messages({}, { survey: [group('currency', 'EUR', 990), group('currency', 'EUX', 10)] })).toEqual(
      [],
    );
    expect(
      messages({}, { survey: [group('currency', 'EUR', 989), group('currency', 'EUX', 11)] }),
    ).toHaveLength(1);
    // Pence are no currency, and yet what prices are quoted in.
    expect(messages({}, { survey: [group('currency', 'GBX', 500)] })).toEqual([]);
    expect(messages({}, { survey: [group('venue', 'ZZZZ', 500)] })).toEqual([]);
    expect(messages({}, { survey: [{ ...group('venue', 'ZZZZ', 500), isUnknownVenue: true }] })).toHaveLength(
      1,
    );
  });

  it('up to five are always allowed', () => {
    const tiny: GroupCount = { ...staged, records: 5, empty: { issuerLei: 5 } };
    const invalid = countInvalid([part({ 'LEI_LENGTH issuerLei': 5 })], [], [tiny]);
    expect(invalidValues(limits, invalid, NOTHING)).toEqual([]);
  });
});
