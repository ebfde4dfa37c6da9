import type { Day } from '../domain/record.js';
import { addDays, toBusinessDay } from './calendar.js';
import { inventCompanyName, inventWord, type SymbolBook } from './company-names.js';
import { fourCharacters, fundIsin, indianIsin } from './identifiers.js';
import { Random } from './random.js';

/** NSE's lists, each with its share of a world in percent and the fewest members it has. */
export const NSE_LISTS = {
  equity: { percent: 70, atLeast: 1_000 },
  sme: { percent: 12, atLeast: 50 },
  etf: { percent: 8, atLeast: 20 },
  reit: { percent: 0.1, atLeast: 3 },
  invit: { percent: 0.4, atLeast: 3 },
  idr: { percent: 0.04, atLeast: 2 },
  preference: { percent: 0.5, atLeast: 3 },
  warrant: { percent: 0.2, atLeast: 2 },
  closedEndFund: { percent: 8.76, atLeast: 20 },
} as const;
export type NseListName = keyof typeof NSE_LISTS;

/** What NSE's lists say about one security. */
export interface Security {
  readonly list: NseListName;
  readonly isin: string;
  readonly symbol: string;
  readonly name: string;
  readonly series: string;
  readonly listedOn: Day;
  readonly faceValue: string;
  readonly paidUpValue: string;
  readonly marketLot: number;
  /** What a fund follows. */
  readonly underlying: string;
  /** The days on which a preference share is paid back, one row each. */
  readonly redeemedOn: readonly Day[];
  /** Codes inside of the ISIN; a split counts the serial up. */
  readonly issuer: string;
  readonly serial: number;
}

/** Facts: three shares that are in every edition and that checks may rely on. */
export const SENTINELS: readonly Security[] = [
  sentinel('INE002A01018', 'RELIANCE', 'Reliance Industries Limited', '1995-11-29', '10', 1),
  sentinel('INE467B01029', 'TCS', 'Tata Consultancy Services Limited', '2004-08-25', '1', 2),
  sentinel('INE009A01021', 'INFY', 'Infosys Limited', '1995-02-08', '5', 2),
];

/** The two digits of an Indian ISIN that say what kind of security it is. */
const SECURITY_TYPES = {
  equity: '01',
  sme: '01',
  preference: '04',
  warrant: '13',
  idr: '21',
  invit: '23',
  reit: '25',
};
const FUND_HOUSES = 24;
/** With characters that need cp1252: en dash, apostrophe, no-break space; and with a stray tab. */
const UNDERLYINGS = [
  'Broad Market 50 Index – TRI',
  'Domestic Price of Gold',
  'BroadMarket50Index',
  'Banks’ Equal Weight Index',
  'Infrastructure\u00a0&\u00a0Logistics',
  'MidSize150MomentumIndex\t',
  'Government Securities 8–13 yr',
  'Domestic Price of Silver',
];

/**
 * Invents the `number`th security of a world. The first of each list has what must occur in that list.
 * @param listedOn for a new listing; otherwise a day before `firstDay` is chosen.
 */
export function inventSecurity(
  list: NseListName,
  number: number,
  place: { seed: number; firstDay: Day; symbols: SymbolBook; isFirst: boolean; listedOn?: Day },
): Security {
  const random = new Random(place.seed, 'security', number);
  const issuer = fourCharacters(number);
  const oldestDays = list === 'equity' ? 11_000 : list === 'closedEndFund' ? 2_500 : 3_600;
  const listedOn = place.listedOn ?? toBusinessDay(addDays(place.firstDay, -4 - random.below(oldestDays)));
  const common = { list, issuer, serial: 1, listedOn, underlying: '', redeemedOn: [], marketLot: 1 };
  if (list === 'etf' || list === 'closedEndFund') return inventFund(list, number, random, common, place);

  // One partly paid share in a thousand, and always the first: `IN9`, paid-up value below face value.
  const isPartlyPaid = list === 'equity' && (place.isFirst || random.below(1_000) === 0);
  const isin = indianIsin(isPartlyPaid ? 'IN9' : 'INE', issuer, SECURITY_TYPES[list], 1);
  const name = inventNameFor(list, random, place.isFirst);
  const company = { ...common, isin, name, symbol: place.symbols.take(name) };
  switch (list) {
    case 'equity': {
      const faceValue = isPartlyPaid ? '10' : random.pick(['10', '10', '10', '5', '2', '2', '1', '1']);
      const series = random.chance(87) ? 'EQ' : random.chance(90) ? 'BE' : 'BZ';
      const marketLot = random.below(500) === 0 ? 100 : 1;
      return { ...company, series, faceValue, paidUpValue: isPartlyPaid ? '5' : faceValue, marketLot };
    }
    case 'sme': {
      const faceValue = random.pick(['10', '10', '10', '10', '10', '5', '2']);
      return { ...company, series: random.chance(73) ? 'SM' : 'ST', faceValue, paidUpValue: faceValue };
    }
    case 'reit':
    case 'invit': {
      const faceValue = random.pick(['100', '275', '300']);
      // InvITs are sold in large lots, and not every paid-up value is a whole number: 101.5 beside 102.
      const isFraction = list === 'invit' && place.isFirst;
      return {
        ...company,
        series: list === 'reit' ? 'RR' : 'IV',
        faceValue: isFraction ? '102' : faceValue,
        paidUpValue: isFraction ? '101.5' : faceValue,
        marketLot: random.pick(list === 'reit' ? [1, 200, 400] : [100, 5_000, 200_000]),
      };
    }
    case 'idr':
      return { ...company, series: 'DR', faceValue: '-', paidUpValue: '-' };
    case 'preference': {
      const count = place.isFirst ? 4 : 1 + random.below(4);
      const redeemedOn = Array.from({ length: count }, (_, nth) => addDays(listedOn, 4_000 + nth * 91));
      return { ...company, series: 'P1', faceValue: '2.5', paidUpValue: '2.5', redeemedOn };
    }
    case 'warrant':
      return {
        ...company,
        series: 'W1',
        faceValue: '',
        paidUpValue: '',
        marketLot: 1 + random.below(40_000),
      };
  }
}

/** The same share after a split: a smaller face value, and by ISO 6166 a new ISIN. */
export function splitShare(share: Security, faceValue: string): Security {
  const serial = share.serial + 1;
  const isin = indianIsin(share.isin.slice(0, 3), share.issuer, '01', serial);
  return { ...share, isin, serial, faceValue, paidUpValue: faceValue };
}

function inventFund(
  list: 'etf' | 'closedEndFund',
  number: number,
  random: Random,
  common: Omit<Security, 'isin' | 'symbol' | 'name' | 'series' | 'faceValue' | 'paidUpValue'>,
  place: { seed: number; symbols: SymbolBook; isFirst: boolean },
): Security {
  const houseNumber = random.below(FUND_HOUSES);
  const house = inventWord(new Random(place.seed, 'fund house', houseNumber));
  const isin = fundIsin(fourCharacters(houseNumber), fourCharacters(number));
  if (list === 'closedEndFund') {
    const series = 1 + random.below(60);
    const plan = random.pick(['DP-G', 'DP-IDCW', 'RP-G', 'RP-IDCW']);
    // Some of the real names begin with a blank.
    const blank = place.isFirst || random.chance(3) ? ' ' : '';
    const name = `${blank}${house} Fixed Term Plan - Series ${series} (${1_100 + random.below(800)} days) - ${plan}`;
    const symbol = place.symbols.take(`${house.slice(0, 5)}${series}${plan.replaceAll('-', '').slice(0, 3)}`);
    return {
      ...common,
      isin,
      symbol,
      name,
      series: 'MF',
      faceValue: '10',
      paidUpValue: random.pick(['10', '1']),
    };
  }
  const theme = random.pick(['GOLD', 'BEES', 'ETF', 'BANK', 'MID', 'SILV', 'GSEC', 'NEXT']);
  const symbol = place.symbols.take(`${house.slice(0, 5)}${theme}`);
  const name = random.chance(50)
    ? `${house.toUpperCase()}AMC - ${symbol}`
    : `${house.toUpperCase()}AMC-${symbol}`;
  const faceValue = random.pick(['10', '10', '10', '10', '1', '1000', '100', '1.25', '418.18']);
  // Every thing the encoding can trip over occurs among the first eight funds.
  const underlying = UNDERLYINGS[number % UNDERLYINGS.length] ?? '';
  return { ...common, isin, symbol, name, series: '', faceValue, paidUpValue: faceValue, underlying };
}

function inventNameFor(list: NseListName, random: Random, isFirst: boolean): string {
  const word = inventWord(random);
  if (list === 'reit') return `${word} Office Parks REIT`;
  if (list === 'invit') return `${word} ${random.pick(['Highways', 'Power Grid', 'Telecom Towers'])} InvIT`;
  if (list === 'idr') return `${word} Global Holdings PLC`;
  if (list === 'equity' && isFirst) return `${word} & Sons Limited`;
  return inventCompanyName(random);
}

function sentinel(
  isin: string,
  symbol: string,
  name: string,
  listedOn: Day,
  faceValue: string,
  serial: number,
): Security {
  const common = { list: 'equity', series: 'EQ', marketLot: 1, underlying: '', redeemedOn: [] } as const;
  const issuer = isin.slice(3, 7);
  return { ...common, isin, symbol, name, listedOn, faceValue, paidUpValue: faceValue, issuer, serial };
}
