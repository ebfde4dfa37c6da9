import type { Day } from '../../../domain/day.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** The day so many days before another. */
export function daysBefore(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * DAY_MS).toISOString().slice(0, 10);
}
