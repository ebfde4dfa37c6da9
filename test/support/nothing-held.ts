import { EVERYTHING } from '../../src/domain/profile.js';
import type { Since } from '../../src/sources/source.js';

/** What a house without any edition of a source asks it. */
export const NOTHING_HELD: Omit<Since, 'now'> = {
  editionOn: undefined,
  full: undefined,
  deltaOn: undefined,
  evidenceOn: undefined,
  heldFullSets: [],
  rejected: [],
  isApproved: false,
  checksums: new Map(),
  profile: EVERYTHING,
  isGapAccepted: false,
};
