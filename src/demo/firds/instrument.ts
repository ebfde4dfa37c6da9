import { mix } from './hash.js';
import type { Letter } from './identity.js';
import type { Lives } from './life.js';
import { venueCount } from './venue-count.js';

/** Bound once, as in hash.ts. */
const { floor } = Math;

/** One of the instruments that live at a place, one after the other. Reused from place to place. */
export class Instrument {
  place = 0;
  identity = 0;
  letter: Letter = 'R';
  generation = 0;
  hash = 0;
  /** Its first and, not including, its last tick. */
  born = 0;
  end = 0;
  venues = 1;
  #life = 1;
  #firstBirth = 0;

  /** `salt`: what one publisher knows of an instrument differs from what the other does. */
  constructor(
    private readonly lives: Lives,
    private readonly salt: number,
  ) {}

  /** Goes to a place. @returns the generation of its last instrument that was born until `tick`; −1: none yet. */
  settle(place: number, identity: number, letter: Letter, tick: number): number {
    this.place = place;
    this.identity = identity;
    this.letter = letter;
    this.#life = this.lives.lifeOf(identity, letter);
    this.#firstBirth = this.lives.firstBirthOf(identity, this.#life);
    return tick < this.#firstBirth ? -1 : floor((tick - this.#firstBirth) / this.#life);
  }

  /** Becomes the place's instrument of that number. */
  become(generation: number): this {
    this.generation = generation;
    this.hash = mix(this.identity, generation);
    this.born = this.#firstBirth + generation * this.#life;
    this.end = this.lives.endOf(this.born, this.#life, this.hash);
    this.venues = venueCount(this.letter, mix(this.hash, 32 + this.salt));
    return this;
  }
}
