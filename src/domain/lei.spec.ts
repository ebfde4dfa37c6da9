import fc from 'fast-check';
import { explainLei, isLei, leiCheckDigits, normaliseLei } from './lei.js';
import { confusableReplacements, neighbourSwaps } from './slip.js';

const ALPHABET = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const first18 = fc.string({ unit: fc.constantFrom(...ALPHABET), minLength: 18, maxLength: 18 });
const validLei = first18.map((text) => text + leiCheckDigits(text));

const codesOf = (text: string): string[] => explainLei(text).reasons.map((reason) => reason.code);

describe('a LEI', () => {
  it.each(['549300GDPG70E3MBBU98', '029200038B4L4ZI1E579', '2W8N8UU78PMDQKZENC08'])('accepts %s', (lei) => {
    expect(isLei(lei)).toBe(true);
    expect(leiCheckDigits(lei.slice(0, 18))).toBe(lei.slice(18));
    expect(explainLei(lei)).toEqual({
      input: lei,
      lei,
      isValid: true,
      reasons: [],
      warnings: [],
      suggestions: [],
    });
  });

  it.each([
    '549300GDPG70E3MBBU97',
    '549300gdpg70e3mbbu98',
    '549300GDPG70E3MBBU9',
    '',
    '549300GDPG70E3MBBU98\n',
  ])('is not %j as it stands', (text) => {
    expect(isLei(text)).toBe(false);
  });

  it('has the remainder that exact arithmetic gives', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          validLei,
          first18.map((text) => `${text}42`),
        ),
        (lei) => {
          const number = BigInt([...lei].map((character) => parseInt(character, 36)).join(''));
          expect(isLei(lei)).toBe(number % 97n === 1n);
        },
      ),
    );
  });

  it('may end in check digits that are not given out any more, when the remainder is right', () => {
    // For each of these endings some start makes the remainder right: 00 = 97, 01 = 98, 99 = 02 modulo 97.
    const old = fc.sample(first18, { numRuns: 20_000, seed: 7 }).flatMap((start) => {
      const usual = leiCheckDigits(start);
      return usual === '97'
        ? [`${start}00`]
        : usual === '98'
          ? [`${start}01`]
          : usual === '02'
            ? [`${start}99`]
            : [];
    });
    expect(new Set(old.map((lei) => lei.slice(18)))).toEqual(new Set(['00', '01', '99']));
    expect(old.filter((lei) => !isLei(lei))).toEqual([]);
  });

  it('shows every replacement of a digit by a digit and of a letter by a letter', () => {
    fc.assert(
      fc.property(validLei, fc.nat(19), fc.constantFrom(...ALPHABET), (lei, at, character) => {
        const [isDigit, wasDigit] = [character <= '9', lei.charAt(at) <= '9'];
        fc.pre(lei.charAt(at) !== character && isDigit === wasDigit);
        expect(isLei(lei.slice(0, at) + character + lei.slice(at + 1))).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('shows every exchange of neighbours but those whose digits read alike: 1B, 2M and 3X', () => {
    const blind = new Set(['1B', 'B1', '2M', 'M2', '3X', 'X3']);
    fc.assert(
      fc.property(validLei, fc.nat(16), (lei, at) => {
        const [left, right] = [lei.charAt(at), lei.charAt(at + 1)];
        fc.pre(left !== right);
        const swapped = lei.slice(0, at) + right + left + lei.slice(at + 2);
        expect(isLei(swapped)).toBe(blind.has(left + right));
      }),
      { numRuns: 1000, examples: [['000000000003X0000010', 11]] },
    );
  });

  it('refuses to compute the check digits of anything but eighteen characters', () => {
    expect(() => leiCheckDigits('549300GDPG70E3MBB')).toThrow(RangeError);
    expect(() => leiCheckDigits('549300gdpg70e3mbbu')).toThrow(RangeError);
  });
});

describe('the explanation of a LEI', () => {
  it.each([
    ['', ['LEI_EMPTY']],
    ['549300GDPG70E3MBBU9', ['LEI_LENGTH']],
    ['549300GDPG70E3MBB_98', ['LEI_CHARACTERS']],
    ['549300GDPG70E3MBBUO8', ['LEI_CHECK_DIGITS_SHAPE']],
    ['549300GDPG70E3MBBU97', ['LEI_CHECK_DIGITS']],
    ['5493 00gd-pg70\u00a0e3mb bu98', []],
  ])('of %j gives %j', (text, codes) => {
    expect(codesOf(text)).toEqual(codes);
  });

  it('says which check digits were expected', () => {
    expect(explainLei('549300GDPG70E3MBBU97').reasons[0]?.message).toContain(
      'check digits should be 98, not 97',
    );
    expect(explainLei('549300GDPG70E3MBBUO8').reasons[0]?.message).toContain('check digits should be 98');
  });

  it('gives the normal form of a valid one only', () => {
    expect(normaliseLei(' 549300gdpg70e3mbbu98')).toBe('549300GDPG70E3MBBU98');
    expect(explainLei(' 549300gdpg70e3mbbu98').lei).toBe('549300GDPG70E3MBBU98');
    expect(explainLei('549300gdpg70e3mbbu97').lei).toBeNull();
  });

  it('suggests what was meant after one look-alike or one exchange of neighbours', () => {
    fc.assert(
      fc.property(validLei, fc.nat(), (lei, pick) => {
        const slips = [...confusableReplacements(lei), ...neighbourSwaps(lei)];
        const slip = slips[pick % slips.length];
        fc.pre(slip !== undefined && !isLei(slip));
        expect(explainLei(slip).suggestions).toContain(lei);
      }),
    );
  });
});
