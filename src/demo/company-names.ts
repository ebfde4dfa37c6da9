import type { Random } from './random.js';

const STARTS =
  'Vel Kor Bel Tan Mar Sur Dha Nil Rav Ashk Ind Pra Jay Kal Lor Mith Om Par Quil Ris Sam Tri Udh Var Zen Hel Gar Fal Eshk Chan'.split(
    ' ',
  );
const MIDDLES = 'ta vi no ra lu shi me da ko ri pa na go li se va'.split(' ');
const ENDS = 'ra nix lon vani dev mir tek sol rani bha thi van dor gen kash lex'.split(' ');
const TRADES = (
  'Chemicals,Textiles,Pharma,Finance,Motors,Foods,Cements,Steels,Papers,Power,Ceramics,Fertilisers,Plastics,Sugars,' +
  'Tyres,Software,Logistics,Breweries,Jewels,Hotels,Shipping,Agro,Polymers,Castings,Cables,Hospitals,Realty,Media'
).split(',');
const PAIRS = [
  '& Sons',
  '& Company',
  'Iron & Steel',
  'Tea & Coffee',
  'Oil & Gas',
  'Seeds & Feeds',
  'Spinning & Weaving',
];
const LONG_TRADES = [
  'Infrastructure Development and Engineering Corporation',
  'Institute of Agricultural Machinery and Research',
  'Fertilisers and Industrial Minerals Corporation',
];

/** A company name that nobody bears, without commas: NSE's share lists have had none so far. */
export function inventCompanyName(random: Random): string {
  const word = inventWord(random);
  const kind = random.below(100);
  if (kind < 6) return `${word} ${random.pick(PAIRS)} Limited`;
  if (kind < 8) return `${word} ${random.pick(LONG_TRADES)} Limited`;
  if (kind < 9) return `${2 + random.below(98)} ${word} ${random.pick(TRADES)} Limited`;
  if (kind < 15) return `${word} ${random.pick(TRADES)} Limited`.toUpperCase();
  if (kind < 20) return `${word} ${random.pick(TRADES)} (India) Limited`;
  if (kind < 24) return `${word}-${inventWord(random)} ${random.pick(TRADES)} Ltd.`;
  return `${word} ${random.pick(TRADES)} Limited`;
}

/** A proper noun of three syllables. */
export function inventWord(random: Random): string {
  return random.pick(STARTS) + random.pick(MIDDLES) + random.pick(ENDS);
}

/** Hands out ticker symbols of at most ten characters, each one once. */
export class SymbolBook {
  readonly #taken = new Set<string>();
  readonly #repeats = new Map<string, number>();

  /** Made from the name: `Belora Oil & Gas Limited` becomes `BELORAO&G`, `Korvira-Talolon Foods Ltd.` becomes `KORVIRA-T`. */
  take(name: string): string {
    const wanted = abbreviate(name);
    let symbol = wanted.slice(0, 10);
    while (this.#taken.has(symbol)) {
      const repeat = (this.#repeats.get(wanted) ?? 1) + 1;
      this.#repeats.set(wanted, repeat);
      symbol = wanted.slice(0, 10 - String(repeat).length) + repeat;
    }
    return this.reserve(symbol);
  }

  /** Keeps others from taking a symbol that is already known. */
  reserve(symbol: string): string {
    this.#taken.add(symbol);
    return symbol;
  }
}

function abbreviate(name: string): string {
  const [first = '', second = '', third = '', fourth = ''] = name.toUpperCase().split(' ');
  if (second === '&') return `${first.slice(0, 6)}&${third.slice(0, 3)}`;
  if (third === '&') return `${first.slice(0, 6)}${second.charAt(0)}&${fourth.charAt(0)}`;
  if (first.includes('-'))
    return `${first.slice(0, Math.min(8, first.indexOf('-')))}-${first.charAt(first.indexOf('-') + 1)}`;
  return `${first}${second}`.replaceAll(/[^A-Z0-9]/g, '');
}
