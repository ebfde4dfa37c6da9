import type { Letter } from './identity.js';
import { MOST_VENUES } from './trading-venues.js';

/** On how many venues an instrument is traded: mostly one; shares on up to forty. */
export function venueCount(letter: Letter, hash: number): number {
  const share = hash % 100;
  const more = hash >>> 8;
  switch (letter) {
    case 'E':
      if (share < 30) return 1;
      if (share < 60) return 2 + (more % 2);
      if (share < 85) return 4 + (more % 5);
      return share < 98 ? 9 + (more % 12) : 21 + (more % (MOST_VENUES - 20));
    case 'C':
      return share < 45 ? 1 : share < 80 ? 2 + (more % 4) : 6 + (more % 12);
    case 'D':
      return share < 60 ? 1 : share < 92 ? 2 + (more % 2) : 4 + (more % 9);
    default:
      return share < 96 ? 1 : 2;
  }
}

/** The mean of {@link venueCount}, roughly. */
export function meanVenueCount(letter: Letter): number {
  return letter === 'E' ? 5 : letter === 'C' ? 4 : letter === 'D' ? 2 : 1.04;
}
