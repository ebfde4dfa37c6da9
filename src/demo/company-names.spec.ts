import { inventCompanyName, SymbolBook } from './company-names.js';
import { Random } from './random.js';

describe('SymbolBook', () => {
  it.each([
    ['Belora Textiles Limited', 'BELORATEXT'],
    ['Belora & Sons Limited', 'BELORA&SON'],
    ['Belora Oil & Gas Limited', 'BELORAO&G'],
    ['Korvira-Talolon Foods Ltd.', 'KORVIRA-T'],
    ['42 Belora Foods Limited', '42BELORA'],
  ])('makes a ticker of %s: %s', (name, symbol) => {
    expect(new SymbolBook().take(name)).toBe(symbol);
  });

  it('hands out no symbol twice, not even a reserved one', () => {
    const book = new SymbolBook();
    book.reserve('BELORATEXT');
    expect(book.take('Belora Textiles Limited')).toBe('BELORATEX2');
    expect(book.take('Belora Textiles Limited')).toBe('BELORATEX3');
  });
});

describe('inventCompanyName', () => {
  it('makes names of all kinds, none with a comma', () => {
    const random = new Random('names');
    const names = Array.from({ length: 2_000 }, () => inventCompanyName(random));
    expect(names.some((name) => name.includes('&'))).toBe(true);
    expect(names.some((name) => name.length > 55)).toBe(true);
    expect(names.some((name) => /^[0-9]/.test(name))).toBe(true);
    expect(names.filter((name) => /[,"]/.test(name))).toEqual([]);
  });
});
