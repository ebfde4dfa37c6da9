import { COUNTRIES, WITHDRAWN_COUNTRIES, countryName, isCountry, withdrawnCountryName } from './country.js';

describe('the countries', () => {
  it('are the 249 officially assigned codes, in order', () => {
    expect(COUNTRIES.size).toBe(249);
    expect([...COUNTRIES.keys()]).toEqual([...COUNTRIES.keys()].sort());
  });

  it('are all known to the Unicode names, and no official one is missing', () => {
    const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
    const known = letters
      .flatMap((a) => letters.map((b) => a + b))
      .filter((code) => names.of(code) !== undefined);
    expect([...COUNTRIES.keys()].filter((code) => !known.includes(code))).toEqual([]);
    // What Unicode names beyond ISO 3166-1: exceptional reservations, its own codes, and withdrawn countries.
    const beyond = known.filter((code) => !isCountry(code) && !WITHDRAWN_COUNTRIES.has(code));
    const explained = [
      'AC',
      'CP',
      'CQ',
      'DG',
      'EA',
      'EU',
      'EZ',
      'IC',
      'QO',
      'TA',
      'UK',
      'UN',
      'XA',
      'XB',
      'XK',
      'ZZ',
    ];
    const withdrawnThere = [
      'FX',
      'NT',
      'YD',
      'HV',
      'DY',
      'RH',
      'NH',
      'VD',
      'CT',
      'DD',
      'FQ',
      'JT',
      'MI',
      'NQ',
      'PC',
      'PU',
      'PZ',
      'WK',
    ];
    expect(beyond.filter((code) => !explained.includes(code) && !withdrawnThere.includes(code))).toEqual([]);
  });

  it('have names, and so have the withdrawn ones', () => {
    expect(countryName('TR')).toBe('Türkiye');
    expect(countryName('CI')).toBe("Côte d'Ivoire");
    expect(withdrawnCountryName('ZR')).toBe('Zaire');
    expect([...WITHDRAWN_COUNTRIES.keys()]).toEqual(['AN', 'BU', 'CS', 'DD', 'SU', 'TP', 'YU', 'ZR']);
  });

  it('do not include withdrawn, private or lower-case codes', () => {
    expect(['SU', 'XK', 'UK', 'us', '', 'constructor'].filter(isCountry)).toEqual([]);
    expect(countryName('SU')).toBeNull();
    expect(withdrawnCountryName('US')).toBeNull();
  });
});
