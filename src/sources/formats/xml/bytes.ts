/** The ASCII characters that XML gives a meaning to. */
export const TAB = 0x09;
export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const SPACE = 0x20;
export const EXCLAMATION_MARK = 0x21;
export const QUOTE = 0x22;
export const NUMBER_SIGN = 0x23;
export const AMPERSAND = 0x26;
export const APOSTROPHE = 0x27;
export const HYPHEN = 0x2d;
export const SLASH = 0x2f;
export const SEMICOLON = 0x3b;
export const LESS_THAN = 0x3c;
export const EQUALS = 0x3d;
export const GREATER_THAN = 0x3e;
export const QUESTION_MARK = 0x3f;
export const LOWER_X = 0x78;
export const RIGHT_BRACKET = 0x5d;

/** What a reader answers when the bytes end before the thing it reads. */
export const CUT = -1;

/** Classes of bytes: 0 for a byte that a loop may pass without a look, 1 for one it must stop at. */
export type ByteClasses = Uint8Array;

function classesOf(mustStop: (byte: number) => boolean): ByteClasses {
  return Uint8Array.from({ length: 256 }, (_, byte) => (mustStop(byte) ? 1 : 0));
}

/** No character below U+0020 is one of XML's but these three (XML 1.0 §2.2). */
export function isWhiteSpace(byte: number): boolean {
  return byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB;
}

const isOdd = (byte: number) => byte >= 0x80 || (byte < SPACE && byte !== TAB && byte !== LINE_FEED);

/** Character data: stops at markup, at `]` for the forbidden `]]>`, at line ends to normalise, at what is not ASCII. */
export const IN_TEXT = classesOf(
  (byte) => isOdd(byte) || byte === LESS_THAN || byte === AMPERSAND || byte === RIGHT_BRACKET,
);

/** A CDATA section. */
export const IN_CDATA = classesOf((byte) => isOdd(byte) || byte === RIGHT_BRACKET);

/** An attribute's value: stops at both quotes and at all white space but the blank. */
export const IN_VALUE = classesOf((byte) => isOdd(byte) || '<&"\'\t\n'.includes(String.fromCharCode(byte)));

/** A name as far as ASCII tells; which of the other characters are allowed is asked once per distinct name. */
export const IN_NAME = classesOf((byte) => byte < 0x80 && !/[-.:\w]/.test(String.fromCharCode(byte)));

/** First position from `at` on that stops the loop. Bytes must end in one that does. */
export function skip(bytes: Uint8Array, at: number, classes: ByteClasses): number {
  while (classes[bytes[at]!] === 0) at++;
  return at;
}

/** First position from `at` on that is no white space. */
export function skipWhiteSpace(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && isWhiteSpace(bytes[at]!)) at++;
  return at;
}

/** Do the bytes say this? `undefined`: they end before it is clear. */
export function startsWith(bytes: Uint8Array, at: number, end: number, ascii: string): boolean | undefined {
  for (let index = 0; index < ascii.length; index++) {
    if (at + index >= end) return undefined;
    if (bytes[at + index] !== ascii.charCodeAt(index)) return false;
  }
  return true;
}
