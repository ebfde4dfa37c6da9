import { newKeyText, newToken, parseKeyText } from './tokens.js';

describe('an API key as text', () => {
  it('is taken apart again, and has 256 bits of secret', () => {
    const { text, publicId, secret } = newKeyText('test');
    expect(text).toMatch(/^isk_test_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}$/);
    expect(parseKeyText(text)).toEqual({ publicId, secret });
    expect(Math.log2(62) * secret.length).toBeGreaterThan(256);
  });

  it('is none with any one character changed, added or left out', () => {
    const { text } = newKeyText('live');
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === 'a' ? 'b' : 'a';
      expect(parseKeyText(text.slice(0, at) + other + text.slice(at + 1))).toBeNull();
      expect(parseKeyText(text.slice(0, at) + text.slice(at + 1))).toBeNull();
      expect(parseKeyText(`${text.slice(0, at)}0${text.slice(at)}`)).toBeNull();
    }
  });

  it('uses every character about as often as any other', () => {
    const counts = new Map<string, number>();
    for (let at = 0; at < 2_000; at += 1) {
      for (const character of newKeyText('test').secret)
        counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    const expected = (2_000 * 43) / 62;
    expect(counts.size).toBe(62);
    for (const count of counts.values())
      expect(Math.abs(count - expected)).toBeLessThan(6 * Math.sqrt(expected));
  });
});

it('tokens name their kind, and are never the same', () => {
  const tokens = Array.from({ length: 1_000 }, () => newToken('iss'));
  expect(new Set(tokens).size).toBe(1_000);
  for (const token of tokens) expect(token).toMatch(/^iss_[\w-]{43}$/);
});
