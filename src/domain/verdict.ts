/** One thing that is wrong with, or odd about, an identifier. */
export interface VerdictReason {
  /** Stable, for example `ISIN_CHECK_DIGIT`. */
  readonly code: string;
  /** A plain sentence that says what was expected. */
  readonly message: string;
}

/** What {@link explainIsin} and {@link explainLei} have in common. */
export interface Verdict {
  /** The text exactly as it was given. */
  readonly input: string;
  readonly isValid: boolean;
  /** Why it is not valid; empty exactly when it is. */
  readonly reasons: readonly VerdictReason[];
  /** What is odd about it although it may be valid. */
  readonly warnings: readonly VerdictReason[];
  /** Valid identifiers that were probably meant, most likely first, at most ten; none for a valid one. */
  readonly suggestions: readonly string[];
}

/** The reasons every identifier of fixed length shares: it is empty, too short or long, or has other characters. */
export function shapeReasons(compact: string, kind: 'ISIN' | 'LEI', length: number): VerdictReason[] {
  if (compact === '') {
    return [{ code: `${kind}_EMPTY`, message: `The ${kind} is empty; ${length} characters are expected.` }];
  }
  const reasons: VerdictReason[] = [];
  const characters = [...compact];
  if (characters.length !== length) {
    const found = characters.length === 1 ? '1 character' : `${characters.length} characters`;
    reasons.push({ code: `${kind}_LENGTH`, message: `The ${kind} has ${found}; ${length} are expected.` });
  }
  const position = characters.findIndex((character) => !/^[A-Z0-9]$/.test(character));
  if (position >= 0) {
    reasons.push({
      code: `${kind}_CHARACTERS`,
      message: `Only A to Z and 0 to 9 are expected; character ${position + 1} is "${characters[position]}".`,
    });
  }
  return reasons;
}
