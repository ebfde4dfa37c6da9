import { isCfi } from '../../../domain/cfi.js';
import { FIRST_SENTINEL_YEAR } from './fields.js';
import type { RecordValues } from './record-values.js';
import { TYPE, type Slot } from './slots.js';

/** What {@link judge} finds. */
export const ABSENT = 0;
export const READ = 1;
export const UNREAD = 2;
/** A day that means "never". */
export const SENTINEL = 3;

const FIRST_SENTINEL_DAY = FIRST_SENTINEL_YEAR * 10_000;

const LENGTH_OF_DAY = 'YYYY-MM-DD'.length;
const LENGTH_OF_MOMENT = 'YYYY-MM-DDThh:mm:ss'.length;

/** Class of a byte: 1 for A to Z, 2 for 0 to 9. */
const CLASS = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? 1 : byte >= 0x30 && byte <= 0x39 ? 2 : 0,
);
const LETTER = 1;
const DIGIT = 2;

/** First letters of a CFI (ISO 10962). */
const IS_CATEGORY = Uint8Array.from({ length: 256 }, (_, byte) =>
  isCfi(`${String.fromCharCode(byte)}XXXXX`) ? 1 : 0,
);

/**
 * Judges the value of a slot by its type. White space around it is taken away, but for texts, which stay as published.
 * An empty value is none.
 */
export function judge(values: RecordValues, slot: Slot, type: number): number {
  if (values.stamps[slot] !== values.stamp) return ABSENT;
  const { bytes } = values;
  let start = values.starts[slot]!;
  let end = values.ends[slot]!;
  if (start < end && bytes[start]! > 0x20 && bytes[end - 1]! > 0x20) {
    return type <= TYPE.code ? READ : judgeBytes(bytes, start, end, type);
  }
  while (start < end && bytes[start]! <= 0x20) start++;
  while (start < end && bytes[end - 1]! <= 0x20) end--;
  if (start === end) return ABSENT;
  if (type === TYPE.text) return READ;
  values.starts[slot] = start;
  values.ends[slot] = end;
  return type === TYPE.code ? READ : judgeBytes(bytes, start, end, type);
}

/** Judges one of a list's values, without the white space around it. */
export function judgeItem(values: RecordValues, item: number, type: number): number {
  const { bytes, items } = values;
  let start = items[item + 1]!;
  let end = items[item + 2]!;
  while (start < end && bytes[start]! <= 0x20) start++;
  while (start < end && bytes[end - 1]! <= 0x20) end--;
  items[item + 1] = start;
  items[item + 2] = end;
  return start === end ? ABSENT : judgeBytes(bytes, start, end, type);
}

/** Judges bytes without white space around them. */
function judgeBytes(bytes: Uint8Array, start: number, end: number, type: number): number {
  switch (type) {
    case TYPE.isin:
      return end - start === 12 && isIsinAt(bytes, start) ? READ : UNREAD;
    case TYPE.lei:
      return end - start === 20 && isLeiAt(bytes, start) ? READ : UNREAD;
    case TYPE.mic:
      return end - start === 4 && isOf(bytes, start, end, LETTER | DIGIT) ? READ : UNREAD;
    case TYPE.cfi:
      return end - start === 6 && IS_CATEGORY[bytes[start]!] === 1 && isOf(bytes, start, end, LETTER)
        ? READ
        : UNREAD;
    case TYPE.currency:
      return end - start === 3 && isOf(bytes, start, end, LETTER) ? READ : UNREAD;
    case TYPE.country:
      return end - start === 2 && isOf(bytes, start, end, LETTER) ? READ : UNREAD;
    case TYPE.decimal:
      return isDecimal(bytes, start, end) ? READ : UNREAD;
    case TYPE.boolean:
      return truthOf(bytes, start, end) < 0 ? UNREAD : READ;
    case TYPE.day:
      return isWholeDay(bytes, start, end) ? judgeDay(bytes, start) : UNREAD;
    case TYPE.moment:
      return isMoment(bytes, start, end) ? judgeDay(bytes, start) : UNREAD;
    default:
      return READ;
  }
}

/** Do twelve bytes make an ISIN? The sum is the domain's: digits of letters apart, every second doubled from the right. */
export function isIsinAt(bytes: Uint8Array, start: number): boolean {
  if (CLASS[bytes[start]!] !== LETTER || CLASS[bytes[start + 1]!] !== LETTER) return false;
  if (CLASS[bytes[start + 11]!] !== DIGIT) return false;
  let sum = 0;
  let isDoubled = true;
  for (let at = start + 10; at >= start; at--) {
    const byte = bytes[at]!;
    const kind = CLASS[byte]!;
    if (kind === DIGIT) {
      sum += isDoubled ? DOUBLED[byte - 0x30]! : byte - 0x30;
      isDoubled = !isDoubled;
    } else if (kind === LETTER) {
      // A letter is two digits, so whether the next is doubled does not change.
      sum += isDoubled ? LETTER_DOUBLED_RIGHT[byte - 0x41]! : LETTER_DOUBLED_LEFT[byte - 0x41]!;
    } else {
      return false;
    }
  }
  return (10 - (sum % 10)) % 10 === bytes[start + 11]! - 0x30;
}

/** Sum of the digits of twice a digit. */
const DOUBLED = Uint8Array.from([0, 2, 4, 6, 8, 1, 3, 5, 7, 9]);
/** A = 10 to Z = 35: the sum of both digits, of which the right or the left one is doubled. */
const LETTER_DOUBLED_RIGHT = Uint8Array.from({ length: 26 }, (_, letter) => {
  const value = letter + 10;
  return DOUBLED[value % 10]! + Math.trunc(value / 10);
});
const LETTER_DOUBLED_LEFT = Uint8Array.from({ length: 26 }, (_, letter) => {
  const value = letter + 10;
  return (value % 10) + DOUBLED[Math.trunc(value / 10)]!;
});

/** Do twenty bytes make a LEI (ISO 7064 MOD 97-10)? */
export function isLeiAt(bytes: Uint8Array, start: number): boolean {
  if (CLASS[bytes[start + 18]!] !== DIGIT || CLASS[bytes[start + 19]!] !== DIGIT) return false;
  let remainder = 0;
  for (let at = start; at < start + 20; at++) {
    const byte = bytes[at]!;
    const kind = CLASS[byte]!;
    if (kind === DIGIT) remainder = remainder * 10 + byte - 0x30;
    else if (kind === LETTER) remainder = remainder * 100 + byte - 0x37;
    else return false;
    // Far less often than at each step: what is left stays below 2^31.
    if (remainder > 20_000_000) remainder %= 97;
  }
  return remainder % 97 === 1;
}

function isOf(bytes: Uint8Array, start: number, end: number, kinds: number): boolean {
  for (let at = start; at < end; at++) if ((CLASS[bytes[at]!]! & kinds) === 0) return false;
  return true;
}

/** `-12.50`, `.5`, `+3`: no exponent, and at least one digit. */
function isDecimal(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  if (bytes[at] === 0x2d || bytes[at] === 0x2b) at++;
  let digits = 0;
  let hasPoint = false;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (CLASS[byte] === DIGIT) digits++;
    else if (byte === 0x2e && !hasPoint) hasPoint = true;
    else return false;
  }
  return digits > 0;
}

/** 1 for `true` and `1`, 0 for `false` and `0`, -1 for anything else. */
export function truthOf(bytes: Uint8Array, start: number, end: number): number {
  switch (end - start) {
    case 1:
      return bytes[start] === 0x31 ? 1 : bytes[start] === 0x30 ? 0 : -1;
    case 4:
      return isWord(bytes, start, 'true') ? 1 : -1;
    case 5:
      return isWord(bytes, start, 'false') ? 0 : -1;
    default:
      return -1;
  }
}

function isWord(bytes: Uint8Array, start: number, word: string): boolean {
  for (let at = 0; at < word.length; at++) if (bytes[start + at] !== word.charCodeAt(at)) return false;
  return true;
}

/** `2021-01-15` as 20210115; -1 when ten bytes make no day of the calendar. */
export function dayNumber(bytes: Uint8Array, start: number): number {
  if (bytes[start + 4] !== 0x2d || bytes[start + 7] !== 0x2d) return -1;
  const century = twoDigits(bytes, start);
  const yearOfCentury = twoDigits(bytes, start + 2);
  const month = twoDigits(bytes, start + 5);
  const day = twoDigits(bytes, start + 8);
  if (century < 0 || yearOfCentury < 0) return -1;
  const year = century * 100 + yearOfCentury;
  if (year < 1 || month < 1 || month > 12 || day < 1) return -1;
  if (day > 28 && day > daysIn(year, month)) return -1;
  return year * 10_000 + month * 100 + day;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** 0 to 99, or -1. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 0x30;
  const units = bytes[at + 1]! - 0x30;
  return tens < 0 || tens > 9 || units < 0 || units > 9 ? -1 : tens * 10 + units;
}

function judgeDay(bytes: Uint8Array, start: number): number {
  const day = dayNumber(bytes, start);
  return day < 0 ? UNREAD : day >= FIRST_SENTINEL_DAY ? SENTINEL : READ;
}

/** `2021-01-15`, or with a `Z` behind it, as the FCA may write it. */
function isWholeDay(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  return length === LENGTH_OF_DAY || (length === LENGTH_OF_DAY + 1 && bytes[end - 1] === 0x5a);
}

/** `2021-01-15T23:59:59Z`, with up to any fraction; without `Z` as in 2017; with an offset; or a day alone. */
function isMoment(bytes: Uint8Array, start: number, end: number): boolean {
  if (isWholeDay(bytes, start, end)) return true;
  if (end - start < LENGTH_OF_MOMENT || bytes[start + 10] !== 0x54) return false;
  if (bytes[start + 13] !== 0x3a || bytes[start + 16] !== 0x3a) return false;
  const hour = twoDigits(bytes, start + 11);
  const minute = twoDigits(bytes, start + 14);
  const second = twoDigits(bytes, start + 17);
  if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || second < 0 || second > 60) return false;
  let at = start + LENGTH_OF_MOMENT;
  if (at < end && bytes[at] === 0x2e) {
    const fractionAt = ++at;
    while (at < end && CLASS[bytes[at]!] === DIGIT) at++;
    if (at === fractionAt) return false;
  }
  return at === end || isZone(bytes, at, end);
}

/** `Z`, `+01:00`. */
function isZone(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at === 1) return bytes[at] === 0x5a;
  return (
    end - at === 6 &&
    (bytes[at] === 0x2b || bytes[at] === 0x2d) &&
    bytes[at + 3] === 0x3a &&
    twoDigits(bytes, at + 1) >= 0 &&
    twoDigits(bytes, at + 4) >= 0
  );
}

/**
 * Does a moment say more than its day? Midnight, in UTC or without a zone, is how the publisher writes a day:
 * `2018-01-03T00:00:00Z`.
 */
export function hasTimeOfDay(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start + LENGTH_OF_DAY; at < end; at++) {
    const byte = bytes[at]!;
    if (byte !== 0x30 && byte !== 0x3a && byte !== 0x54 && byte !== 0x2e && byte !== 0x5a) return true;
  }
  return false;
}
