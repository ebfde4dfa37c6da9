import type { Day } from './record.js';

export type { Day } from './record.js';

/** How publishers write days; an example of each stands beside its pattern in this file. */
export type DayFormat = 'DD-MON-YYYY' | 'D-Mon-YY' | 'YYYYMMDD' | 'YYYY-MM-DD' | 'MONTH YYYY';

const MONTHS = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
];

const PATTERNS: Readonly<Record<DayFormat, RegExp>> = {
  // 06-OCT-2008
  'DD-MON-YYYY': /^(?<day>[0-9]{1,2})-(?<month>[a-z]{3})-(?<year>[0-9]{4})$/i,
  // 6-Oct-08
  'D-Mon-YY': /^(?<day>[0-9]{1,2})-(?<month>[a-z]{3})-(?<year>[0-9]{2})$/i,
  // 20081006
  YYYYMMDD: /^(?<year>[0-9]{4})(?<month>[0-9]{2})(?<day>[0-9]{2})$/,
  // 2008-10-06
  'YYYY-MM-DD': /^(?<year>[0-9]{4})-(?<month>[0-9]{2})-(?<day>[0-9]{2})$/,
  // OCTOBER 2008
  'MONTH YYYY': /^(?<month>[a-z]{3,9})\s+(?<year>[0-9]{4})$/i,
};

/**
 * Says whether a text is a real day of the calendar, written `YYYY-MM-DD`. Days of the year 0000 are none, for
 * PostgreSQL has no such year.
 */
export function isDay(text: string): boolean {
  const match = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

/**
 * Reads a day as publishers write it, trying the formats in the order given. Month names are English, in any case.
 * Of two-digit years 69 to 99 are 1969 to 1999, and 00 to 68 are 2000 to 2068. `MONTH YYYY` means the first of the month.
 * @returns `null` when no format fits or there is no such day.
 */
export function parseDay(text: string, ...formats: readonly DayFormat[]): Day | null {
  const trimmed = text.trim();
  for (const format of formats) {
    const parts = PATTERNS[format].exec(trimmed)?.groups;
    if (parts === undefined) continue;
    const { year = '', month = '', day = '1' } = parts;
    const monthNumber = /^[0-9]/.test(month) ? Number(month) : monthNamed(month, format === 'MONTH YYYY');
    const parsed = [fullYear(year), twoDigits(monthNumber), twoDigits(Number(day))].join('-');
    if (isDay(parsed)) return parsed;
  }
  return null;
}

/** The day so many days after another, or before it when negative. */
export function daysAfter(day: Day, count: number): Day {
  return new Date(Date.parse(day) + count * 86_400_000).toISOString().slice(0, 10);
}

const FORMATTERS = new Map<string, Intl.DateTimeFormat>();

/**
 * The calendar day it is in a time zone (IANA name) at an instant.
 * @throws RangeError for an unknown time zone or an invalid date.
 */
export function dayIn(instant: Date, timeZone: string): Day {
  let formatter = FORMATTERS.get(timeZone);
  if (formatter === undefined) {
    // Calendar and digits are named, and the parts put together here, so that no locale's habits matter.
    formatter = new Intl.DateTimeFormat('en', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
    FORMATTERS.set(timeZone, formatter);
  }
  const parts = new Map(formatter.formatToParts(instant).map((part) => [part.type, part.value]));
  return `${parts.get('year')?.padStart(4, '0')}-${parts.get('month')}-${parts.get('day')}`;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** 1 to 12, or 0 for no month. */
function monthNamed(name: string, isFullName: boolean): number {
  const upper = name.toUpperCase();
  return MONTHS.findIndex((month) => (isFullName ? month === upper : month.slice(0, 3) === upper)) + 1;
}

function fullYear(year: string): string {
  if (year.length === 4) return year;
  return (Number(year) >= 69 ? '19' : '20') + year;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
