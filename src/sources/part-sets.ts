import type { Part } from './source.js';

/** More missing numbers than a person wants to read. */
const MAX_NAMED = 5;

/**
 * What keeps numbered parts from being whole sets, in words: `FULINS_E: part 2 of 2 is missing`. A set is whole when its
 * parts 1 to M are there, each once, and all of them say the same M. Parts without a number are whole by themselves.
 */
export function incompleteSets(parts: readonly Pick<Part, 'name' | 'set'>[]): string[] {
  const sets = new Map<string, NonNullable<Part['set']>[]>();
  for (const { set } of parts) {
    if (set !== undefined) sets.set(set.name, [...(sets.get(set.name) ?? []), set]);
  }
  return [...sets].flatMap(([name, members]) => faultsOf(members).map((fault) => `${name}: ${fault}`));
}

function faultsOf(members: readonly { readonly number: number; readonly of: number }[]): string[] {
  const totals = [...new Set(members.map((member) => member.of))].sort((one, other) => one - other);
  const [total = 0] = totals;
  if (totals.length > 1) return [`its parts disagree on how many there are: ${totals.join(', ')}`];

  const numbers = new Set<number>();
  const faults: string[] = [];
  for (const { number } of members) {
    if (number < 1 || number > total) faults.push(`there can be no part ${number} of ${total}`);
    else if (numbers.has(number)) faults.push(`part ${number} of ${total} is there twice`);
    numbers.add(number);
  }
  const missing = Array.from({ length: total }, (_, index) => index + 1).filter(
    (number) => !numbers.has(number),
  );
  if (missing.length > 0) faults.push(missingInWords(missing, total));
  return faults;
}

function missingInWords(missing: readonly number[], total: number): string {
  if (missing.length === 1) return `part ${missing[0]} of ${total} is missing`;
  const more = missing.length > MAX_NAMED ? ` and ${missing.length - MAX_NAMED} more` : '';
  return `parts ${missing.slice(0, MAX_NAMED).join(', ')}${more} of ${total} are missing`;
}
