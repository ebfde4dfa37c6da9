import { type Day, isDay } from '../domain/day.js';

const MS_PER_DAY = 86_400_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The day `count` days after (or, negative, before) `day`. */
export function addDays(day: Day, count: number): Day {
  return toDay(Date.parse(day) + count * MS_PER_DAY);
}

/** `day` itself, or the Monday after it when it falls on a weekend. Public holidays are not simulated. */
export function toBusinessDay(day: Day): Day {
  const weekday = weekdayOf(day);
  return addDays(day, weekday === 6 ? 2 : weekday === 0 ? 1 : 0);
}

/** The business day that lies `count` business days after `firstDay`, which must be one itself. */
export function businessDayAfter(firstDay: Day, count: number): Day {
  const untilFriday = 5 - weekdayOf(firstDay);
  const weekends = count > untilFriday ? Math.ceil((count - untilFriday) / 5) : 0;
  return addDays(firstDay, count + weekends * 2);
}

/** The second Monday of the month that lies `months` after that of `day`: when the MIC list is published. */
export function secondMonday(day: Day, months: number): Day {
  const first = toDay(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1 + months, 1));
  return addDays(first, ((8 - weekdayOf(first)) % 7) + 7);
}

/** @throws RangeError unless `day` is a day of the calendar, written `YYYY-MM-DD`. */
export function checkDay(day: string): Day {
  const problem = `${day} is not a day like 2026-01-05`;
  if (!isDay(day)) throw new RangeError(problem);
  return day;
}

/** The ways in which publishers write a day; the names show the form. */
export const written = {
  '05-JAN-2026': (day: Day) => `${day.slice(8)}-${monthOf(day).toUpperCase()}-${day.slice(0, 4)}`,
  '05-Jan-26': (day: Day) => `${day.slice(8)}-${monthOf(day)}-${day.slice(2, 4)}`,
  '5-Jan-26': (day: Day) => `${Number(day.slice(8))}-${monthOf(day)}-${day.slice(2, 4)}`,
  '20260105': (day: Day) => day.replaceAll('-', ''),
};

function toDay(at: number): Day {
  return new Date(at).toISOString().slice(0, 10);
}

function weekdayOf(day: Day): number {
  return new Date(day).getUTCDay();
}

function monthOf(day: Day): string {
  return MONTHS[Number(day.slice(5, 7)) - 1] ?? '';
}
