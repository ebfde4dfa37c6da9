import type { Letter } from './identity.js';

/**
 * Why a record stands in a file: `live` in a full set; `new`, `modified`, `terminated` and `cancelled` in a delta; `late`
 * for a termination of something that was never published or ended before.
 */
export type OccurrenceKind = 'live' | 'new' | 'modified' | 'terminated' | 'cancelled' | 'late';

/** How a late termination says when it was valid: mostly not at all. `inverted` ends before it begins. */
export type LatePeriod = 'none' | 'Dt' | 'ToDt' | 'inverted';

/** One record of one file, before its content is written out. Reused from record to record. */
export class Occurrence {
  kind: OccurrenceKind = 'live';
  place = 0;
  letter: Letter = 'R';
  /** Number in the showcase, or −1. */
  showcase = -1;
  /** Number in the planted drift when the record is to be published differently, or −1. */
  drift = -1;
  generation = 0;
  isPhantom = false;
  /** The instrument's hash, and how many venues it has. */
  hash = 0;
  venues = 1;
  /** Which of its venues this record is about. */
  venue = 0;
  /** The days between which the instrument lives; −1: without an end. */
  bornOn = 0;
  endsOn = -1;
  /** The day from which this version of the record holds. */
  validFrom = 0;
  /** How often the instrument, and the record by itself, have changed. */
  instrumentChanges = 0;
  recordChanges = 0;
  terminatedOn = -1;
  period: LatePeriod = 'none';

  /** Forgets everything else. */
  start(place: number, letter: Letter, hash: number, bornOn: number, endsOn: number): this {
    this.kind = 'live';
    this.place = place;
    this.letter = letter;
    this.showcase = -1;
    this.drift = -1;
    this.generation = 0;
    this.isPhantom = false;
    this.hash = hash;
    this.venues = 1;
    this.venue = 0;
    this.bornOn = bornOn;
    this.endsOn = endsOn;
    this.validFrom = bornOn;
    this.instrumentChanges = 0;
    this.recordChanges = 0;
    this.terminatedOn = -1;
    this.period = 'none';
    return this;
  }
}
