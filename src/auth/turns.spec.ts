import { Turns } from './turns.js';

it('lets four at once, the others in their order, and refuses a crowd', async () => {
  const turns = new Turns(4, 3, () => new Error('too many'));
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const work = (at: number): Promise<number> =>
    turns.take(async () => {
      begun.push(at);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (at === 1) throw new Error('it failed');
      return at;
    });
  const all = Array.from({ length: 8 }, (_, at) =>
    work(at).catch((error: unknown) => (error as Error).message),
  );
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toEqual([0, 1, 2, 3]);
  while (ends.length > 0) {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(await Promise.all(all)).toEqual([0, 'it failed', 2, 3, 4, 5, 6, 'too many']);
});
