/** PostgreSQL would keep more; no price, rate or quantity of a public list has as many. */
const MAX_DIGITS = 40;

/**
 * A decimal number in its shortest plain form, every digit kept: `5.00` becomes `5`, `.5` becomes `0.5`, `-0` becomes `0`.
 * @returns `null` for what is no plain number: exponents (`1e5`), grouping (`1,250` may be 1250 or 1.25), or more than
 * 40 digits that count.
 */
export function normaliseDecimal(text: string): string | null {
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?$/.exec(text.trim());
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = ''] = match;
  if (whole === '' && fraction === '') return null;
  const wholeDigits = whole.replace(/^0+/, '');
  const fractionDigits = withoutTrailingZeros(fraction);
  if (wholeDigits.length + fractionDigits.length > MAX_DIGITS) return null;
  if (wholeDigits === '' && fractionDigits === '') return '0';
  const digits = (wholeDigits || '0') + (fractionDigits === '' ? '' : `.${fractionDigits}`);
  return sign === '-' ? `-${digits}` : digits;
}

// The pattern /0+$/ would take quadratic time on a long run of zeros that ends in another digit.
function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charAt(end - 1) === '0') end -= 1;
  return digits.slice(0, end);
}
