import fc from 'fast-check';
import { CFI_CATEGORIES } from './cfi-table.js';
import { decodeCfi, isCfi } from './cfi.js';

const valueAt = (code: string, position: number): string | null | undefined =>
  decodeCfi(code)?.attributes.find((attribute) => attribute.position === position)?.value;

describe('the CFI table', () => {
  it('has 14 categories and 78 groups, each with a letter of its own', () => {
    expect(CFI_CATEGORIES.map((category) => category.code).join('')).toBe('ECDROFSHIJKLTM');
    const groups = CFI_CATEGORIES.flatMap((category) =>
      category.groups.map((group) => category.code + group.code),
    );
    expect(new Set(groups).size).toBe(78);
    expect(groups).toHaveLength(78);
  });

  it('has at most four attributes in a group, with a label for each letter, and never X', () => {
    for (const group of CFI_CATEGORIES.flatMap((category) => category.groups)) {
      expect(group.attributes.length).toBeLessThanOrEqual(4);
      for (const attribute of group.attributes) {
        if (attribute === null) continue;
        expect(attribute.values.size).toBeGreaterThan(1 - Number(group.name === 'Foreign exchange'));
        for (const [letter, label] of attribute.values) {
          expect(letter).toMatch(/^[A-WYZ]$/);
          expect(label).toMatch(/^[A-Z][^;\n]+$/);
        }
      }
    }
  });
});

describe('a CFI code', () => {
  it('needs six capital letters and a known category', () => {
    expect(['ESVUFR', 'XXXXXX', 'ESVUF', 'ESVUFRR', 'esvufr', 'ESVUF1', '', 'ESVUFR\n'].map(isCfi)).toEqual([
      true,
      ...Array<boolean>(7).fill(false),
    ]);
    expect(decodeCfi('ZSVUFR')).toBeNull();
    expect(decodeCfi('ESVUF')).toBeNull();
  });

  it('is decoded letter by letter', () => {
    expect(decodeCfi('ESVUFR')).toEqual({
      code: 'ESVUFR',
      category: { code: 'E', name: 'Equities' },
      group: { code: 'S', name: 'Common/ordinary shares' },
      attributes: [
        { position: 3, name: 'Voting right', code: 'V', value: 'Voting', isKnown: true },
        {
          position: 4,
          name: 'Ownership/transfer/sales restrictions',
          code: 'U',
          value: 'Free',
          isKnown: true,
        },
        { position: 5, name: 'Payment status', code: 'F', value: 'Fully paid', isKnown: true },
        { position: 6, name: 'Form', code: 'R', value: 'Registered', isKnown: true },
      ],
      words: 'Equities, common/ordinary shares: voting, free, fully paid, registered',
    });
  });

  it.each([
    ['ESXXXX', 'Equities, common/ordinary shares'],
    ['EMXXXM', 'Equities, others (miscellaneous): other form'],
    ['HEIAVC', 'Non-listed and complex listed options, equity: index, European-Call, vanilla, cash'],
    ['JEICXC', 'Forwards, equity: index, unknown attribute C, cash'],
    ['SRCCSC', 'Swaps, rates: fixed-floating, constant, single currency, unknown delivery C'],
    ['JFTXCC', 'Forwards, foreign exchange: spot – Single Currency Pair, CFD, cash'],
    ['EQXXXX', 'Equities, unknown group Q'],
    ['EQAXXX', 'Equities, unknown group Q: unknown attribute A'],
  ])('%s reads "%s"', (code, words) => {
    expect(decodeCfi(code)?.words).toBe(words);
  });

  it('takes X for "not applicable" in every attribute', () => {
    for (const category of CFI_CATEGORIES) {
      for (const group of category.groups) {
        const decoded = decodeCfi(`${category.code}${group.code}XXXX`);
        expect(decoded?.attributes.map((attribute) => attribute.value)).toEqual(
          Array<string>(4).fill('Not applicable/undefined'),
        );
      }
    }
  });

  it('knows the letters that regulators use beyond the published table', () => {
    expect([valueAt('DEXFXX', 4), valueAt('DEXVXX', 4)]).toEqual([
      'Fixed interest payments',
      'Variable interest payments',
    ]);
    expect([...'ABCDEFGHI'].map((letter) => valueAt(`HFX${letter}XX`, 4))).toEqual(
      [...'ABCDEFGHI'].map((letter) => valueAt(`HEX${letter}XX`, 4)),
    );
    expect(valueAt('HFXDXX', 4)).toBe('European-Put');
    expect(valueAt('HFXJXX', 4)).toBe('European');
  });

  it('passes unknown letters on without a meaning', () => {
    expect(decodeCfi('SRCCSC')?.attributes[3]).toEqual({
      position: 6,
      name: 'Delivery',
      code: 'C',
      value: null,
      isKnown: false,
    });
    expect(decodeCfi('KRAXXX')?.attributes[0]).toEqual({
      position: 3,
      name: null,
      code: 'A',
      value: null,
      isKnown: false,
    });
    expect(decodeCfi('EQXXXX')?.group).toEqual({ code: 'Q', name: null });
  });

  it('is decoded whenever it has six letters of a known category, and never throws', () => {
    const letters = fc.string({
      unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'),
      minLength: 6,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.oneof(letters, fc.string()), (text) => {
        const decoded = decodeCfi(text);
        expect(decoded !== null).toBe(isCfi(text));
        expect(decoded?.attributes.length ?? 4).toBe(4);
      }),
      { numRuns: 2000 },
    );
  });
});
