import type { Details } from '../domain/record.js';
import { attributesOf, underlyingIsinsOf } from './attributes.js';

describe('attributesOf', () => {
  const listings: { source: string; mic: string; details: Details }[] = [
    { source: 'a', mic: 'XPAR', details: { debt: { fixedRate: '1' }, admission: { issuerRequested: true } } },
    { source: 'b', mic: 'XPAR', details: { debt: { fixedRate: '2' } } },
  ];

  it('takes what the speaking record says, without what is of its listing alone', () => {
    expect(attributesOf(listings, { source: 'a', mic: 'XPAR' })).toEqual({ debt: { fixedRate: '1' } });
    expect(attributesOf(listings, { source: 'b', mic: 'XPAR' })).toEqual({ debt: { fixedRate: '2' } });
  });

  it('is empty where nobody speaks', () => {
    expect(attributesOf(listings, undefined)).toEqual({});
    expect(attributesOf(listings, { source: 'a', mic: 'XETR' })).toEqual({});
  });
});

describe('underlyingIsinsOf', () => {
  it('finds single ones, baskets and indexes, each once', () => {
    const underlying = {
      isins: ['DE0007164600', 'DE0007236101', 'DE0007164600'],
      index: { isin: 'DE0008469008' },
    };
    expect(underlyingIsinsOf({ derivative: { underlying } })).toEqual([
      'DE0007164600',
      'DE0007236101',
      'DE0008469008',
    ]);
  });

  it.each([[{}], [{ derivative: null }], [{ derivative: { underlying: ['DE0007164600'] } }]])(
    'finds none in %j',
    (attributes) => {
      expect(underlyingIsinsOf(attributes)).toEqual([]);
    },
  );
});
