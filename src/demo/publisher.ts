import type { Fault } from './faults.js';
import type { FirdsWorld } from './firds/firds-world.js';
import type { FirdsPublisher } from './firds/trading-venues.js';
import type { Publication } from './publication.js';
import type { World } from './world.js';

/** A running stand-in for all publishers at once. */
export interface SimulatedPublisher {
  /** What to set as mirror: `https://host/path` is found at `<url>/host/path`. */
  readonly url: string;
  readonly world: World;
  /** What ESMA and the FCA publish: every file of a calendar date until the simulated day's. */
  readonly firds: Readonly<Record<FirdsPublisher, FirdsWorld>>;
  readonly publications: readonly Publication[];
  /** The simulated day, from 0. */
  readonly day: number;
  /** Requests for files so far, answered well or badly. */
  readonly requests: number;
  /** The fault in force, with what is left of its `times`. */
  readonly fault: Fault | null;
  /** @throws RangeError outside of the world's days. */
  setDay(day: number): void;
  /** Goes on by some days, by default one. @throws RangeError outside of the world's days. */
  advance(days?: number): void;
  /** One fault at a time: a new one replaces the last, `null` makes all well. @throws RangeError for an unknown one. */
  setFault(fault: Fault | null): void;
  /** Ends all connections, stalled ones too. */
  close(): Promise<void>;
}
