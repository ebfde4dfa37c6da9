import { parseMark } from './home-claim.js';

describe('parseMark', () => {
  it('reads who, since when and where out of a name', () => {
    const name = 'guest-4242-987654-0123abcd-00112233aabb';
    expect(parseMark(name)).toEqual({
      role: 'guest',
      pid: 4242,
      startedAt: '987654',
      place: '0123abcd',
      name,
    });
  });

  it.each([
    '.DS_Store',
    'king-4242-987654-0123abcd-00112233aabb',
    'owner-4242-987654-0123abcd',
    '../owner.json',
  ])('takes %s for no mark', (name) => {
    expect(parseMark(name)).toBeUndefined();
  });
});
