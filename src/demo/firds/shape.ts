import { COMMODITIES } from './codes.js';
import type { Dice } from './hash.js';
import type { Letter } from './identity.js';
import type { VenueGroup } from './trading-venues.js';

export const STRIKES = [
  'amount',
  'signed amount',
  'percent',
  'yield',
  'points',
  'none',
  'none in currency',
] as const;
export const UNDERLYINGS = [
  'isin',
  'lei',
  'index isin',
  'index name',
  'index code',
  'index term',
  'isin basket',
  'lei basket',
] as const;
export const RATES = ['fixed', 'isin', 'code', 'name'] as const;
export const LEGS = ['fixed', 'code', 'name'] as const;
export type Leg = (typeof LEGS)[number];

/** What kind of content an instrument has: which blocks, and which of the choices in them. */
export interface Shape {
  readonly letter: Letter;
  readonly venues: VenueGroup;
  readonly rate?: (typeof RATES)[number];
  readonly isDerivative: boolean;
  readonly strike?: (typeof STRIKES)[number];
  readonly underlying?: (typeof UNDERLYINGS)[number];
  /** A branch of the commodity tree. */
  readonly commodity?: number;
  readonly interest?: {
    readonly reference: Exclude<Leg, 'fixed'>;
    readonly first?: Leg;
    readonly other?: Leg;
  };
  readonly isCurrency?: boolean;
  /** Leaves that public files never or hardly ever have. */
  readonly isRare?: boolean;
}

const VENUES: Readonly<Record<Letter, VenueGroup>> = {
  C: 'equities',
  D: 'bonds',
  E: 'equities',
  F: 'derivatives',
  H: 'otc',
  I: 'otc',
  J: 'otc',
  O: 'derivatives',
  R: 'warrants',
  S: 'otc',
};

const COMMODITY_LETTERS = ['F', 'O', 'S', 'J', 'H'] as const;
const STRIKE_LETTERS = ['O', 'R', 'H'] as const;

/** A world of any size has each of these once and for all, so that every leaf of the schema occurs in it. */
export const SHOWCASE: readonly Shape[] = [
  ...COMMODITIES.map((_, commodity) => ({
    ...plain(COMMODITY_LETTERS[commodity % COMMODITY_LETTERS.length] ?? 'F'),
    commodity,
  })),
  ...UNDERLYINGS.map((underlying, at) => ({
    ...plain(STRIKE_LETTERS[at % STRIKE_LETTERS.length] ?? 'O'),
    underlying,
    strike: STRIKES[at % STRIKES.length],
  })),
  ...RATES.map((rate) => ({ ...plain('D'), rate })),
  ...LEGS.map((first, at) => ({
    ...plain('S'),
    interest: {
      reference: at % 2 === 0 ? ('code' as const) : ('name' as const),
      first,
      other: LEGS[(at + 1) % LEGS.length],
    },
  })),
  { ...plain('S'), isCurrency: true },
  { ...plain('J'), isCurrency: true },
  { ...plain('C'), isRare: true },
  { ...plain('E'), isRare: true },
];

/** What an ordinary instrument of a letter looks like; the shares are roughly those of ESMA's delta of 2021-01-17. */
export function shapeOf(letter: Letter, dice: Dice): Shape {
  const roll = dice.below(1_000);
  switch (letter) {
    case 'C':
      return plain('C');
    case 'E':
      // A structured participation note among the shares.
      return roll < 150 ? { ...plain('E'), isDerivative: true, underlying: 'isin' } : plain('E');
    case 'D': {
      const rate = roll < 930 ? 'fixed' : roll < 980 ? 'isin' : roll < 993 ? 'code' : 'name';
      return dice.below(100) < 45
        ? { ...plain('D'), rate, isDerivative: true, underlying: underlyingOf(dice) }
        : { ...plain('D'), rate };
    }
    case 'F':
      if (roll < 250) return { ...plain('F'), commodity: dice.below(COMMODITIES.length) };
      return { ...plain('F'), underlying: underlyingOf(dice) };
    case 'O':
      return { ...plain('O'), underlying: underlyingOf(dice), strike: strikeOf(dice) };
    case 'R':
      if (roll < 40) return { ...plain('R'), strike: strikeOf(dice), isCurrency: true };
      return { ...plain('R'), underlying: underlyingOf(dice), strike: strikeOf(dice) };
    case 'H':
      if (roll < 200) return { ...plain('H'), strike: strikeOf(dice), isCurrency: true };
      return { ...plain('H'), underlying: underlyingOf(dice), strike: strikeOf(dice) };
    case 'I':
      return { ...plain('I'), isCurrency: true };
    case 'J':
      return roll < 800
        ? { ...plain('J'), isCurrency: true }
        : { ...plain('J'), underlying: underlyingOf(dice) };
    case 'S':
      if (roll < 400) return { ...plain('S'), isCurrency: true };
      if (roll < 420) return { ...plain('S'), commodity: dice.below(COMMODITIES.length) };
      if (roll < 700)
        return {
          ...plain('S'),
          interest: { reference: roll % 3 === 0 ? 'name' : 'code', first: 'fixed', other: 'code' },
        };
      return { ...plain('S'), underlying: underlyingOf(dice) };
  }
}

function plain(letter: Letter): Shape {
  return {
    letter,
    venues: VENUES[letter],
    isDerivative: letter !== 'C' && letter !== 'D' && letter !== 'E',
    ...(letter === 'D' && { rate: 'fixed' }),
  };
}

function underlyingOf(dice: Dice): Shape['underlying'] {
  const roll = dice.below(1_000);
  if (roll < 855) return 'isin';
  if (roll < 963) return 'index isin';
  if (roll < 975) return 'index name';
  return UNDERLYINGS[roll % UNDERLYINGS.length];
}

function strikeOf(dice: Dice): Shape['strike'] {
  const roll = dice.below(1_000);
  if (roll < 800) return 'amount';
  if (roll < 910) return 'signed amount';
  if (roll < 975) return 'points';
  return STRIKES[roll % STRIKES.length];
}
