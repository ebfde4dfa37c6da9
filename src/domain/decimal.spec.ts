import fc from 'fast-check';
import { normaliseDecimal } from './decimal.js';

const digits = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength });

describe('a decimal number', () => {
  it.each([
    ['5.00', '5'],
    [' 5 ', '5'],
    ['\u00a05', '5'],
    ['-0', '0'],
    ['-0.00', '0'],
    ['.5', '0.5'],
    ['-.50', '-0.5'],
    ['+5', '5'],
    ['5.', '5'],
    ['007', '7'],
    ['100', '100'],
    ['0.10', '0.1'],
    ['0.000000000000000000001', '0.000000000000000000001'],
    ['1234567890123456789012345678901234567890', '1234567890123456789012345678901234567890'],
    ['0001234567890123456789.01234567890123456789000', '1234567890123456789.01234567890123456789'],
  ])('%j becomes %s', (text, normal) => {
    expect(normaliseDecimal(text)).toBe(normal);
  });

  it.each([
    '',
    ' ',
    '.',
    '-',
    '+.',
    '1,250',
    '1 250',
    '1e5',
    '1E-5',
    '--1',
    '1.2.3',
    '0x10',
    'NaN',
    'Infinity',
    '٣',
    '−5',
  ])('is not %j', (text) => {
    expect(normaliseDecimal(text)).toBeNull();
  });

  it('may have forty digits that count, and not one more', () => {
    expect(normaliseDecimal('1'.repeat(40))).toBe('1'.repeat(40));
    expect(normaliseDecimal('1'.repeat(41))).toBeNull();
    expect(normaliseDecimal(`${'1'.repeat(20)}.${'1'.repeat(20)}`)).not.toBeNull();
    expect(normaliseDecimal(`${'1'.repeat(20)}.${'1'.repeat(21)}`)).toBeNull();
    expect(normaliseDecimal(`${'0'.repeat(50)}1.${'0'.repeat(50)}`)).toBe('1');
  });

  it('keeps its value and is its own normal form', () => {
    fc.assert(
      fc.property(fc.constantFrom('', '-', '+'), digits(20), digits(20), (sign, whole, fraction) => {
        fc.pre(whole + fraction !== '');
        const normal = normaliseDecimal(`${sign}${whole}.${fraction}`) ?? '';
        expect(normal).toMatch(/^(?:0|-?(?:[1-9][0-9]*|0(?=\.))(?:\.[0-9]*[1-9])?)$/);
        expect(normaliseDecimal(normal)).toBe(normal);
        expect(scaled(normal)).toBe(scaled(`${sign}${whole}.${fraction}`));
      }),
    );
  });

  it('is judged in no time, however many zeros somebody sends', () => {
    expect(normaliseDecimal(`0.${'0'.repeat(1_000_000)}1`)).toBeNull();
  });
});

/** The number times 10^20, exactly. */
function scaled(text: string): bigint {
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.');
  const value = BigInt(whole + fraction.padEnd(20, '0'));
  return text.startsWith('-') ? -value : value;
}
