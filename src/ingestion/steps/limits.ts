import type { Bounds } from '../../sources/source.js';

/** Bounds of which a source has left out none. */
export type Limits = Required<Bounds>;

/** What holds for every source that does not say otherwise. */
const USUAL = {
  maxShrinkShare: 0.05,
  maxGrowthShare: 0.2,
  maxMissingShare: 0.05,
  maxMonthlyLossShare: 0.1,
  maxStatusShare: 0.2,
  maxRenamedShare: 0.2,
  maxGroupShrinkShare: 0.5,
  maxGroupGrowthShare: 1,
  maxEmptyJump: 0.05,
  maxInvalidShare: 0.01,
} as const satisfies Partial<Bounds>;

/** The bounds of a source, with the usual ones where it names none. */
export function limitsOf(bounds: Bounds): Limits {
  return { ...USUAL, ...bounds };
}

/** A comparison with an edition older than this says how the world changed, not whether the file is sound. */
export const COMPARABLE_DAYS = 180;

/** So few records may always change: one of two warrants that expires is half of the list, and no reason to hold it. */
export const ALWAYS_ALLOWED = 5;

/** Counts that come and go more than whole lists do, such as those of a venue, say nothing while they are about so few. */
export const FEW = 20;

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
