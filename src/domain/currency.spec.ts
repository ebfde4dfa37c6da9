import { ACTIVE_CURRENCIES, HISTORIC_CURRENCIES } from './currency-table.js';
import { findCurrency, isCurrency, quotationUnit } from './currency.js';
import { normaliseDecimal } from './decimal.js';

describe('the currencies', () => {
  it('have each code once, in its proper form', () => {
    const codes = [...ACTIVE_CURRENCIES, ...HISTORIC_CURRENCIES].map(([code]) => code);
    expect(codes).toHaveLength(178 + 129);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.filter((code) => !/^[A-Z]{3}$/.test(code))).toEqual([]);
    const numbers = [...ACTIVE_CURRENCIES, ...HISTORIC_CURRENCIES].map(([, number]) => number);
    expect(numbers.filter((number) => number !== null && !/^[0-9]{3}$/.test(number))).toEqual([]);
    expect(HISTORIC_CURRENCIES.filter(([, , , withdrawn]) => !/^[0-9]{4}/.test(withdrawn))).toEqual([]);
  });

  it.each([
    ['EUR', '978', 'Euro', 2, null],
    ['JPY', '392', 'Yen', 0, null],
    ['BHD', '048', 'Bahraini Dinar', 3, null],
    ['CLF', '990', 'Unidad de Fomento', 4, null],
    ['XAU', '959', 'Gold', null, null],
    ['XCG', '532', 'Caribbean Guilder', 2, null],
    ['DEM', '276', 'Deutsche Mark', null, '2002-03'],
    ['BGN', '975', 'Bulgarian Lev', null, '2026-01'],
    ['LAJ', '418', 'Pathet Lao Kip', null, '1979-12'],
    ['XFO', null, 'Gold-Franc', null, '2006-10'],
  ])('include %s', (code, numericCode, name, minorUnits, withdrawn) => {
    expect(findCurrency(code)).toEqual({ code, numericCode, name, minorUnits, withdrawn });
  });

  it('name a code that is still in use somewhere as active', () => {
    // Withdrawn from some country or under an older name, and so on both of the published lists.
    for (const code of ['EUR', 'TRY', 'RON', 'PEN', 'IDR', 'SZL', 'MWK', 'SDG']) {
      expect(findCurrency(code)?.withdrawn).toBeNull();
    }
  });

  it('include the special codes', () => {
    const special = 'XXX XTS XAU XAG XPT XPD XDR XSU XUA COU CLF UYI MXV USN CHE CHW'.split(' ');
    expect(special.filter((code) => !isCurrency(code))).toEqual([]);
  });

  it('include neither quotation units nor lower case nor vendors’ codes', () => {
    expect(['GBX', 'GBp', 'ILA', 'ZAc', 'eur', 'CNH', '', 'constructor'].filter(isCurrency)).toEqual([]);
    expect(findCurrency('GBX')).toBeNull();
  });
});

describe('a quotation unit', () => {
  it.each([
    ['GBX', 'GBP', '0.01'],
    ['GBp', 'GBP', '0.01'],
    ['ILA', 'ILS', '0.01'],
    ['ILs', 'ILS', '0.01'],
    ['ZAc', 'ZAR', '0.01'],
    ['ZAC', 'ZAR', '0.01'],
    ['ZAr', 'ZAR', '0.01'],
    ['USd', 'USD', '0.01'],
    ['KWd', 'KWD', '0.001'],
    ['GBP', 'GBP', '1'],
    [' EUR ', 'EUR', '1'],
    ['DEM', 'DEM', '1'],
  ])('%j is %s times %s', (text, currency, factor) => {
    expect(quotationUnit(text)).toEqual({ currency, factor });
  });

  it.each(['', 'gbp', 'gbx', 'Gbp', 'QQQ', 'pence'])('is not %j', (text) => {
    expect(quotationUnit(text)).toBeNull();
  });

  it('is always of a known currency, by a plain decimal factor', () => {
    for (const text of [
      'AUd',
      'BRl',
      'BWp',
      'CAd',
      'CHf',
      'EUr',
      'GBp',
      'MWk',
      'MYr',
      'NAd',
      'SGd',
      'SZl',
      'USX',
    ]) {
      const unit = quotationUnit(text);
      expect(isCurrency(unit?.currency ?? '')).toBe(true);
      expect(normaliseDecimal(unit?.factor ?? '')).toBe(unit?.factor);
    }
  });
});
