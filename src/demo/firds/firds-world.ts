import type { Day } from '../../domain/day.js';
import { mix, threshold } from './hash.js';
import { Identities, type Letter } from './identity.js';
import { Instrument } from './instrument.js';
import { Changes, Lives, mostGenerations, type Span } from './life.js';
import { Occurrence } from './occurrence.js';
import { type SpecialPlace, specialPlaces } from './places.js';
import { SHOWCASE } from './shape.js';
import {
  dateOf,
  dayNumber,
  dayOfTick,
  saturdayUntil,
  ticksOn,
  ticksThrough,
  TICKS_PER_BUSY_DAY,
} from './timeline.js';
import type { FirdsPublisher } from './trading-venues.js';
import { meanVenueCount } from './venue-count.js';
import { completeOptions, type FirdsWorldOptions } from './world-options.js';

/** Which records a file holds: those that live on its date, what happened on it, or what was ever cancelled until it. */
export type Question = 'full' | 'delta' | 'cancelled';

/** Bound once, as in hash.ts. */
const { max } = Math;

const LATE_SHARE = 0.12;
const WEDNESDAY = 4;
/** Members of both worlds are those between: the rest belongs to one publisher alone. */
const ONLY_FCA = 0.06;
const ONLY_FCA_BELOW = threshold(ONLY_FCA);
const ONLY_ESMA_FROM = threshold(0.7);

/**
 * The instruments of one publisher of FIRDS files through calendar days. Nothing is held in memory: what stands at a
 * place on a day follows from seed, place and day alone, however many places there are.
 */
export class FirdsWorld {
  readonly publisher: FirdsPublisher;
  readonly seed: number;
  readonly instruments: number;
  readonly partSize: number;
  /** The date of the first full set, and the first date of any file. */
  readonly firstDate: Day;
  /** Numbers of the days of the first and of the second full set; planted drift shows from the second on. */
  readonly firstDay: number;
  readonly secondFullDay: number;
  /** One instrument at a time lives at a place; the higher the place, the higher its ISIN. */
  readonly places: number;
  readonly identities: Identities;
  readonly special: ReadonlyMap<number, SpecialPlace>;
  readonly #lives: Lives;
  readonly #lateShare: number;
  readonly #salt: number;
  readonly #instrument: Instrument;
  readonly #span: Span = { from: 0, until: 0 };
  readonly #instrumentChanges = new Changes();
  readonly #recordChanges = new Changes();
  readonly #found: Occurrence[] = [];
  #count = 0;

  constructor(publisher: FirdsPublisher, options: FirdsWorldOptions = {}) {
    const { seed, instruments, partSize, days, firstDay, shares, drift } = completeOptions(options);
    this.publisher = publisher;
    this.seed = seed;
    this.instruments = instruments;
    this.partSize = partSize;
    this.firstDay = saturdayUntil(dayNumber(firstDay));
    this.secondFullDay = this.firstDay + 7;
    this.firstDate = dateOf(this.firstDay);
    const growth = ((shares.created - shares.terminated) / 100) * days;
    const horizon = days * TICKS_PER_BUSY_DAY;
    this.places = Math.ceil((this.instruments * (1 + growth)) / (1 - ONLY_FCA));
    this.identities = new Identities(seed, this.places, mostGenerations(horizon * 1.5 + 10_000));
    this.special = specialPlaces(seed, this.places, drift);
    this.#lives = new Lives(ticksThrough(this.firstDay), horizon, growth, shares, this.instruments);
    this.#salt = publisher === 'esma' ? 101 : 202;
    this.#instrument = new Instrument(this.#lives, this.#salt);
    this.#lateShare = ((shares.terminated / 100) * LATE_SHARE) / (1 - LATE_SHARE);
  }

  /** The date of a full set, or `undefined` before the first. */
  isFullDay(day: number): boolean {
    return day >= this.firstDay && day % 7 === 0;
  }

  /**
   * What a file that answers `question` on `day` says about the instruments of one place, in the order of its records.
   * `only`: nothing but instruments of this letter, which is faster than to look at all.
   * @returns how many there are; the first so many of {@link found} hold them until the next question.
   */
  ask(place: number, day: number, question: Question, only?: Letter): number {
    this.#count = 0;
    const special = this.special.get(place);
    const identity = mix(mix(this.seed, 1), place);
    if (special) {
      this.#askSpecial(place, identity, special, day, question);
      if (only !== undefined && this.#count > 0 && this.found(0).letter !== only) this.#count = 0;
    } else {
      const letter = this.identities.letterOf(place, mix(identity, 3));
      if ((only === undefined || letter === only) && this.#isMember(identity))
        this.#askOrdinary(place, identity, letter, day, question);
    }
    return this.#count;
  }

  found(at: number): Occurrence {
    const occurrence = this.#found[at];
    if (!occurrence) throw new RangeError(`nothing was found at ${at}`);
    return occurrence;
  }

  #isMember(identity: number): boolean {
    const hash = mix(identity, 2);
    return this.publisher === 'esma' ? hash >= ONLY_FCA_BELOW : hash < ONLY_ESMA_FROM;
  }

  #askSpecial(place: number, identity: number, special: SpecialPlace, day: number, question: Question): void {
    const { role } = special;
    const showcase = role === 'showcase' ? special.number : -1;
    const letter =
      role === 'spot'
        ? 'I'
        : (SHOWCASE[showcase]?.letter ?? this.identities.letterOf(place, mix(identity, 3)));
    const bornOn = this.firstDay - 30 - (identity % 2_000);
    if (question === 'cancelled') {
      // A cancellation from before our time, so that the list is never empty.
      if (showcase === 2) this.#add(place, letter, identity, bornOn, -1).isPhantom = true;
      return;
    }
    if (role === 'drift') {
      const isShown =
        special.kind === 'differing' || (special.kind === 'appeared') === day >= this.secondFullDay;
      if (question === 'delta' || !isShown) return;
      const occurrence = this.#add(place, letter, identity, bornOn, -1);
      occurrence.validFrom = bornOn;
      if (special.kind === 'differing' && day >= this.secondFullDay) occurrence.drift = special.number;
      return;
    }
    const occurrence = this.#add(place, letter, identity, bornOn, -1);
    occurrence.showcase = showcase;
    const validFrom = this.#date(occurrence, bornOn, ticksThrough(day) - 1);
    if (question === 'delta') {
      occurrence.kind = 'modified';
      if (validFrom !== day) this.#count -= 1;
      // Two kinds of period that no public file has had yet, once a week each.
      if (day % 7 === WEDNESDAY && (showcase === 0 || showcase === 1)) {
        const late = this.#add(place, letter, identity, bornOn, -1);
        late.showcase = showcase;
        late.kind = 'late';
        late.isPhantom = true;
        late.period = showcase === 0 ? 'Dt' : 'ToDt';
        late.terminatedOn = day - 2;
        late.validFrom = day - 2;
      }
    }
  }

  #askOrdinary(place: number, identity: number, letter: Letter, day: number, question: Question): void {
    const instrument = this.#instrument;
    const now = ticksThrough(day) - 1;
    const today = now - ticksOn(day) + 1;
    const last = instrument.settle(place, identity, letter, now);
    if (last < 0) return;
    if (question === 'cancelled') {
      for (let generation = 0; generation <= last; generation += 1)
        this.#askCancelled(instrument.become(generation), now);
      return;
    }
    instrument.become(last);
    if (question === 'full' ? now < instrument.end : instrument.end >= today) {
      for (let venue = 0; venue < instrument.venues; venue += 1)
        this.#askRecord(instrument, venue, day, question);
    }
    if (question === 'delta') this.#askLate(instrument, day);
  }

  #askRecord(instrument: Instrument, venue: number, day: number, question: Question): void {
    const now = ticksThrough(day) - 1;
    const today = now - ticksOn(day) + 1;
    const recordHash = this.#recordHash(instrument.hash, venue);
    const { born, end } = instrument;
    const { from, until } = this.#lives.spanOf(recordHash, venue, born, end, now, this.#span);
    if (now < from || until < today || (question === 'full' && now >= until)) return;
    const occurrence = this.#addRecord(instrument, venue);
    if (question === 'full') {
      this.#date(occurrence, dayOfTick(from), now);
    } else if (now >= until) {
      const isCancelled = this.#lives.isCancelled(mix(recordHash, until));
      occurrence.kind = isCancelled ? 'cancelled' : 'terminated';
      occurrence.terminatedOn = day - 2;
      this.#date(occurrence, dayOfTick(from), today - 1);
    } else if (from >= today) {
      occurrence.kind = 'new';
      this.#date(occurrence, day, now);
    } else {
      occurrence.kind = 'modified';
      if (this.#date(occurrence, dayOfTick(from), now) !== day) this.#count -= 1;
    }
  }

  /** Every record of an instrument that ended by cancellation until now. */
  #askCancelled(instrument: Instrument, now: number): void {
    const { born, end } = instrument;
    for (let venue = 0; venue < instrument.venues; venue += 1) {
      const hash = this.#recordHash(instrument.hash, venue);
      const { until } = this.#lives.spanOf(hash, venue, born, end, now, this.#span);
      let isCancelled = now >= until && this.#lives.isCancelled(mix(hash, until));
      // The end before a pause counts too: the key may be in the full set again.
      const first = this.#lives.spanOf(hash, venue, born, end, born, this.#span);
      if (now >= first.until && this.#lives.isCancelled(mix(hash, first.until))) isCancelled = true;
      if (isCancelled) this.#addRecord(instrument, venue);
    }
  }

  /** The end of an instrument that is long over, or of one that nobody has heard of. */
  #askLate(instrument: Instrument, day: number): void {
    const hash = mix(mix(instrument.identity, day), this.#salt);
    const perBusyDay = this.#lateShare * meanVenueCount(instrument.letter);
    if (hash >= threshold((perBusyDay * ticksOn(day)) / TICKS_PER_BUSY_DAY)) return;
    const roll = mix(hash, 1);
    const hasEnded = instrument.generation > 0 && roll % 2 === 0;
    if (hasEnded) instrument.become(instrument.generation - 1);
    const occurrence = this.#addRecord(instrument, 0);
    occurrence.kind = 'late';
    occurrence.isPhantom = !hasEnded;
    occurrence.validFrom = day;
    occurrence.period = !hasEnded && roll % 16 === 1 ? 'inverted' : 'none';
    const isRecent = occurrence.period === 'inverted' || roll % 5 === 0;
    // Most were to be told many months ago.
    occurrence.terminatedOn = day - 2 - (isRecent ? 0 : roll % 5 === 1 ? roll % 7 : 231);
  }

  #addRecord(instrument: Instrument, venue: number): Occurrence {
    const { place, letter, hash, born, end } = instrument;
    const occurrence = this.#add(place, letter, hash, dayOfTick(born), dayOfTick(end));
    occurrence.generation = instrument.generation;
    occurrence.venues = instrument.venues;
    occurrence.venue = venue;
    return occurrence;
  }

  #add(place: number, letter: Letter, hash: number, bornOn: number, endsOn: number): Occurrence {
    const occurrence = (this.#found[this.#count] ??= new Occurrence());
    this.#count += 1;
    return occurrence.start(place, letter, hash, bornOn, endsOn);
  }

  /** Says which version of a record held at `tick`, and since when. */
  #date(occurrence: Occurrence, publishedFrom: number, tick: number): number {
    const { hash } = occurrence;
    const instrumentHash = mix(hash, 21 + this.#salt);
    const recordHash = mix(this.#recordHash(hash, occurrence.venue), 22);
    const instrument = this.#instrumentChanges.until(
      tick,
      instrumentHash,
      this.#lives.periodOf('instrument', instrumentHash),
    );
    const record = this.#recordChanges.until(tick, recordHash, this.#lives.periodOf('record', recordHash));
    occurrence.instrumentChanges = instrument.count;
    occurrence.recordChanges = record.count;
    const lastTick = max(instrument.lastTick, record.lastTick);
    occurrence.validFrom = lastTick < 0 ? publishedFrom : max(publishedFrom, dayOfTick(lastTick));
    return occurrence.validFrom;
  }

  #recordHash(hash: number, venue: number): number {
    return mix(mix(hash, 31 + this.#salt), venue);
  }
}
