import type { Dice } from './hash.js';
import type { Letter } from './identity.js';

const SUBJECTS = [
  'DAX',
  'EURO STOXX 50',
  'Gold',
  'S&P 500',
  'EUR/USD',
  'Brent Crude',
  'Türkei 30',
  'CAC 40',
  'Zinn & Zink',
  'NASDAQ-100',
];

/** The name of an instrument as its first venue knows it. `day` is when it ends or was born: `2026-03-20`. */
export function instrumentName(letter: Letter, issuer: string, dice: Dice, day: string): string {
  const number = dice.below(90_000) + 100;
  switch (letter) {
    case 'C':
      return `${issuer} - ${dice.pick(SUBJECTS)} UCITS ETF${dice.below(2) === 0 ? ' (Dist)' : ' 1C'}`;
    case 'D':
      return `${issuer}     Anl.v.${2010 + dice.below(16)} (${day.slice(0, 4)}) ${(number % 900) / 100}%`;
    case 'E':
      return `${issuer} ${dice.pick(['Namens-Aktien o.N.', 'ORD SHS', 'Actions au porteur', 'Inhaber-Aktien'])}`;
    case 'F':
      return `F ${dice.pick(SUBJECTS)} SI ${day.replaceAll('-', '')} CS`;
    case 'O':
      return `O ${dice.pick(SUBJECTS)} SI ${day.replaceAll('-', '')} PS ${dice.pick(['C', 'P'])} ${number / 100}`;
    case 'R':
      return `${dice.pick(SUBJECTS)} ${dice.pick(['Long', 'Short', 'Mini Future', 'Faktor 5x'])} ${number / 10} ${issuer}`;
    case 'H':
      return `Equity Option Single_Name ${issuer} USD ${day.replaceAll('-', '')}`;
    case 'I':
      return 'Foreign_Exchange Spot EUR USD';
    case 'J':
      return `Foreign_Exchange Forward EUR ${dice.pick(['USD', 'INR', 'SEK'])} ${day.replaceAll('-', '')}`;
    case 'S':
      return `Rates Swap Fixed_Float EUR ${dice.below(30) + 1}Y ${day.replaceAll('-', '')}`;
  }
}

/**
 * How one venue, in one version of its record, writes that name: no two neighbouring variants are alike. Blanks too
 * many, at the ends too, and no-break spaces occur in the real files.
 */
export function venueName(name: string, variant: number, hash: number): string {
  const suffix = ['', ' - A', ' Reg.S', ' (akt.)'][variant % 4] ?? '';
  const text = (variant % 4 === 1 ? name.toUpperCase() : name) + suffix;
  switch (hash % 400) {
    case 0:
      return text.replaceAll(' ', '\u00a0');
    case 1:
      return ` ${text}`;
    case 2:
      return `${text} `;
    case 3:
      return text.replace(' ', '   ');
    default:
      return text;
  }
}

/** FISN-like, at most 35 characters; neighbouring variants differ. A TAB or the word `unknown` may stand in it. */
export function shortName(
  letter: Letter,
  issuer: string,
  variant: number,
  hash: number,
  day: string,
): string {
  const suffix = ['', ' A', ' UNL'][variant % 3] ?? '';
  if (hash % 350 === 0) return `unknown${suffix}`;
  const blank = hash % 500 === 1 ? '\t' : ' ';
  const what = {
    C: 'CIV',
    D: 'ANL',
    E: 'AKT',
    F: 'F',
    H: 'O Sgle',
    I: 'Spot',
    J: 'Fwd',
    O: 'O',
    R: 'COS',
    S: 'Swaps',
  };
  const head = `${issuer.slice(0, 12).trim()}/${what[letter]}${blank}${day.replaceAll('-', '')}`;
  return head.slice(0, 31) + suffix;
}
