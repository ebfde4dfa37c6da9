import { dayIn, daysAfter, type Day } from '../../../domain/day.js';
import type { Profile } from '../../../domain/profile.js';
import type { Edition, Since } from '../../source.js';
import { chainEditions } from './editions-chain.js';
import { deltaGap, fullSetIncomplete, fullSetMissing } from './editions-refusals.js';
import { listingWindow, waitingLetters } from './editions-window.js';
import { editionOf, fullSetsOf, isWhole, setsOf, type FirdsSet, type ListedFile } from './set.js';

/** A full set that becomes whole only after newer deltas were applied is still worth an audit for so long. */
const MAX_DAYS_LATE = 3;

/**
 * What is to be applied next, and in which order, out of all that is listed. Pure: the same list, state and clock give the
 * same plan; when its first edition is published, the plan made anew begins with the second.
 *
 * It begins with corrections of what was published, then follows the chain of deltas and full sets day by day. Sets that
 * are not whole are not there.
 * @throws TryLaterError FULL_SET_MISSING, FULL_SET_INCOMPLETE; EditionRefusedError DELTA_GAP when nothing else can be done
 */
export function planEditions(files: readonly ListedFile[], since: Since, sourceId: string): Edition[] {
  const today = dayIn(since.now, 'UTC');
  const tomorrow = daysAfter(today, 1);
  const listed = files.filter(({ on }) => on <= tomorrow);
  const fulls = fullSetsOf(listed, since.profile);
  const deltas = setsOf(listed, 'DLTINS');

  const { full } = since;
  const begin = full === undefined ? firstFull(fulls, since, sourceId) : undefined;
  const fullOn = begin?.on ?? full?.editionOn ?? '';
  const deltaOn = since.deltaOn !== undefined && since.deltaOn >= fullOn ? since.deltaOn : undefined;
  const nextDeltaOn = deltaOn === undefined ? fullOn : daysAfter(deltaOn, 1);
  const newer = fulls.filter((set) => isWhole(set) && set.on > fullOn);
  const late = newer.filter(
    ({ on }) =>
      on < nextDeltaOn &&
      (on === deltaOn || on >= daysAfter(today, -MAX_DAYS_LATE) || since.heldFullSets.includes(on)),
  );

  const first =
    begin === undefined
      ? [...corrected(fulls, deltas, { full, deltaOn, checksums: since.checksums }), ...late].sort(byDay)
      : [begin];
  const chain = chainEditions({
    nextDeltaOn,
    fullOn,
    fulls: newer.filter(({ on }) => on >= nextDeltaOn),
    deltas,
    isGapAccepted: since.isGapAccepted,
  });
  const plan: Edition[] = [...first.map(editionOf), ...chain.editions];
  const newestFullOn = plan.findLast(({ kind }) => kind === 'full')?.editionOn ?? fullOn;
  const evidence = setsOf(listed, 'FULCAN').findLast(
    (set) =>
      isWhole(set) &&
      set.on > (since.evidenceOn ?? '') &&
      set.on >= newestFullOn &&
      set.on <= chain.reachedOn,
  );
  // Last of all: evidence that cannot be read must not hold up what changes something.
  if (evidence !== undefined) plan.push(editionOf(evidence));
  if (plan.length === 0 && chain.gap !== undefined) throw deltaGap(sourceId, chain.gap);
  return withWaitingScopes(plan, since);
}

/** All whole sets that are listed, day by day: the delta, the full set, the evidence. */
export function wholeEditions(files: readonly ListedFile[], profile: Profile): Edition[] {
  return [...setsOf(files, 'DLTINS'), ...fullSetsOf(files, profile), ...setsOf(files, 'FULCAN')]
    .filter(isWhole)
    .sort(byDay)
    .map(editionOf);
}

/** Until a full set brings the letters by which a profile was widened, deltas leave them out. */
function withWaitingScopes(plan: readonly Edition[], since: Since): Edition[] {
  let waitingScopes = since.full === undefined ? [] : waitingLetters(since);
  return plan.map((edition) => {
    if (edition.kind === 'full') waitingScopes = [];
    return edition.kind === 'delta' && waitingScopes.length > 0 ? { ...edition, waitingScopes } : edition;
  });
}

/** The newest whole full set. */
function firstFull(fulls: readonly FirdsSet[], since: Since, sourceId: string): FirdsSet {
  const whole = fulls.findLast(isWhole);
  if (whole !== undefined) return whole;
  const newest = fulls.at(-1);
  if (newest === undefined) throw fullSetMissing(sourceId, listingWindow(since), since.profile);
  throw fullSetIncomplete(sourceId, newest);
}

/** What was published last, and has other bytes now. A delta older than the full set no longer matters. */
function corrected(
  fulls: readonly FirdsSet[],
  deltas: readonly FirdsSet[],
  { full, deltaOn, checksums }: Pick<Since, 'full' | 'deltaOn' | 'checksums'>,
): FirdsSet[] {
  return [deltas.find(({ on }) => on === deltaOn), fulls.find(({ on }) => on === full?.editionOn)]
    .filter(isWhole)
    .filter(({ files }) =>
      files.some(({ fileName, md5 }) => {
        const known = checksums.get(fileName);
        return md5 !== undefined && known !== undefined && md5 !== known;
      }),
    );
}

/** Stable: of one day the delta stays before the full set. */
function byDay({ on: one }: { readonly on: Day }, { on: other }: { readonly on: Day }): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
