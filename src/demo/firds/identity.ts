import { isinCheckDigit } from '../../domain/isin.js';
import { inventWord } from '../company-names.js';
import { inventedLei } from '../identifiers.js';
import { Random } from '../random.js';
import { mix, threshold } from './hash.js';

/** The first letters of CFI codes under which full sets are published. */
export const LETTERS = ['C', 'D', 'E', 'F', 'H', 'I', 'J', 'O', 'R', 'S'] as const;
export type Letter = (typeof LETTERS)[number];

export interface Issuer {
  readonly lei: string;
  readonly name: string;
}

/** How many of a thousand instruments have each letter. */
type Profile = readonly (readonly [Letter, number])[];
const PROFILES = {
  otc: [
    ['S', 720],
    ['H', 240],
    ['J', 40],
  ],
  mixed: [
    ['R', 640],
    ['O', 170],
    ['D', 110],
    ['E', 55],
    ['C', 12],
    ['F', 13],
  ],
  funds: [
    ['D', 550],
    ['C', 300],
    ['E', 50],
    ['R', 100],
  ],
  bonds: [
    ['D', 600],
    ['E', 250],
    ['R', 150],
  ],
} as const satisfies Readonly<Record<string, Profile>>;

/** Prefix, its share of a thousand places, what it is given to. In the order of the alphabet: files are sorted by ISIN. */
const PREFIXES: readonly (readonly [prefix: string, share: number, profile: keyof typeof PROFILES])[] = [
  ['AT', 8, 'mixed'],
  ['BE', 9, 'mixed'],
  ['CH', 10, 'mixed'],
  ['DE', 265, 'mixed'],
  ['DK', 5, 'mixed'],
  ['ES', 12, 'mixed'],
  ['EZ', 330, 'otc'],
  ['FI', 8, 'mixed'],
  ['FR', 90, 'mixed'],
  ['GB', 8, 'bonds'],
  ['GR', 3, 'mixed'],
  ['HU', 3, 'mixed'],
  ['IE', 15, 'funds'],
  ['IT', 20, 'mixed'],
  ['LU', 10, 'funds'],
  ['NL', 120, 'mixed'],
  ['NO', 10, 'mixed'],
  ['PL', 5, 'mixed'],
  ['SE', 25, 'mixed'],
  ['US', 14, 'bonds'],
  ['XS', 30, 'bonds'],
];

const FORMS = [
  ' AG',
  ' S.A.',
  ' plc',
  ' N.V.',
  ' SE',
  ' & Cie SCA',
  ' S.p.A.',
  ' Oyj',
  ' Finance B.V.',
  ' A/S',
];
const FAR_FORMS = [
  ' Zürich AG',
  ' Société Générale d’Émission',
  ' Växjö AB',
  ' Łódź S.A.',
  ' Österreich & Söhne KG',
];

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Bound once, as in hash.ts. */
const { floor } = Math;

interface PrefixRange {
  readonly prefix: string;
  readonly start: number;
  readonly end: number;
  /** Cumulative: a hash below `until` has this letter. */
  readonly letters: readonly (readonly [letter: Letter, until: number])[];
}

/** Gives places their ISINs, letters and issuers. A higher place has a higher ISIN. */
export class Identities {
  readonly #ranges: readonly PrefixRange[];
  #last: PrefixRange = { prefix: '', start: 0, end: 0, letters: [] };
  readonly #issuers: readonly Issuer[];
  readonly #perPlace: number;

  /** `generations`: how many instruments one place may have had, one after the other. */
  constructor(seed: number, places: number, generations: number) {
    this.#perPlace = generations * 2;
    let before = 0;
    const total = PREFIXES.reduce((sum, [, share]) => sum + share, 0);
    this.#ranges = PREFIXES.map(([prefix, share, profile]) => {
      const start = floor((before * places) / total);
      before += share;
      let thousandths = 0;
      const letters = PROFILES[profile].map(([letter, part]) => {
        thousandths += part;
        return [letter, threshold(thousandths / 1_000)] as const;
      });
      return { prefix, start, end: floor((before * places) / total), letters };
    });
    const count = Math.min(Math.max(Math.round(places / 20), 60), 4_096);
    this.#issuers = Array.from({ length: count }, (_, number) => inventIssuer(seed, number));
  }

  prefixOf(place: number): string {
    return this.#rangeOf(place).prefix;
  }

  letterOf(place: number, hash: number): Letter {
    const { letters } = this.#rangeOf(place);
    for (const [letter, until] of letters) if (hash < until) return letter;
    return letters[0]?.[0] ?? 'R';
  }

  /**
   * The ISIN of a place's `generation`th instrument. Its phantom is a number that no full set ever holds. They begin
   * with 9Z after the prefix, which no numbering agency is known to give out.
   */
  isinOf(place: number, generation: number, isPhantom: boolean): string {
    const { prefix, start } = this.#rangeOf(place);
    let number = (place - start) * this.#perPlace + generation * 2 + (isPhantom ? 1 : 0);
    let digits = '';
    for (let at = 0; at < 7; at += 1) {
      digits = DIGITS.charAt(number % 36) + digits;
      number = floor(number / 36);
    }
    const first11 = `${prefix}9Z${digits}`;
    return first11 + isinCheckDigit(first11);
  }

  issuerOf(hash: number): Issuer {
    return this.#issuers[hash % this.#issuers.length] ?? { lei: '', name: '' };
  }

  #rangeOf(place: number): PrefixRange {
    // Places are mostly asked for one after the other, and so are of the same range as the last.
    if (place >= this.#last.start && place < this.#last.end) return this.#last;
    const found = this.#ranges.find(({ start, end }) => place >= start && place < end);
    if (!found) throw new RangeError(`there is no place ${place}`);
    this.#last = found;
    return found;
  }
}

function inventIssuer(seed: number, number: number): Issuer {
  const random = new Random(seed, 'firds issuer', number);
  const form = random.chance(8) ? random.pick(FAR_FORMS) : random.pick(FORMS);
  // Numbers that the lists of NSE and ISO do not use.
  return {
    lei: inventedLei(5_000_000 + (mix(seed, number) % 1_000) * 10_000 + number),
    name: inventWord(random) + form,
  };
}
