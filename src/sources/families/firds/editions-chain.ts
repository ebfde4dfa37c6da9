import { daysAfter, type Day } from '../../../domain/day.js';
import type { Edition } from '../../source.js';
import type { DeltaGap } from './editions-refusals.js';
import { daysBetween } from './editions-window.js';
import { editionOf, isWhole, type FirdsSet } from './set.js';

/** Where a chain begins, and what there is to continue it. */
interface ChainLinks {
  /** The delta that is due next. */
  readonly nextDeltaOn: Day;
  /** The full set that the chain hangs on. */
  readonly fullOn: Day;
  /** Whole full sets of the day {@link nextDeltaOn} and later, oldest first. */
  readonly fulls: readonly FirdsSet[];
  /** All sets of deltas, whole or not, oldest first. */
  readonly deltas: readonly FirdsSet[];
  readonly isGapAccepted: boolean;
}

/** What may be applied one after the other, and the gap that ends it. */
interface Chain {
  readonly editions: readonly Edition[];
  readonly gap?: DeltaGap;
  /** All that was published until this day, if anything, has been applied. */
  readonly reachedOn: Day;
}

/**
 * Day by day: the delta, then the full set of the same day, which thereby audits what the deltas made. A day without its
 * delta ends the chain, unless a later full set begins it anew.
 */
export function chainEditions({ fulls, deltas, isGapAccepted, ...start }: ChainLinks): Chain {
  const editions: Edition[] = [];
  const wholeDeltas = new Map(deltas.filter(isWhole).map((set) => [set.on, set]));
  const lastListedOn = deltas.at(-1)?.on ?? '';
  const fullsToCome = [...fulls];
  let { nextDeltaOn: day, fullOn } = start;
  const missingUntil = (end: Day) => daysBetween(day, end).filter((missing) => !wholeDeltas.has(missing));

  for (;;) {
    const delta = wholeDeltas.get(day);
    const [full] = fullsToCome;
    if (delta !== undefined) {
      editions.push(editionOf(delta));
      if (full?.on === day) {
        editions.push(editionOf(full));
        fullsToCome.shift();
        fullOn = day;
      }
      day = daysAfter(day, 1);
    } else if (day === fullOn && (full !== undefined || lastListedOn > day)) {
      // ESMA's guide (ESMA65-8-5014 §4.2) continues a full set of day T with the delta of T+1. The one of T is applied where
      // there is one, for it changes nothing then, but it is not missed.
      day = daysAfter(day, 1);
    } else if (full !== undefined) {
      const missingDays = missingUntil(full.on);
      editions.push({ ...editionOf(full), ...(missingDays.length > 0 && { missingDays }) });
      fullsToCome.shift();
      day = fullOn = full.on;
    } else if (lastListedOn <= day) {
      // Nothing is missing: the newest delta is not there yet.
      return { editions, reachedOn: reached(day, fullOn) };
    } else {
      const next = [...wholeDeltas.values()].find(({ on }) => on > day);
      const missingDays = missingUntil(next?.on ?? lastListedOn);
      if (!isGapAccepted)
        return { editions, gap: gapOf(missingDays, deltas), reachedOn: reached(day, fullOn) };
      if (next === undefined) return { editions, reachedOn: reached(day, fullOn) };
      editions.push({ ...editionOf(next), missingDays });
      day = daysAfter(next.on, 1);
    }
  }
}

function reached(nextDeltaOn: Day, fullOn: Day): Day {
  return nextDeltaOn > fullOn ? daysAfter(nextDeltaOn, -1) : fullOn;
}

function gapOf(days: readonly Day[], deltas: readonly FirdsSet[]): DeltaGap {
  const first = days[0] ?? '';
  return {
    days,
    faults: deltas
      .filter(({ on }) => days.includes(on))
      .flatMap(({ on, faults }) => faults.map((fault) => `${on}: ${fault}`)),
    listedAfter: deltas.map(({ on }) => on).filter((on) => on > first && !days.includes(on)),
  };
}
