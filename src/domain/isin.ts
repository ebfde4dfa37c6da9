import { countryName, withdrawnCountryName } from './country.js';
import { confusableReplacements, neighbourSwaps } from './slip.js';
import { compactForm } from './text.js';
import { shapeReasons, type Verdict, type VerdictReason } from './verdict.js';

/** International securities identification number (ISO 6166), in its normal form: `US0378331005`. */
export type Isin = string;

/** Who allocates the ISINs that begin so. */
export interface IsinPrefix {
  /** The first two characters. */
  readonly code: string;
  readonly kind: 'country' | 'special' | 'historic' | 'unknown';
  readonly name: string;
  /** Assigned for internal use and so perhaps not unique: not to be believed without another source. */
  readonly isQuarantined: boolean;
}

/** {@link explainIsin}'s answer. */
export interface IsinVerdict extends Verdict {
  /** The normal form when the input is valid, else `null`. */
  readonly isin: Isin | null;
  /** `null` where the input does not begin with two letters. */
  readonly prefix: IsinPrefix | null;
}

/** Prefixes that are no country of ISO 3166-1, as met in public lists. */
const SPECIAL_PREFIXES: ReadonlyMap<string, string> = new Map([
  ['EU', 'European institutions and index providers'],
  ['EZ', 'Derivatives Service Bureau (OTC derivatives)'],
  ['QS', 'Internal use by Euroclear France, at times in Germany'],
  ['QT', 'Internal use in Switzerland'],
  ['XA', 'CUSIP Global Services substitute numbers'],
  ['XB', 'National Settlement Depository substitute numbers'],
  ['XC', 'WM Datenservice substitute numbers'],
  ['XD', 'SIX Financial Information substitute numbers'],
  ['XF', 'Internally assigned, not unique'],
  ['XK', 'Kosovo'],
  ['XS', 'Euroclear and Clearstream (international securities)'],
  ['XT', 'Digital Token Identifier Foundation'],
]);

const QUARANTINED_PREFIXES: ReadonlySet<string> = new Set(['QS', 'QT', 'XF']);

const SHAPE = /^[A-Z]{2}[A-Z0-9]{9}[0-9]$/;

/** An ISIN as we write it: NFKC, upper case, without blanks and hyphens. Says nothing about its validity. */
export function normaliseIsin(text: string): string {
  return compactForm(text);
}

/**
 * The check digit that belongs to the first eleven characters of an ISIN (ISO 6166, "modulus 10 double-add-double").
 * @throws RangeError when there are not eleven characters of A to Z and 0 to 9.
 */
export function isinCheckDigit(first11: string): string {
  if (!/^[A-Z0-9]{11}$/.test(first11)) {
    throw new RangeError(`Eleven characters of A to Z and 0 to 9 are expected, not "${first11}".`);
  }
  let sum = 0;
  let isDoubled = true;
  const add = (digit: number): void => {
    const product = isDoubled ? digit * 2 : digit;
    sum += product > 9 ? product - 9 : product;
    isDoubled = !isDoubled;
  };
  for (let at = first11.length - 1; at >= 0; at -= 1) {
    const code = first11.charCodeAt(at);
    if (code < 65) {
      add(code - 48);
    } else {
      // A letter stands for two digits, A = 10 to Z = 35; the right one comes first.
      const value = code - 55;
      add(value % 10);
      add(Math.trunc(value / 10));
    }
  }
  return String((10 - (sum % 10)) % 10);
}

/**
 * Says whether a text is an ISIN in its normal form: the shape and the check digit are right. The prefix need not be
 * one we know, for lists carry such ones (`QQ0097589790` in baskets of FIRDS, 2021-01-17); {@link explainIsin} is
 * stricter.
 */
export function isIsin(text: string): boolean {
  return SHAPE.test(text) && isinCheckDigit(text.slice(0, 11)) === text.charAt(11);
}

/** Looks up the first two characters of an ISIN. The prefix is neither the issuer's country nor that of a listing. */
export function isinPrefix(isin: string): IsinPrefix {
  const code = isin.slice(0, 2);
  const isQuarantined = QUARANTINED_PREFIXES.has(code);
  const special = SPECIAL_PREFIXES.get(code);
  if (special !== undefined) return { code, kind: 'special', name: special, isQuarantined };
  const country = countryName(code);
  if (country !== null) return { code, kind: 'country', name: country, isQuarantined };
  const withdrawn = withdrawnCountryName(code);
  if (withdrawn !== null) return { code, kind: 'historic', name: withdrawn, isQuarantined };
  return { code, kind: 'unknown', name: 'Unknown', isQuarantined };
}

/**
 * Judges a text as a person may have typed it, in any case and with blanks or hyphens, and says what is wrong with it.
 * A prefix nobody is known to allocate makes it invalid; one for internal use (XF, QS, QT) only earns a warning.
 */
export function explainIsin(text: string): IsinVerdict {
  const isin = normaliseIsin(text);
  const hasPrefix = /^[A-Z]{2}/.test(isin);
  const prefix = hasPrefix ? isinPrefix(isin) : null;
  const reasons = shapeReasons(isin, 'ISIN', 12);
  const hasShape = reasons.length === 0;

  if (!hasPrefix && /^[A-Z0-9]{2}/.test(isin)) {
    reasons.push({
      code: 'ISIN_PREFIX_SHAPE',
      message: `An ISIN begins with two letters; this one begins with "${isin.slice(0, 2)}".`,
    });
  }
  if (prefix?.kind === 'unknown') {
    reasons.push({
      code: 'ISIN_PREFIX_UNKNOWN',
      message: `The prefix ${prefix.code} belongs to no country and no known numbering agency.`,
    });
  }
  if (hasShape) reasons.push(...checkDigitReasons(isin));

  const warnings: VerdictReason[] = [];
  if (prefix?.isQuarantined) {
    warnings.push({
      code: 'ISIN_QUARANTINED_PREFIX',
      message: `ISINs that begin with ${prefix.code} are for internal use and may not be unique.`,
    });
  }
  const isValid = reasons.length === 0;
  return {
    input: text,
    isin: isValid ? isin : null,
    isValid,
    reasons,
    warnings,
    prefix,
    suggestions: isValid ? [] : suggestionsFor(isin),
  };
}

function checkDigitReasons(isin: string): VerdictReason[] {
  const found = isin.charAt(11);
  const expected = isinCheckDigit(isin.slice(0, 11));
  if (!/[0-9]/.test(found)) {
    return [
      {
        code: 'ISIN_CHECK_DIGIT_SHAPE',
        message: `An ISIN ends in a check digit, and "${found}" is no digit; the check digit should be ${expected}.`,
      },
    ];
  }
  if (found === expected) return [];
  return [
    {
      code: 'ISIN_CHECK_DIGIT',
      message: `The check digit should be ${expected}, not ${found}; one of the characters is probably mistyped.`,
    },
  ];
}

/**
 * Of the roughly forty valid ISINs that lie one replaced character away from a wrong one, nearly all are noise: each
 * position has about three characters that repair the sum. So only slips people and scanners really make are offered:
 * a look-alike, two neighbours exchanged, and last a wrong check digit, which is the rarest slip of one who copies.
 */
function suggestionsFor(isin: string): string[] {
  if (!/^[A-Z0-9]{12}$/.test(isin)) return [];
  const first11 = isin.slice(0, 11);
  const candidates = [
    ...confusableReplacements(isin),
    ...neighbourSwaps(isin),
    first11 + isinCheckDigit(first11),
  ];
  const meant = candidates.filter(
    (candidate) => isIsin(candidate) && isinPrefix(candidate).kind !== 'unknown',
  );
  return [...new Set(meant)].slice(0, 10);
}
