import type { Day } from '../domain/record.js';
import { businessDayAfter, checkDay, secondMonday, toBusinessDay } from './calendar.js';
import { inventCompanyName, SymbolBook } from './company-names.js';
import { MOST_SECURITIES } from './identifiers.js';
import { Random } from './random.js';
import {
  inventSecurity,
  NSE_LISTS,
  type NseListName,
  type Security,
  SENTINELS,
  splitShare,
} from './security.js';
import { type Venue, venuesAt } from './venues.js';

/** A smaller world would have too short a share list: {@link World} raises what is asked for to this. */
export const FEWEST_INSTRUMENTS = 1_600;
/** Half of the ISINs stay free for what is listed later and for splits. */
export const MOST_INSTRUMENTS = Math.floor(MOST_SECURITIES / 2);

export interface WorldOptions {
  /** Default 1. */
  readonly seed?: number;
  /** How many securities NSE's lists have together on day 0. Default 5,000. */
  readonly instruments?: number;
  /** How many editions there are: days 0 to days − 1. Default 250, about a year. */
  readonly days?: number;
  /** Day 0; a weekend becomes the Monday after it. Default 2026-01-05. */
  readonly firstDay?: Day;
}

export const EVENT_KINDS = ['new', 'ended', 'renamed', 'changed', 'split'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** What became of one security between two editions. */
export interface WorldEvent {
  readonly kind: EventKind;
  readonly before?: Security;
  readonly after?: Security;
}

/** Events of a kind per day and million securities; each kind happens at least once a day. */
const EVENTS_PER_MILLION: Readonly<Record<EventKind, number>> = {
  new: 800,
  ended: 400,
  renamed: 600,
  changed: 1_000,
  split: 400,
};
const FACE_VALUES_AFTER_SPLIT: Readonly<Record<string, readonly string[]>> = {
  '10': ['5', '2', '1'],
  '5': ['1'],
  '2': ['1'],
};
const SERIES_AFTER_CHANGE: Readonly<Record<string, string>> = {
  EQ: 'BE',
  BE: 'EQ',
  BZ: 'BE',
  SM: 'ST',
  ST: 'SM',
};

/** One security through time: each version holds from its day on, until the next. */
type Life = { readonly fromDay: number; readonly security: Security | undefined }[];

/**
 * An invented market that lives through business days. Everything follows from the options: the same day is the same
 * whenever, wherever and in whatever order it is asked for, because days are always lived through one after the other.
 */
export class World {
  readonly seed: number;
  /** Securities on day 0, after {@link FEWEST_INSTRUMENTS} and {@link MOST_INSTRUMENTS} were heeded. */
  readonly instruments: number;
  readonly lastDay: number;
  readonly firstDay: Day;
  readonly #lives: Life[] = [];
  readonly #events: (readonly WorldEvent[])[] = [[]];
  readonly #symbols = new SymbolBook();
  #remembered: { readonly day: number; readonly securities: readonly Security[] } | undefined;

  constructor(options: WorldOptions = {}) {
    const { seed = 1, instruments = 5_000, days = 250, firstDay = '2026-01-05' } = options;
    for (const [name, value] of Object.entries({ seed, instruments, days })) {
      if (!Number.isSafeInteger(value))
        throw new RangeError(`${name} is ${value}; it must be a whole number`);
    }
    if (days < 1) throw new RangeError(`days is ${days}; there must be at least one`);
    this.seed = seed;
    this.instruments = Math.min(Math.max(instruments, FEWEST_INSTRUMENTS), MOST_INSTRUMENTS);
    this.lastDay = days - 1;
    this.firstDay = toBusinessDay(checkDay(firstDay));
    this.#settle();
  }

  /** The calendar day of the `day`th edition. */
  dateOf(day: number): Day {
    return businessDayAfter(this.firstDay, this.#check(day));
  }

  /** Everything that NSE's lists hold on `day`, in the order in which it came into the world. */
  securitiesOn(day: number): readonly Security[] {
    this.#liveUntil(day);
    if (this.#remembered?.day !== day) {
      const securities = this.#lives
        .map((life) => versionOn(life, day))
        .filter((security) => security !== undefined);
      this.#remembered = { day, securities };
    }
    return this.#remembered.securities;
  }

  /** What happened between the edition before `day` and that of `day`; nothing on day 0. */
  eventsOn(day: number): readonly WorldEvent[] {
    this.#liveUntil(day);
    return this.#events[day] ?? [];
  }

  /** When the MIC list that is in force on `day` was published: the second Monday of its month or of the one before. */
  micReleaseOn(day: number): Day {
    return this.#micReleases(day).at(-1) ?? this.firstDay;
  }

  /** The venues of the MIC list that is in force on `day`. */
  venuesOn(day: number): readonly Venue[] {
    return venuesAt(this.seed, this.#micReleases(day));
  }

  /** From the one in force on day 0 to the one in force on `day`. */
  #micReleases(day: number): readonly Day[] {
    const start = secondMonday(this.firstDay, 0) <= this.firstDay ? 0 : -1;
    const releases = [secondMonday(this.firstDay, start)];
    for (let months = start + 1; ; months += 1) {
      const release = secondMonday(this.firstDay, months);
      if (release > this.dateOf(day)) return releases;
      releases.push(release);
    }
  }

  #settle(): void {
    for (const security of SENTINELS) {
      this.#symbols.reserve(security.symbol);
      this.#lives.push([{ fromDay: 0, security }]);
    }
    const lists = Object.entries(NSE_LISTS) as [NseListName, (typeof NSE_LISTS)[NseListName]][];
    for (const [list, { percent, atLeast }] of lists) {
      const wanted = Math.max(Math.round((this.instruments * percent) / 100), atLeast);
      const count = list === 'equity' ? wanted - SENTINELS.length : wanted;
      for (let nth = 0; nth < count; nth += 1) this.#list(list, 0, nth === 0);
    }
  }

  #liveUntil(day: number): void {
    this.#check(day);
    while (this.#events.length <= day) {
      const today = this.#events.length;
      const random = new Random(this.seed, 'day', today);
      const touched = new Set<Life>();
      const events: WorldEvent[] = [];
      for (const kind of EVENT_KINDS) {
        const count = Math.max(1, Math.floor((this.instruments * EVENTS_PER_MILLION[kind]) / 1_000_000));
        for (let nth = 0; nth < count; nth += 1) {
          const event =
            kind === 'new'
              ? this.#listNew(today, random, touched)
              : this.#happen(kind, today, random, touched);
          if (event) events.push(event);
        }
      }
      this.#events.push(events);
    }
  }

  #listNew(today: number, random: Random, touched: Set<Life>): WorldEvent {
    const list = random.pick(['equity', 'equity', 'equity', 'sme', 'sme', 'etf'] as const);
    const life = this.#list(list, today, false, this.dateOf(today));
    touched.add(life);
    return { kind: 'new', after: life[0]?.security };
  }

  #happen(
    kind: Exclude<EventKind, 'new'>,
    today: number,
    random: Random,
    touched: Set<Life>,
  ): WorldEvent | undefined {
    // From a random place on, the first security to which this can happen and nothing else happens today.
    const start = random.below(this.#lives.length);
    for (let step = 0; step < this.#lives.length; step += 1) {
      const place = (start + step) % this.#lives.length;
      const life = this.#lives[place];
      const before = life?.at(-1)?.security;
      if (!life || !before || place < SENTINELS.length || touched.has(life) || !canHappen(kind, before))
        continue;
      const after = this.#after(kind, before, random);
      life.push({ fromDay: today, security: after });
      touched.add(life);
      return { kind, before, after };
    }
    return undefined;
  }

  #after(kind: Exclude<EventKind, 'new'>, before: Security, random: Random): Security | undefined {
    switch (kind) {
      case 'ended':
        return undefined;
      case 'renamed': {
        const name = inventCompanyName(random);
        // A new name often brings a new ticker; the ISIN stays.
        return { ...before, name, symbol: random.chance(25) ? this.#symbols.take(name) : before.symbol };
      }
      case 'changed': {
        if (before.list === 'invit' || (before.list === 'equity' && random.chance(40))) {
          return { ...before, marketLot: before.marketLot === 1 ? 50 : 1 };
        }
        return { ...before, series: SERIES_AFTER_CHANGE[before.series] ?? before.series };
      }
      case 'split':
        return splitShare(before, random.pick(FACE_VALUES_AFTER_SPLIT[before.faceValue] ?? []));
    }
  }

  #list(list: NseListName, fromDay: number, isFirst: boolean, listedOn?: Day): Life {
    const { seed, firstDay } = this;
    const place = { seed, firstDay, symbols: this.#symbols, isFirst, listedOn };
    const life: Life = [{ fromDay, security: inventSecurity(list, this.#lives.length, place) }];
    this.#lives.push(life);
    return life;
  }

  #check(day: number): number {
    if (Number.isInteger(day) && day >= 0 && day <= this.lastDay) return day;
    throw new RangeError(`day ${day} is not simulated; the days are 0 to ${this.lastDay}`);
  }
}

function canHappen(
  kind: Exclude<EventKind, 'new'>,
  { list, faceValue, paidUpValue, isin }: Security,
): boolean {
  const isShare = list === 'equity' || list === 'sme';
  switch (kind) {
    case 'ended':
      return (isShare && isin.startsWith('INE')) || list === 'etf' || list === 'closedEndFund';
    case 'renamed':
      return isShare;
    case 'changed':
      return isShare || list === 'invit';
    case 'split':
      return isShare && faceValue === paidUpValue && faceValue in FACE_VALUES_AFTER_SPLIT;
  }
}

function versionOn(life: Life, day: number): Security | undefined {
  return life.findLast((version) => version.fromDay <= day)?.security;
}
