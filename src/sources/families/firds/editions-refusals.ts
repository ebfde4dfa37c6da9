import { EditionRefusedError, TryLaterError } from '../../../common/errors.js';
import type { Day } from '../../../domain/day.js';
import type { Profile } from '../../../domain/profile.js';
import type { ListingWindow } from './editions-window.js';
import type { FirdsSet } from './set.js';

/** Deltas that are missing although later ones are listed. */
export interface DeltaGap {
  /** At least one, oldest first. */
  readonly days: readonly Day[];
  /** What is listed of those days, and why that is no set. */
  readonly faults: readonly string[];
  /** Days of listed deltas behind the gap. */
  readonly listedAfter: readonly Day[];
}

/** More than a person wants to read. */
const MAX_NAMED = 6;

/** Nothing to begin with: not one full set is listed. */
export function fullSetMissing(
  sourceId: string,
  { from, to }: ListingWindow,
  { letters }: Profile,
): TryLaterError {
  const wanted = letters === null ? '' : ` of ${letters.join(', ')}`;
  return new TryLaterError(
    'FULL_SET_MISSING',
    `${sourceId}: no full set${wanted} is listed from ${from} to ${to}`,
    'Wait for the next full set, which is published on Saturdays, or bring one by hand with --file. If the profile asks ' +
      'for letters that are never published (K, L, M, T), ask for others.',
  );
}

/** Nothing to begin with: of all full sets something is missing. */
export function fullSetIncomplete(sourceId: string, { on, faults }: FirdsSet): TryLaterError {
  return new TryLaterError(
    'FULL_SET_INCOMPLETE',
    `${sourceId}: the full set of ${on} is not complete, and no older one is: ${some(faults, '; ')}`,
    'Ask again later: publishing may still go on. If it stays so, bring all files of one day by hand with --file, or ' +
      'leave the letter out of the profile.',
  );
}

/** State cannot be carried forward over days of which nothing is known. */
export function deltaGap(sourceId: string, { days, faults, listedAfter }: DeltaGap): EditionRefusedError {
  const what = days.length === 1 ? 'the delta of' : 'the deltas of';
  const why = faults.length === 0 ? '' : ` (${some(faults, '; ')})`;
  return new EditionRefusedError(
    'DELTA_GAP',
    `${sourceId}: ${what} ${some(days, ', ')} cannot be had${why}, but later ones are listed: ${some(listedAfter, ', ')}`,
    'Wait for the publisher to add what is missing, or bring it by hand with --file, or go on without it with ' +
      '--accept-gap. The next full set, which is published on Saturdays, heals the gap by itself.',
  );
}

function some(things: readonly string[], separator: string): string {
  const named = things.slice(0, MAX_NAMED).join(separator);
  return things.length > MAX_NAMED ? `${named} and ${things.length - MAX_NAMED} more` : named;
}
