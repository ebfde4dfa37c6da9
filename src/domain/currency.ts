import { ACTIVE_CURRENCIES, HISTORIC_CURRENCIES } from './currency-table.js';

/** A currency, fund unit or precious metal of ISO 4217. */
export interface Currency {
  readonly code: string;
  /** Three digits, leading zeros kept; `null` where the standard never gave one. */
  readonly numericCode: string | null;
  readonly name: string;
  /** Decimals of the smallest coin; `null` where there is none (XAU) or the standard no longer says (historic codes). */
  readonly minorUnits: number | null;
  /** When a historic code was withdrawn: `YYYY-MM` or words such as `1989 to 1990`; `null` for an active one. */
  readonly withdrawn: string | null;
}

/** In what a price is quoted: so many of a currency, `0.01` for pence. */
export interface QuotationUnit {
  /** ISO 4217 code. */
  readonly currency: string;
  /** Plain decimal string: a price of 1 unit is this much of the currency. */
  readonly factor: string;
}

const CURRENCIES: ReadonlyMap<string, Currency> = new Map([
  ...ACTIVE_CURRENCIES.map(([code, numericCode, name, minorUnits]): [string, Currency] => [
    code,
    { code, numericCode, name, minorUnits, withdrawn: null },
  ]),
  ...HISTORIC_CURRENCIES.map(([code, numericCode, name, withdrawn]): [string, Currency] => [
    code,
    { code, numericCode, name, minorUnits: null, withdrawn },
  ]),
]);

/**
 * Quotation units that are not ISO 4217, in the letter case publishers use: GBp is a hundredth of GBP. GBX and ILA are
 * the exchanges' codes, ZAc and ZAC the Johannesburg vendors'; those with a small last letter are from the currency values
 * of OpenFIGI (seen 2026-02), where ILs, KWd and ZAr are agorot, fils and cents.
 */
const MINOR_UNITS: ReadonlyMap<string, QuotationUnit> = new Map([
  ['GBX', { currency: 'GBP', factor: '0.01' }],
  ['ILA', { currency: 'ILS', factor: '0.01' }],
  ['ILs', { currency: 'ILS', factor: '0.01' }],
  // A thousandth, unlike all others.
  ['KWd', { currency: 'KWD', factor: '0.001' }],
  ['USX', { currency: 'USD', factor: '0.01' }],
  ['ZAC', { currency: 'ZAR', factor: '0.01' }],
  ['ZAc', { currency: 'ZAR', factor: '0.01' }],
  ...['AUd', 'BRl', 'BWp', 'CAd', 'CHf', 'EUr', 'GBp', 'MWk', 'MYr', 'NAd', 'SGd', 'SZl', 'USd', 'ZAr'].map(
    (unit): [string, QuotationUnit] => [unit, { currency: unit.toUpperCase(), factor: '0.01' }],
  ),
]);

/** The currency with this code, active or historic, or `null`. Codes are in capitals. */
export function findCurrency(code: string): Currency | null {
  return CURRENCIES.get(code) ?? null;
}

/** Says whether a text is a code of ISO 4217, active or historic: instruments outlive currencies. */
export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code);
}

/** What a publisher's currency text means: an ISO code is itself, `GBX` a hundredth of GBP; `null` when nobody knows. */
export function quotationUnit(text: string): QuotationUnit | null {
  const trimmed = text.trim();
  return MINOR_UNITS.get(trimmed) ?? (isCurrency(trimmed) ? { currency: trimmed, factor: '1' } : null);
}
