import fc from 'fast-check';
import { isDay } from '../../../domain/day.js';
import { isIsin, isinCheckDigit } from '../../../domain/isin.js';
import { isLei, leiCheckDigits } from '../../../domain/lei.js';
import { RecordValues } from './record-values.js';
import { slotOf, TYPE, TYPE_OF_SLOT } from './slots.js';
import {
  ABSENT,
  dayNumber,
  hasTimeOfDay,
  isIsinAt,
  isLeiAt,
  judge,
  READ,
  SENTINEL,
  UNREAD,
} from './value-checks.js';

const identifierCharacters = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');
const nearlyCharacters = fc.constantFrom(...'AZ09az -Ö/:@[`{');

function textOf(characters: fc.Arbitrary<string>, length: number): fc.Arbitrary<string> {
  return fc.array(characters, { minLength: length, maxLength: length }).map((each) => each.join(''));
}

/** Judges a text as the value of a field. */
function judged(name: string, text: string): number {
  const values = new RecordValues('a test');
  values.begin();
  const slot = slotOf(name);
  const bytes = Buffer.from(text);
  values.open(slot, undefined as never);
  values.append(slot, bytes, 0, bytes.length);
  return judge(values, slot, TYPE_OF_SLOT[slot]!);
}

describe('identifiers as bytes', () => {
  it('are ISINs exactly when the domain says so', () => {
    const first11 = textOf(identifierCharacters, 11);
    const right = first11.map((text) => text + isinCheckDigit(text));
    const any = textOf(fc.oneof(identifierCharacters, nearlyCharacters), 12);
    fc.assert(
      fc.property(
        fc.oneof(
          right,
          any,
          first11.map((text) => `${text}7`),
        ),
        (text) => {
          expect(isIsinAt(Buffer.from(text, 'latin1'), 0)).toBe(isIsin(text));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('are LEIs exactly when the domain says so', () => {
    const first18 = textOf(identifierCharacters, 18);
    const right = first18.map((text) => text + leiCheckDigits(text));
    const any = textOf(fc.oneof(identifierCharacters, nearlyCharacters), 20);
    fc.assert(
      fc.property(
        fc.oneof(
          right,
          any,
          first18.map((text) => `${text}98`),
        ),
        (text) => {
          expect(isLeiAt(Buffer.from(text, 'latin1'), 0)).toBe(isLei(text));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('are read without the white space around them, and by their shape', () => {
    expect(judged('mic', ' \n\tXETR ')).toBe(READ);
    expect(judged('mic', 'xetr')).toBe(UNREAD);
    expect(judged('mic', 'XETRA')).toBe(UNREAD);
    expect(judged('cfi', 'ESVUFR')).toBe(READ);
    expect(judged('cfi', 'ES*UFR')).toBe(UNREAD);
    // No category of ISO 10962 is called A.
    expect(judged('cfi', 'ASVUFR')).toBe(UNREAD);
    expect(judged('currency', 'XXX')).toBe(READ);
    expect(judged('currency', 'GBp')).toBe(UNREAD);
    expect(judged('competentAuthority', 'DE')).toBe(READ);
    expect(judged('competentAuthority', 'DEU')).toBe(UNREAD);
  });
});

describe('days as bytes', () => {
  it('are days of the calendar exactly when the domain says so', () => {
    const number = (max: number, length: number) =>
      fc.integer({ min: 0, max }).map((each) => String(each).padStart(length, '0'));
    fc.assert(
      fc.property(number(3000, 4), number(13, 2), number(32, 2), (year, month, day) => {
        const text = `${year}-${month}-${day}`;
        const expected = isDay(text) ? Number(text.replaceAll('-', '')) : -1;
        expect(dayNumber(Buffer.from(text), 0)).toBe(expected);
      }),
      { numRuns: 5_000 },
    );
    expect(dayNumber(Buffer.from('2024-02-29'), 0)).toBe(20240229);
    expect(dayNumber(Buffer.from('2023-02-29'), 0)).toBe(-1);
    expect(dayNumber(Buffer.from('2100-02-29'), 0)).toBe(-1);
  });

  it.each([
    ['2026-08-07', READ],
    ['2026-08-07Z', READ],
    ['9999-12-31', SENTINEL],
    ['2999-01-01', SENTINEL],
    ['2998-12-31', READ],
    ['2099-12-31', READ],
    ['2026-08-07T00:00:00Z', UNREAD],
    ['2026-8-7', UNREAD],
    ['', ABSENT],
    [' \n', ABSENT],
  ])('are judged: "%s"', (text, verdict) => {
    expect(judged('derivative.expiryDate', text)).toBe(verdict);
  });

  it.each([
    ['2026-08-07T09:30:00Z', READ],
    // 2017: without a zone.
    ['2017-10-25T23:59:59', READ],
    ['2026-08-07T09:30:00.123Z', READ],
    ['2026-08-07T09:30:00+01:00', READ],
    ['2026-08-07', READ],
    ['9999-12-31T23:59:59Z', SENTINEL],
    ['2026-08-07T25:00:00Z', UNREAD],
    ['2026-08-07T09:60:00Z', UNREAD],
    ['2026-08-07T09:30:00.Z', UNREAD],
    ['2026-08-07T09:30Z', UNREAD],
    ['2026-08-07 09:30:00Z', UNREAD],
    ['2026-13-07T09:30:00Z', UNREAD],
    ['2026-08-07T09:30:00ZZ', UNREAD],
    ['2026-08-07T09:30:00+0100', UNREAD],
  ])('with a time are judged: "%s"', (text, verdict) => {
    expect(judged('admission.requestedAt', text)).toBe(verdict);
  });

  it.each([
    ['2018-01-03T00:00:00Z', false],
    ['2018-01-03T00:00:00.000Z', false],
    ['2018-01-03T00:00:00', false],
    ['2018-01-03', false],
    ['2018-01-03T00:00:01Z', true],
    ['2018-01-03T23:59:59Z', true],
    ['2018-01-03T00:00:00+01:00', true],
  ])('have a time of day that counts or not: %s', (text, expected) => {
    expect(hasTimeOfDay(Buffer.from(text), 0, text.length)).toBe(expected);
  });
});

describe('numbers and truth as bytes', () => {
  it.each([
    ['2847.7799999999997', READ],
    ['-0.5', READ],
    ['+1', READ],
    ['.5', READ],
    ['5.', READ],
    ['00', READ],
    ['1e5', UNREAD],
    ['1,250', UNREAD],
    ['1.2.3', UNREAD],
    ['-', UNREAD],
    ['.', UNREAD],
    ['NaN', UNREAD],
  ])('are decimals or not: %s', (text, verdict) => {
    expect(judged('debt.fixedRate', text)).toBe(verdict);
  });

  it.each([
    ['true', READ],
    ['false', READ],
    ['1', READ],
    ['0', READ],
    ['TRUE', UNREAD],
    ['yes', UNREAD],
    ['truth', UNREAD],
    ['2', UNREAD],
  ])('are booleans or not: %s', (text, verdict) => {
    expect(judged('isCommodityDerivative', text)).toBe(verdict);
  });
});

describe('texts as bytes', () => {
  it('are kept with the blanks around them, but blanks alone are no text', () => {
    expect(judged('name', '  a name ')).toBe(READ);
    expect(judged('name', ' \t ')).toBe(ABSENT);
    expect(judged('debt.seniority', ' ')).toBe(ABSENT);
    expect(TYPE_OF_SLOT[slotOf('name')]).toBe(TYPE.text);
  });
});
