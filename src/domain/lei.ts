import { confusableReplacements, neighbourSwaps } from './slip.js';
import { compactForm } from './text.js';
import { shapeReasons, type Verdict } from './verdict.js';

/** {@link explainLei}'s answer. */
export interface LeiVerdict extends Verdict {
  /** The normal form when the input is valid, else `null`. */
  readonly lei: string | null;
}

const SHAPE = /^[A-Z0-9]{18}[0-9]{2}$/;

/** A LEI as we write it: NFKC, upper case, without blanks and hyphens. Says nothing about its validity. */
export function normaliseLei(text: string): string {
  return compactForm(text);
}

/**
 * Says whether a text is a legal entity identifier (ISO 17442) in its normal form. Only the remainder counts: some very
 * old LEIs end in 00, 01 or 99, which {@link leiCheckDigits} never gives.
 */
export function isLei(text: string): boolean {
  return SHAPE.test(text) && remainder97(text) === 1;
}

/**
 * The two check digits that belong to the first eighteen characters of a LEI (ISO 7064 MOD 97-10), 02 to 98.
 * @throws RangeError when there are not eighteen characters of A to Z and 0 to 9.
 */
export function leiCheckDigits(first18: string): string {
  if (!/^[A-Z0-9]{18}$/.test(first18)) {
    throw new RangeError(`Eighteen characters of A to Z and 0 to 9 are expected, not "${first18}".`);
  }
  return String(98 - remainder97(`${first18}00`)).padStart(2, '0');
}

/** Judges a text as a person may have typed it, in any case and with blanks or hyphens, and says what is wrong with it. */
export function explainLei(text: string): LeiVerdict {
  const lei = normaliseLei(text);
  const reasons = shapeReasons(lei, 'LEI', 20);
  const hasShape = reasons.length === 0;
  if (hasShape && !isLei(lei)) {
    const found = lei.slice(18);
    const expected = leiCheckDigits(lei.slice(0, 18));
    reasons.push(
      /^[0-9]{2}$/.test(found)
        ? {
            code: 'LEI_CHECK_DIGITS',
            message: `The check digits should be ${expected}, not ${found}; one of the characters is probably mistyped.`,
          }
        : {
            code: 'LEI_CHECK_DIGITS_SHAPE',
            message: `A LEI ends in two digits, not in "${found}"; the check digits should be ${expected}.`,
          },
    );
  }
  const isValid = reasons.length === 0;
  return {
    input: text,
    lei: isValid ? lei : null,
    isValid,
    reasons,
    warnings: [],
    suggestions: isValid || !hasShape ? [] : suggestionsFor(lei),
  };
}

/** Remainder by 97 of the number that stands there when A = 10 to Z = 35; digit by digit, for it has up to 40 digits. */
function remainder97(text: string): number {
  let remainder = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    remainder = code < 65 ? (remainder * 10 + code - 48) % 97 : (remainder * 100 + code - 55) % 97;
  }
  return remainder;
}

/** Look-alikes and exchanged neighbours; then, as the rarest slip, the check digits themselves. */
function suggestionsFor(lei: string): string[] {
  const first18 = lei.slice(0, 18);
  const candidates = [
    ...confusableReplacements(lei),
    ...neighbourSwaps(lei),
    first18 + leiCheckDigits(first18),
  ];
  return [...new Set(candidates.filter(isLei))].slice(0, 10);
}
