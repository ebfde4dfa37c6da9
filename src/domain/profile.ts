/** What of a large list is taken. `null` means all. */
export interface Profile {
  /** First letters of the CFI (ISO 10962). */
  readonly letters: readonly string[] | null;
  /** Venues (ISO 10383). */
  readonly mics: readonly string[] | null;
}

/** All of a list. */
export const EVERYTHING: Profile = { letters: null, mics: null };

/** The kinds of instrument a person may name, with the first letter of their CFI. */
export const KINDS: Readonly<Record<string, string>> = {
  shares: 'E',
  funds: 'C',
  bonds: 'D',
  rights: 'R',
  options: 'O',
  futures: 'F',
  swaps: 'S',
  structured: 'H',
  spot: 'I',
  forwards: 'J',
  strategies: 'K',
  financing: 'L',
  reference: 'T',
  others: 'M',
};

/**
 * Letters out of words as a person types them: `shares,funds`, `E,C`, `all`.
 * @returns the letters in their order in the alphabet, each once; `null` for all
 * @throws Error that says what was expected
 */
export function parseLetters(text: string): readonly string[] | null {
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
  if (words.length === 1 && words[0]?.toLowerCase() === 'all') return null;
  const letters = words.map((word) => {
    const letter = KINDS[word.toLowerCase()] ?? word.toUpperCase();
    if (Object.values(KINDS).includes(letter)) return letter;
    throw new Error(`"${word}" is none of all, ${Object.keys(KINDS).join(', ')}, or a first letter of a CFI`);
  });
  if (letters.length === 0) throw new Error('expected at least one kind of instrument, or all');
  return [...new Set(letters)].sort();
}

/** Does a profile take what has this CFI and venue? */
export function takes({ letters, mics }: Profile, cfi: string, mic: string): boolean {
  return (letters === null || letters.includes(cfi.charAt(0))) && (mics === null || mics.includes(mic));
}
