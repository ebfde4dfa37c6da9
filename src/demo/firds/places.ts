import { mix } from './hash.js';
import { SHOWCASE } from './shape.js';

/** How many records the full sets after the first lack, have too many, or hold differently, against all deltas. */
export interface DriftCounts {
  readonly vanished?: number;
  readonly appeared?: number;
  readonly differing?: number;
}

export type DriftKind = keyof DriftCounts;

/** Places whose instrument is not left to chance. It lives from before the first full set for ever. */
export type SpecialPlace =
  | { readonly role: 'showcase'; readonly number: number }
  | { readonly role: 'spot' }
  | { readonly role: 'drift'; readonly kind: DriftKind; readonly number: number };

/** The set of letter I is tiny: as many records as in the real ones. */
const SPOTS = 3;

/** Spreads the special instruments evenly over all places, so that files of every part of the alphabet have some. */
export function specialPlaces(
  seed: number,
  places: number,
  drift: DriftCounts,
): ReadonlyMap<number, SpecialPlace> {
  const wanted: SpecialPlace[] = SHOWCASE.map((_, number) => ({ role: 'showcase', number }));
  for (let number = 0; number < SPOTS; number += 1) wanted.push({ role: 'spot' });
  let number = 0;
  for (const kind of ['vanished', 'appeared', 'differing'] as const) {
    for (let nth = 0; nth < (drift[kind] ?? 0); nth += 1) {
      wanted.push({ role: 'drift', kind, number });
      number += 1;
    }
  }
  if (wanted.length > places / 2)
    throw new RangeError(`${places} places are too few for ${wanted.length} special instruments`);
  const found = new Map<number, SpecialPlace>();
  for (const [at, special] of wanted.entries()) {
    let place = Math.floor(((at + (mix(seed, at) % 1_000) / 1_000) * places) / wanted.length);
    while (found.has(place)) place = (place + 1) % places;
    found.set(place, special);
  }
  return found;
}
