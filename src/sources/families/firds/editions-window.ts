import { dayIn, daysAfter, type Day } from '../../../domain/day.js';
import type { Since } from '../../source.js';
import { PUBLISHED_LETTERS } from './set.js';

/** Days of publication, both ends included. */
export interface ListingWindow {
  readonly from: Day;
  readonly to: Day;
}

/** Two Saturdays, and a third where one stayed without a full set, as in December 2020. */
const DAYS_BEFORE_FIRST_FULL = 21;

const DAYS_OF_A_YEAR = 366;

/** What the publisher is asked to list. */
export function listingWindow({
  full,
  deltaOn,
  now,
}: Pick<Since, 'full' | 'deltaOn' | 'now'>): ListingWindow {
  const today = dayIn(now, 'UTC');
  const to = daysAfter(today, 1);
  if (full === undefined) return { from: daysAfter(today, -DAYS_BEFORE_FIRST_FULL), to };
  const oldest = deltaOn !== undefined && deltaOn < full.editionOn ? deltaOn : full.editionOn;
  // A clock that was set back must not turn the window round.
  const from = daysAfter(oldest, -1);
  return { from, to: to < from ? from : to };
}

/** Where nothing was published lately: some thousand files, all that publishers keep listed for a year. */
export function longWindow({ now }: Pick<Since, 'now'>): ListingWindow {
  const today = dayIn(now, 'UTC');
  return { from: daysAfter(today, -DAYS_OF_A_YEAR), to: daysAfter(today, 1) };
}

/**
 * Letters that the profile wants and the last full set did not cover: deltas alone cannot say what they hold, so they wait
 * for the next full set. Letters that are never published wait for nothing.
 */
export function waitingLetters({ full, profile }: Pick<Since, 'full' | 'profile'>): string[] {
  const covered = full?.scopes ?? [];
  return PUBLISHED_LETTERS.filter(
    (letter) => (profile.letters === null || profile.letters.includes(letter)) && !covered.includes(letter),
  );
}

/** The days from `from` to the one before `to`. */
export function daysBetween(from: Day, to: Day): Day[] {
  const days: Day[] = [];
  for (let day = from; day < to; day = daysAfter(day, 1)) days.push(day);
  return days;
}
