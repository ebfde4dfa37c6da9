import fc from 'fast-check';
import type { Json } from '../domain/record.js';
import { contentHashes } from './content-hash.js';

describe('contentHashes', () => {
  it('are blind to the order of keys, and not to the order of a list', () => {
    expect(contentHashes({ a: 1, b: [1, 2] })).toEqual(contentHashes({ b: [1, 2], a: 1 }));
    expect(contentHashes({ b: [1, 2] }).content).not.toBe(contentHashes({ b: [2, 1] }).content);
  });

  it.each([
    ['letter case', 'Steel Limited', 'STEEL limited'],
    ['runs of blanks', 'Steel  Limited', 'Steel Limited'],
    ['a tab', 'Steel\tLimited', 'Steel Limited'],
    ['a no-break space', 'Steel\u00a0Limited', 'Steel Limited'],
  ])('tell %s apart only exactly', (_what, one, other) => {
    const [a, b] = [contentHashes({ name: one }), contentHashes({ name: other })];
    expect(a.content).toBe(b.content);
    expect(a.exact).not.toBe(b.exact);
  });

  it('tell null, empty and absent apart', () => {
    const contents: Json[] = [{ a: null }, { a: '' }, {}];
    const hashes = contents.map((content) => contentHashes(content).content);
    expect(new Set(hashes).size).toBe(3);
  });

  it('differ for different content', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ minLength: 1 }), (value, key) => {
        const content = value as Json;
        expect(contentHashes({ [`x${key}`]: content, y: 1 }).exact).not.toBe(
          contentHashes({ [`x${key}`]: content, y: 2 }).exact,
        );
      }),
    );
  });
});
