import { isinCheckDigit } from '../domain/isin.js';
import { leiCheckDigits } from '../domain/lei.js';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const FOUR_CHARACTERS = 26 * 36 ** 3;
const MIC_CODES = 10 * 36 ** 2;

/** More securities than this cannot have an ISIN of their own. */
export const MOST_SECURITIES = FOUR_CHARACTERS;

/**
 * Four characters that belong to no other number, in no visible order. They begin with a letter, which no issuer's
 * code in NSE's lists does (seen 2026-08-08), so that an invented company never wears a real company's ISIN.
 */
export function fourCharacters(number: number): string {
  // The factor shares no divisor with the size, so every number below the size has its own result.
  const place = (number * 611_953 + 77_777) % FOUR_CHARACTERS;
  return DIGITS.charAt(10 + Math.floor(place / 36 ** 3)) + inBase36(place % 36 ** 3, 3);
}

/** An Indian ISIN: `INE` + issuer + security type + serial number + check digit. */
export function indianIsin(prefix: string, issuer: string, securityType: string, serial: number): string {
  return withCheckDigit(`${prefix}${issuer}${securityType}${String(serial).padStart(2, '0')}`);
}

/** An Indian fund's ISIN: `INF` + fund house + scheme + check digit. */
export function fundIsin(house: string, scheme: string): string {
  return withCheckDigit(`INF${house}${scheme}`);
}

/** A MIC that begins with Z and a digit; the registration authority had given out none of these by 2024-10-31. */
export function inventedMic(number: number): string {
  if (number >= MIC_CODES) throw new RangeError(`only ${MIC_CODES} MICs can be invented`);
  const place = (number * 7_919 + 4_321) % MIC_CODES;
  return `Z${Math.floor(place / 36 ** 2)}${inBase36(place % 36 ** 2, 2)}`;
}

/** A LEI with valid check digits (ISO 17442) under a prefix that no issuer of LEIs uses. */
export function inventedLei(number: number): string {
  const body = `999900${inBase36(number, 12)}`;
  return body + leiCheckDigits(body);
}

function withCheckDigit(first11: string): string {
  return `${first11}${isinCheckDigit(first11)}`;
}

function inBase36(number: number, length: number): string {
  return number.toString(36).toUpperCase().padStart(length, '0');
}
