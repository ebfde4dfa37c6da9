// Bound once: in a node:vm context, as tests run in, finding a global costs more than the multiplication.
const { imul } = Math;

/**
 * Mixes two numbers into 32 bits that look random, with integer steps only, so no machine gives others. Mixing again
 * with a third and a fourth number makes a hash of all of them. (The last steps of MurmurHash3.)
 */
export function mix(one: number, other: number): number {
  let hash = one ^ imul((other + 0x9e3779b9) | 0, 0xcc9e2d51);
  hash = imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** How many of 2^32 hashes happen with this probability: `hash < threshold(0.01)` is true once in a hundred times. */
export function threshold(probability: number): number {
  return Math.round(Math.min(Math.max(probability, 0), 1) * 2 ** 32);
}

/** A row of numbers that follows from one hash: {@link Random} is keyed by texts and too slow for millions of records. */
export class Dice {
  #state = 0;

  /** Starts the row that belongs to this hash. */
  take(hash: number): this {
    this.#state = hash | 0;
    return this;
  }

  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number {
    // Mulberry32.
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    bits ^= bits + imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) % end;
  }

  pick(items: readonly string[]): string {
    return items[this.below(items.length)] ?? '';
  }
}
