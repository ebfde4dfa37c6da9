import { Random } from './random.js';

describe('Random', () => {
  it('gives the same numbers for the same keys, and others for other keys', () => {
    const draw = (...keys: (string | number)[]) => {
      const random = new Random(...keys);
      return Array.from({ length: 5 }, () => random.below(1_000_000));
    };
    expect(draw(1, 'day', 3)).toEqual(draw(1, 'day', 3));
    expect(draw(1, 'day', 3)).not.toEqual(draw(1, 'day', 4));
    // Written down, so that another machine or another version of Node must agree.
    expect(draw(1, 'day', 3)).toEqual([222843, 502606, 145863, 236291, 396887]);
  });

  it('reaches every number below the end and none beyond', () => {
    const random = new Random('range');
    const seen = new Set(Array.from({ length: 1_000 }, () => random.below(7)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('refuses to pick from nothing', () => {
    expect(() => new Random('empty').pick([])).toThrow(RangeError);
  });
});
