import { toCp1252 } from './cp1252.js';

describe('toCp1252', () => {
  it('writes what cp1252 reads', () => {
    const text = 'ASCII, ÿ and \u00a0, – ’ € ™';
    expect(new TextDecoder('windows-1252').decode(toCp1252(text))).toBe(text);
    expect(toCp1252('–')).toEqual(Buffer.from([0x96]));
  });

  it('refuses what has no byte', () => {
    expect(() => toCp1252('株')).toThrow(RangeError);
    expect(() => toCp1252('\x96')).toThrow(RangeError);
  });
});
