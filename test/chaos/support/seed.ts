/** True when everything shall be tried, and not only a choice of it. */
export const IS_FULL = process.env['ISINGLASS_CHAOS_FULL'] === '1';

/** From which a run's choices and moments follow. Another one: `ISINGLASS_CHAOS_SEED=7`. */
export const SEED = Number(process.env['ISINGLASS_CHAOS_SEED'] ?? 1);

/** Numbers from 0 to 1, always the same for a seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const left = [...items];
  return Array.from(items, () => left.splice(Math.floor(random() * left.length), 1)[0]!);
}

/** A choice in which every value of every trait comes as often as the others, as far as that is possible. */
export function balancedChoice<Item>(
  items: readonly Item[],
  count: number,
  traits: (item: Item) => readonly string[],
  random: () => number,
): Item[] {
  const left = shuffled(items, random);
  const seen = new Map<string, number>();
  const timesSeen = (trait: string): number => seen.get(trait) ?? 0;
  const chosen: Item[] = [];
  while (chosen.length < count && left.length > 0) {
    const costs = left.map((item) => traits(item).reduce((sum, trait) => sum + timesSeen(trait), 0));
    const [item] = left.splice(costs.indexOf(Math.min(...costs)), 1);
    if (item === undefined) break;
    for (const trait of traits(item)) seen.set(trait, timesSeen(trait) + 1);
    chosen.push(item);
  }
  return chosen;
}
