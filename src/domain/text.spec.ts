import fc from 'fast-check';
import { collapseBlanks, compactForm, cosmeticForm, emptyToNull, latinCapitals } from './text.js';

const anyText = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }));

describe('collapsing blanks', () => {
  it.each([
    ['  a  b ', 'a b'],
    ['a\u00a0\tb\r\nc', 'a b c'],
    ['a\u2003\u3000\u0085b', 'a b'],
    ['\ufeffa', 'a'],
    [' \u00a0 ', ''],
    ['', ''],
  ])('turns %j into %j', (text, collapsed) => {
    expect(collapseBlanks(text)).toBe(collapsed);
  });
});

describe('the cosmetic form', () => {
  it.each([
    ['Siemens  AG', 'SIEMENS\u00a0ag '],
    ['ﬁnance', 'FINANCE'],
    ['Société', 'SOCIE\u0301TE\u0301'],
    ['Straße', 'STRASSE'],
    ['co\u00adop\u200b', 'COOP'],
    ['ＡＢＣ １', 'abc 1'],
  ])('of %j and %j is the same', (a, b) => {
    expect(cosmeticForm(a)).toBe(cosmeticForm(b));
  });

  it.each([
    ['Siemens AG', 'Siemens A G'],
    ['Société', 'Societe'],
    ['A-B', 'A B'],
    ['a.b', 'ab'],
  ])('of %j and %j is not the same', (a, b) => {
    expect(cosmeticForm(a)).not.toBe(cosmeticForm(b));
  });

  it('is its own cosmetic form', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(cosmeticForm(cosmeticForm(text))).toBe(cosmeticForm(text));
      }),
      { numRuns: 2000, examples: [['ΐ'], ['ŉ'], ['ß'], ['´'], ['ǰ'], ['ᾳ\u0345']] },
    );
  });
});

describe('an empty text', () => {
  it.each([null, undefined, '', ' ', '\u00a0\t'])('%j is null', (text) => {
    expect(emptyToNull(text)).toBeNull();
  });

  it('is not one with ink, which stays as it is', () => {
    expect(emptyToNull(' a ')).toBe(' a ');
    expect(emptyToNull('0')).toBe('0');
  });
});

describe('capitals', () => {
  it('are made of a to z only', () => {
    expect(latinCapitals('azAZ09 ßıé')).toBe('AZAZ09 ßıé');
  });

  it('and no blanks or hyphens are left in a compact identifier', () => {
    expect(compactForm('\u200eus-0378\u00a033\u20121005\u2212')).toBe('US0378331005');
  });
});
