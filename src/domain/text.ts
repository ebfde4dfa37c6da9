/** JavaScript's `\s` has every Unicode space, NBSP and BOM among them, but not NEL (U+0085). */
const BLANKS = /[\s\u0085]+/gu;

/** Characters without ink or width: zero-width spaces and joiners, soft hyphens, writing direction marks. */
const INVISIBLE = /\p{Cf}/gu;

/** One blank for every run of blanks (NBSP, TAB and line ends are blanks too), none at the ends. */
export function collapseBlanks(text: string): string {
  return text.replace(BLANKS, ' ').trim();
}

/**
 * The form in which two texts are equal when they differ only cosmetically: in case, in blanks, in invisible characters
 * or in compatibility characters (`ﬁ` and `fi`). For comparing, not for showing.
 */
export function cosmeticForm(text: string): string {
  // Upper-casing may take composed letters apart (ΐ), so the text is composed again after it.
  const upper = text.normalize('NFKC').replace(INVISIBLE, '').toUpperCase().normalize('NFKC');
  return collapseBlanks(upper);
}

/** The text itself, or `null` where it is absent, empty or nothing but blanks. */
export function emptyToNull(text: string | null | undefined): string | null {
  return text === null || text === undefined || collapseBlanks(text) === '' ? null : text;
}

/**
 * An identifier as its standard writes it: NFKC, upper case, without blanks, invisible characters and the hyphens
 * people put in to make it readable (`us-0378 331005`).
 */
export function compactForm(text: string): string {
  const compact = text.normalize('NFKC').replace(/[\s\p{Cf}\p{Pd}\u0085\u2212]/gu, '');
  // Marks that a blank kept apart (U+FE72 is a blank and a mark) may now stand in another order.
  return latinCapitals(compact.normalize('NFKC'));
}

/** Makes capitals of a to z only: ß would become SS and ı would become I, and so a wrong identifier a right one. */
export function latinCapitals(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}
