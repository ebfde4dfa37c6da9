import type { Day } from '../../domain/day.js';

/**
 * A calendar day as a number: 0 is 1970-01-03, a Saturday, so `day % 7` is 0 on Saturdays, when full sets are published.
 * What happens is measured in ticks: a file dated D tells of the business day before D, so Tuesday's to Saturday's
 * have a thousand ticks each, Sunday's twenty and Monday's two (the weekdays of ESMA's deltas of February 2025).
 */
const TICKS_OF_WEEKDAY = [1_000, 20, 2, 1_000, 1_000, 1_000, 1_000];
const TICKS_AFTER = TICKS_OF_WEEKDAY.map((_, weekday) =>
  TICKS_OF_WEEKDAY.slice(0, weekday + 1).reduce((sum, ticks) => sum + ticks, 0),
);
export const TICKS_PER_BUSY_DAY = 1_000;
const TICKS_PER_WEEK = TICKS_AFTER[6] ?? 0;

/** Bound once, as in hash.ts. */
const { floor } = Math;

const MS_PER_DAY = 86_400_000;
/** 1970-01-03 in days since 1970-01-01. */
const FIRST_SATURDAY = 2;

export function dayNumber(date: Day): number {
  return Math.round(Date.parse(date) / MS_PER_DAY) - FIRST_SATURDAY;
}

const texts: (Day | undefined)[] = [];

/** `2026-01-05`; remembered, because millions of records name the same days. */
export function dateOf(day: number): Day {
  return (texts[day] ??= new Date((day + FIRST_SATURDAY) * MS_PER_DAY).toISOString().slice(0, 10));
}

/** The last Saturday that is not after `day`. */
export function saturdayUntil(day: number): number {
  return day - (day % 7);
}

export function ticksOn(day: number): number {
  return TICKS_OF_WEEKDAY[day % 7] ?? 0;
}

/** How many ticks there were when `day` was over: its own are those before this number. */
export function ticksThrough(day: number): number {
  const weekday = day % 7;
  return ((day - weekday) / 7) * TICKS_PER_WEEK + (TICKS_AFTER[weekday] ?? 0);
}

export function dayOfTick(tick: number): number {
  const week = floor(tick / TICKS_PER_WEEK);
  const rest = tick - week * TICKS_PER_WEEK;
  let weekday = 0;
  while (rest >= (TICKS_AFTER[weekday] ?? rest + 1)) weekday += 1;
  return week * 7 + weekday;
}
