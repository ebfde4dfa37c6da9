import type { Day } from '../../domain/day.js';
import { checkDay } from '../calendar.js';
import type { DailyShares } from './life.js';
import type { DriftCounts } from './places.js';

export interface FirdsWorldOptions {
  /** Default 1. */
  readonly seed?: number;
  /** About how many instruments there are on the first day. Default 3,000, at least {@link FEWEST_FIRDS_INSTRUMENTS}. */
  readonly firdsInstruments?: number;
  /** How many records a file holds at most. Default 500,000, as the real ones. */
  readonly firdsPartSize?: number;
  /** What happens on a busy day, in percent. */
  readonly firdsDaily?: Partial<DailyShares>;
  /** Default: none. */
  readonly firdsDrift?: DriftCounts;
  /** The first day of the simulation; the first full set is that of the Saturday on or before it. Default 2026-01-05. */
  readonly firstDay?: Day;
  /** For how many business days new instruments are set aside. Default 250. */
  readonly days?: number;
}

export const FEWEST_FIRDS_INSTRUMENTS = 200;
export const MOST_FIRDS_INSTRUMENTS = 50_000_000;

/** The options of a world, checked and complete. @throws RangeError that names what is wrong. */
export function completeOptions(options: FirdsWorldOptions) {
  const { seed = 1, firdsInstruments = 3_000, firdsPartSize = 500_000, days = 250 } = options;
  const shares: DailyShares = { modified: 5, created: 0.8, terminated: 0.6, ...options.firdsDaily };
  checkWhole('seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  checkWhole('firdsInstruments', firdsInstruments, 1, MOST_FIRDS_INSTRUMENTS);
  checkWhole('firdsPartSize', firdsPartSize, 1, 2_000_000);
  checkShares(shares);
  return {
    seed,
    instruments: Math.max(firdsInstruments, FEWEST_FIRDS_INSTRUMENTS),
    partSize: firdsPartSize,
    days,
    firstDay: checkDay(options.firstDay ?? '2026-01-05'),
    shares,
    drift: options.firdsDrift ?? {},
  };
}

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw new RangeError(`${name} is ${value}; it must be a whole number from ${least} to ${most}`);
}

function checkShares({ modified, created, terminated }: DailyShares): void {
  const isSound = modified >= 0 && modified <= 30 && terminated >= 0 && created >= terminated && created <= 5;
  if (!isSound)
    throw new RangeError(
      'firdsDaily: modified is 0 to 30 percent, terminated 0 to created, created at most 5 percent a busy day',
    );
}
