import type { Letter } from './identity.js';
import { mix, threshold } from './hash.js';
import { TICKS_PER_BUSY_DAY } from './timeline.js';

/** Bound once, as in hash.ts. */
const { floor, max } = Math;

/** What happens on a busy day, in percent of the records there are. */
export interface DailyShares {
  /** Default 5. */
  readonly modified: number;
  /** Default 0.8; what it is above `terminated` lets the world grow. */
  readonly created: number;
  /** Default 0.6. */
  readonly terminated: number;
}

/** A place's instruments follow one another, each alive for less than this many ticks. */
const SHORTEST_LIFE = 8_000;
/** Shares, bonds and funds live so many times longer than the rest, which are three quarters of all records. */
const LONG_LIFE = 5;
const LONG_LETTERS: ReadonlySet<Letter> = new Set(['C', 'D', 'E']);
const SHORT_SHARE = 0.784;
/** The mean of 1/x for x between a half and one and a half is ln 3. */
const SPREAD = Math.log(3);
/** Between the end of one instrument and the beginning of the next there is always a day. */
const LEAST_GAP = 1_001;
const GAP_SPREAD = 3_000;

/** When a record is published: from the first tick until, not including, the last; at times once more after a pause. */
export interface Span {
  from: number;
  until: number;
}

/** The most generations that a place can have had by the last tick. */
export function mostGenerations(horizonTicks: number): number {
  return Math.ceil(horizonTicks / SHORTEST_LIFE) + 3;
}

/** The rhythm of a world: how long instruments live, and which are late. Everything follows from hashes. */
export class Lives {
  readonly #shortLife: number;
  readonly #longLife: number;
  readonly #growthBelow: number;
  readonly #cancelledBelow: number;
  readonly #periods: Readonly<Record<'instrument' | 'record', readonly [number, number, number]>>;

  constructor(
    readonly startTick: number,
    readonly horizonTicks: number,
    growth: number,
    shares: DailyShares,
    instruments: number,
  ) {
    const perTick = shares.terminated / 100 / TICKS_PER_BUSY_DAY;
    const life = perTick === 0 ? 1e9 : (SHORT_SHARE * SPREAD) / perTick;
    this.#shortLife = max(Math.round(life), SHORTEST_LIFE * 2);
    this.#longLife = this.#shortLife * LONG_LIFE;
    this.#growthBelow = threshold(growth / (1 + growth));
    // About one cancellation a week, however large the world is.
    const endsADay = (instruments * shares.terminated) / 100;
    this.#cancelledBelow = endsADay === 0 ? 0 : threshold(Math.min(max(0.2 / endsADay, 1e-5), 0.02));
    const period = (share: number, weight: number): number =>
      share === 0 ? 0 : max(Math.round((TICKS_PER_BUSY_DAY * 100) / (share * weight)), LEAST_GAP);
    const periods = (share: number) => [period(share, 0.25), period(share, 1), period(share, 5.5)] as const;
    this.#periods = {
      instrument: periods(shares.modified * 0.6),
      record: periods(shares.modified * 0.4),
    };
  }

  /** Ticks from the birth of one generation to that of the next. */
  lifeOf(identity: number, letter: Letter): number {
    const mean = LONG_LETTERS.has(letter) ? this.#longLife : this.#shortLife;
    return max(floor(mean * (0.5 + (mix(identity, 11) % 1_024) / 1_024)), SHORTEST_LIFE);
  }

  /** When a place's first instrument was born: before the first full set, or, where the world grows, after it. */
  firstBirthOf(identity: number, life: number): number {
    const hash = mix(identity, 12);
    return mix(identity, 13) < this.#growthBelow
      ? this.startTick + (hash % max(this.horizonTicks, 1))
      : this.startTick - 1 - (hash % life);
  }

  /** When an instrument ends that was born at `born`. */
  endOf(born: number, life: number, generationHash: number): number {
    return born + life - LEAST_GAP - (mix(generationHash, 14) % GAP_SPREAD);
  }

  /** Whether records of this hash end by cancellation. */
  isCancelled(hash: number): boolean {
    return mix(hash, 15) < this.#cancelledBelow;
  }

  /**
   * The span of a record that matters at `now`: the last that has begun. The first venue has the instrument's life;
   * others may come later and leave earlier; one in fifty pauses and comes back.
   */
  spanOf(recordHash: number, venue: number, born: number, end: number, now: number, span: Span): Span {
    const life = end - born;
    span.from = born;
    span.until = end;
    if (venue > 0) {
      if (recordHash % 10 < 2) span.from = born + ((recordHash >>> 8) % floor(life * 0.4));
      if ((recordHash >>> 4) % 10 === 0) span.until = end - ((recordHash >>> 12) % floor(life * 0.3));
    }
    if (life > 40_000 && (recordHash >>> 20) % 50 === 0) {
      const pauses = span.from + floor((span.until - span.from) * 0.4);
      const returns = pauses + 1_500 + ((recordHash >>> 6) % 4_000);
      if (now >= returns) span.from = returns;
      else span.until = pauses;
    }
    return span;
  }

  /** Ticks between two changes of an instrument or of a record; 0 when it never changes. A few change often. */
  periodOf(of: 'instrument' | 'record', hash: number): number {
    const classes = this.#periods[of];
    const share = hash % 100;
    const base = share < 60 ? classes[0] : share < 90 ? classes[1] : classes[2];
    return base === 0 ? 0 : max(floor(base * (0.9 + ((hash >>> 8) % 256) / 1_280)), LEAST_GAP);
  }
}

/** The changes of something until a tick: how many there have been, and when the last was. */
export class Changes {
  count = 0;
  /** −1 when there has been none. */
  lastTick = -1;

  /** Each period has one change, somewhere in it. */
  until(tick: number, hash: number, period: number): this {
    this.count = 0;
    this.lastTick = -1;
    if (period === 0) return this;
    const number = floor(tick / period);
    const change = number * period + (mix(hash, number) % period);
    if (change <= tick) {
      this.count = number + 1;
      this.lastTick = change;
    } else if (number > 0) {
      this.count = number;
      this.lastTick = (number - 1) * period + (mix(hash, number - 1) % period);
    }
    return this;
  }
}
