import fc from 'fast-check';
import validator from 'validator';
import { COUNTRIES } from './country.js';
import { explainIsin, isIsin, isinCheckDigit, isinPrefix, normaliseIsin } from './isin.js';
import { confusableReplacements, neighbourSwaps } from './slip.js';

const VALID = [
  'US0378331005',
  'GB0002634946',
  'DE000A1R07V3',
  'FR0000120271',
  'AU0000XVGZA3',
  'XS2280845491',
  'XS0931417173',
  'EZV1JDJ1R5Q9',
  'EU0009652783',
  'XC0009683654',
  'XTV15WLZJMF0',
  'NGSDCBANCO00',
  'KYG875721634',
];

const DIGITS = [...'0123456789'];
const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

const first11 = fc
  .tuple(
    fc.constantFrom(...COUNTRIES.keys(), 'XS', 'EZ', 'XT'),
    fc.string({ unit: fc.constantFrom(...DIGITS, ...LETTERS), minLength: 9, maxLength: 9 }),
  )
  .map(([prefix, number]) => prefix + number);
const validIsin = first11.map((text) => text + isinCheckDigit(text));

const codesOf = (text: string): string[] => explainIsin(text).reasons.map((reason) => reason.code);

describe('an ISIN', () => {
  it.each(VALID)('accepts %s', (isin) => {
    expect(isIsin(isin)).toBe(true);
    expect(explainIsin(isin)).toMatchObject({
      isin,
      isValid: true,
      reasons: [],
      warnings: [],
      suggestions: [],
    });
  });

  it.each([
    'US0378331003',
    'US037833100',
    'us0378331005',
    'XS1234567890',
    'PL0000503135',
    '',
    'US0378331005\n',
  ])('is not %j as it stands', (text) => {
    expect(isIsin(text)).toBe(false);
  });

  it('is accepted with a prefix nobody knows, but not explained as valid', () => {
    expect(isIsin('QQ0097589790')).toBe(true);
    expect(codesOf('QQ0097589790')).toEqual(['ISIN_PREFIX_UNKNOWN']);
  });

  it('has exactly one right check digit', () => {
    fc.assert(
      fc.property(first11, (text) => {
        expect(DIGITS.filter((digit) => isIsin(text + digit))).toEqual([isinCheckDigit(text)]);
      }),
    );
  });

  it('shows every replacement of one digit by another', () => {
    fc.assert(
      fc.property(validIsin, fc.nat(11), fc.constantFrom(...DIGITS), (isin, at, digit) => {
        fc.pre(DIGITS.includes(isin.charAt(at)) && isin.charAt(at) !== digit);
        expect(isIsin(isin.slice(0, at) + digit + isin.slice(at + 1))).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('cannot show every exchange of two letters', () => {
    expect(isIsin('AU0000XVGZA3')).toBe(true);
    expect(isIsin('AU0000VXGZA3')).toBe(true);
  });

  it('refuses to compute the check digit of anything but eleven characters', () => {
    expect(() => isinCheckDigit('US037833100 ')).toThrow(RangeError);
    expect(() => isinCheckDigit('US03783310')).toThrow(RangeError);
    expect(() => isinCheckDigit('us037833100')).toThrow(RangeError);
  });
});

describe('the normal form of an ISIN', () => {
  it.each([
    ['us0378331005', 'US0378331005'],
    [' US 0378\u00a0331\t005 ', 'US0378331005'],
    ['US-037833100-5', 'US0378331005'],
    ['US\u2011037833100\u20135', 'US0378331005'],
    ['\ufeffUS0378331005\u200b', 'US0378331005'],
    ['ＵＳ０３７８３３１００５', 'US0378331005'],
    // Not a capital SS, which would make a right text out of a wrong one.
    ['uß037833100', 'Uß037833100'],
  ])('of %j is %s', (text, normal) => {
    expect(normaliseIsin(text)).toBe(normal);
  });

  it('is its own normal form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(normaliseIsin(normaliseIsin(text))).toBe(normaliseIsin(text));
      }),
      { examples: [['\u{1d157}\u{1d165}\ufe72']] },
    );
  });
});

describe('the prefix of an ISIN', () => {
  it.each([
    ['US0378331005', 'country', 'United States', false],
    ['XS2280845491', 'special', 'Euroclear and Clearstream (international securities)', false],
    ['XK', 'special', 'Kosovo', false],
    ['XF', 'special', 'Internally assigned, not unique', true],
    ['QS', 'special', 'Internal use by Euroclear France, at times in Germany', true],
    ['QT', 'special', 'Internal use in Switzerland', true],
    ['DD', 'historic', 'German Democratic Republic', false],
    ['QQ', 'unknown', 'Unknown', false],
    ['', 'unknown', 'Unknown', false],
  ])('%j is of kind %s: %s', (isin, kind, name, isQuarantined) => {
    expect(isinPrefix(isin)).toEqual({ code: isin.slice(0, 2), kind, name, isQuarantined });
  });

  it.each([
    'XS',
    'EZ',
    'XT',
    'EU',
    'XC',
    'XA',
    'XB',
    'XD',
    'XK',
    'AN',
    'CS',
    'YU',
    'SU',
    'DD',
    'ZR',
    'TP',
    'BU',
  ])('makes no ISIN that begins with %s invalid or odd', (prefix) => {
    const isin = `${prefix}000000000` + isinCheckDigit(`${prefix}000000000`);
    expect(explainIsin(isin)).toMatchObject({ isValid: true, warnings: [] });
  });

  it.each(['XF', 'QS', 'QT'])('earns an otherwise valid ISIN a warning when it is %s', (prefix) => {
    const isin = `${prefix}000000000` + isinCheckDigit(`${prefix}000000000`);
    const verdict = explainIsin(isin);
    expect(verdict.isValid).toBe(true);
    expect(verdict.warnings.map((warning) => warning.code)).toEqual(['ISIN_QUARANTINED_PREFIX']);
  });
});

describe('the explanation of an ISIN', () => {
  it.each([
    ['', ['ISIN_EMPTY']],
    [' - ', ['ISIN_EMPTY']],
    ['US037833100', ['ISIN_LENGTH']],
    ['U', ['ISIN_LENGTH']],
    ['US03783310055', ['ISIN_LENGTH']],
    ['US03783*1005', ['ISIN_CHARACTERS']],
    ['US0378331é05', ['ISIN_CHARACTERS']],
    ['US0378331💶05', ['ISIN_CHARACTERS']],
    ['120378331005', ['ISIN_PREFIX_SHAPE', 'ISIN_CHECK_DIGIT']],
    ['QQ0378331004', ['ISIN_PREFIX_UNKNOWN', 'ISIN_CHECK_DIGIT']],
    ['US037833100S', ['ISIN_CHECK_DIGIT_SHAPE']],
    ['US0378331003', ['ISIN_CHECK_DIGIT']],
    ['XS1234567890', ['ISIN_CHECK_DIGIT']],
    ['PL0000503135', ['ISIN_CHECK_DIGIT']],
    ['us0378331005', []],
    ['US 0378-331005', []],
  ])('of %j gives %j', (text, codes) => {
    expect(codesOf(text)).toEqual(codes);
  });

  it('says what was expected', () => {
    const messageOf = (text: string): string | undefined => explainIsin(text).reasons[0]?.message;
    expect(messageOf('US0378331003')).toContain('check digit should be 5, not 3');
    expect(messageOf('US037833100S')).toContain('check digit should be 5');
    expect(messageOf('US037833100')).toContain('11 characters; 12 are expected');
    expect(messageOf('US03783*1005')).toContain('character 8 is "*"');
  });

  it('keeps the input and gives the normal form of a valid one only', () => {
    expect(explainIsin(' us0378331005')).toMatchObject({ input: ' us0378331005', isin: 'US0378331005' });
    expect(explainIsin('us0378331003')).toMatchObject({ input: 'us0378331003', isin: null });
  });

  it('gives reasons exactly when the text is not valid', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), validIsin), (text) => {
        const verdict = explainIsin(text);
        expect(verdict.isValid).toBe(verdict.reasons.length === 0);
        expect(verdict.isin !== null).toBe(verdict.isValid);
      }),
    );
  });
});

describe('suggestions for a wrong ISIN', () => {
  it('undo one look-alike', () => {
    fc.assert(
      fc.property(validIsin, fc.nat(), (isin, pick) => {
        const slips = confusableReplacements(isin);
        const slip = slips[pick % slips.length];
        fc.pre(slip !== undefined && !explainIsin(slip).isValid);
        expect(explainIsin(slip).suggestions).toContain(isin);
      }),
      { numRuns: 1000 },
    );
  });

  it('undo one exchange of neighbours', () => {
    fc.assert(
      fc.property(validIsin, fc.nat(), (isin, pick) => {
        const slips = neighbourSwaps(isin);
        const slip = slips[pick % slips.length];
        fc.pre(slip !== undefined && !explainIsin(slip).isValid);
        expect(explainIsin(slip).suggestions).toContain(isin);
      }),
      { numRuns: 1000 },
    );
  });

  it('are valid, different, of a known prefix, and ten at most', () => {
    const wrong = fc.string({ unit: fc.constantFrom(...'01258BILOSZUE'), minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(wrong, (text) => {
        const { suggestions } = explainIsin(text);
        expect(suggestions.filter((suggestion) => !explainIsin(suggestion).isValid)).toEqual([]);
        expect(new Set(suggestions).size).toBe(suggestions.length);
        expect(suggestions.length).toBeLessThanOrEqual(10);
      }),
      { numRuns: 1000 },
    );
  });

  it('put the look-alike before the exchange of neighbours and the check digit last', () => {
    expect(explainIsin('USO378331005').suggestions[0]).toBe('US0378331005');
    expect(explainIsin('U50378331005').suggestions[0]).toBe('US0378331005');
    expect(explainIsin('US0378331003').suggestions.at(-1)).toBe('US0378331005');
    const { suggestions } = explainIsin('US3078331005');
    expect(suggestions).toContain('US0378331005');
    expect(suggestions.at(-1)).toBe('US307833100' + isinCheckDigit('US307833100'));
  });

  it('are not made for a text of another length or with other characters', () => {
    expect(explainIsin('US037833100').suggestions).toEqual([]);
    expect(explainIsin('US03783*1005').suggestions).toEqual([]);
  });
});

describe('compared with validator.js', () => {
  const texts = mixedTexts(100_000, 20_240_229);

  it('agrees on every text about shape and check digit', () => {
    expect(texts.filter((text) => isIsin(text) !== validator.isISIN(text))).toEqual([]);
  });

  it('explains otherwise only what needs normalising, or has a prefix nobody knows', () => {
    const classes = { notInNormalForm: 0, unknownPrefix: 0 };
    const unexplained: string[] = [];
    let agreedValid = 0;
    for (const text of texts) {
      const verdict = explainIsin(text);
      const isValidThere = validator.isISIN(text);
      if (verdict.isValid === isValidThere) {
        if (isValidThere) agreedValid += 1;
      } else if (verdict.isin !== null && verdict.isin !== text && validator.isISIN(verdict.isin)) {
        // validator.js judges a text as it stands; we forgive case, blanks and hyphens.
        classes.notInNormalForm += 1;
      } else if (isValidThere && verdict.reasons.every((reason) => reason.code === 'ISIN_PREFIX_UNKNOWN')) {
        // validator.js takes any two letters for a prefix.
        classes.unknownPrefix += 1;
      } else {
        unexplained.push(text);
      }
    }
    expect(unexplained).toEqual([]);
    expect(classes.notInNormalForm).toBeGreaterThan(1000);
    expect(classes.unknownPrefix).toBeGreaterThan(1000);
    expect(agreedValid).toBeGreaterThan(10_000);
  });
});

/** Texts of eight kinds in turn, the same for the same seed. */
function mixedTexts(count: number, seed: number): string[] {
  let state = seed;
  // Mulberry32: small, and good enough to mix texts.
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  const pick = (from: readonly string[]): string => from[below(from.length)] ?? '';
  const alphabet = [...DIGITS, ...LETTERS];
  const random = (length: number): string => Array.from({ length }, () => pick(alphabet)).join('');
  const countries = [...COUNTRIES.keys(), 'XS', 'EZ', 'XT', 'XF'];
  const valid = (prefix: string): string => {
    const start = prefix + random(9);
    return start + isinCheckDigit(start);
  };
  const kinds: (() => string)[] = [
    () => random(12),
    () => pick(LETTERS) + pick(LETTERS) + random(9) + pick(DIGITS),
    () => valid(pick(countries)),
    () => valid(pick(LETTERS) + pick(LETTERS)),
    () => {
      const isin = valid(pick(countries));
      const at = below(12);
      return isin.slice(0, at) + pick([...alphabet, '*', 'é', '\n']) + isin.slice(at + 1);
    },
    () => valid(pick(countries)).toLowerCase(),
    () => {
      const isin = valid(pick(countries));
      const at = below(13);
      return isin.slice(0, at) + pick([' ', '-', '\u00a0', '\n', '\u200b']) + isin.slice(at);
    },
    () => valid(pick(countries)).slice(0, below(12)) + random(below(4)),
  ];
  return Array.from({ length: count }, (_, index) => (kinds[index % kinds.length] ?? (() => ''))());
}
