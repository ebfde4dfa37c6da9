import { CARRIAGE_RETURN, LINE_FEED, SPACE, TAB } from './bytes.js';
import { notWellFormed, XmlFlaw } from './xml-error.js';

/** May a document contain this character at all (XML 1.0 §2.2, `Char`)? */
export function isXmlCharacter(codePoint: number): boolean {
  if (codePoint < SPACE) {
    return codePoint === TAB || codePoint === LINE_FEED || codePoint === CARRIAGE_RETURN;
  }
  return (
    codePoint <= 0xd7ff ||
    (codePoint >= 0xe000 && codePoint <= 0xfffd) ||
    (codePoint >= 0x10000 && codePoint <= 0x10ffff)
  );
}

/** Bytes of the sequence that this byte begins (RFC 3629 §4); 0 for a byte that begins none. */
function lengthFrom(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}

/** Where overlong forms, surrogates and code points beyond U+10FFFF show: the range of the second byte. */
function isSecond(first: number, second: number): boolean {
  if (first === 0xe0) return second >= 0xa0 && second <= 0xbf;
  if (first === 0xed) return second >= 0x80 && second <= 0x9f;
  if (first === 0xf0) return second >= 0x90 && second <= 0xbf;
  if (first === 0xf4) return second >= 0x80 && second <= 0x8f;
  return second >= 0x80 && second <= 0xbf;
}

/**
 * Bytes of the character at `at`, which is before `end`; 0 when `end` cuts it.
 * @throws XmlFlaw when it is no UTF-8, or none of XML's characters.
 */
export function characterLength(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!;
  const length = lengthFrom(first);
  if (length === 1) {
    if (isXmlCharacter(first)) return 1;
    throw notWellFormed(`control character 0x${first.toString(16).padStart(2, '0')}`, at);
  }
  if (length === 0) throw malformed(at);
  if (at + 1 >= end) return 0;
  if (!isSecond(first, bytes[at + 1]!)) throw malformed(at);
  for (let next = at + 2; next < at + length; next++) {
    if (next >= end) return 0;
    if ((bytes[next]! & 0xc0) !== 0x80) throw malformed(at);
  }
  // U+FFFE and U+FFFF are the only ones left that UTF-8 can say and XML cannot.
  if (first === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2]! >= 0xbe) {
    throw notWellFormed(`character U+FFF${bytes[at + 2] === 0xbe ? 'E' : 'F'}`, at);
  }
  return length;
}

function malformed(at: number): XmlFlaw {
  return new XmlFlaw('XML_ENCODING', 'bytes that are no UTF-8', at);
}

/** Writes a character and answers the position after it. */
export function writeCharacter(codePoint: number, bytes: Uint8Array, at: number): number {
  if (codePoint < 0x80) {
    bytes[at++] = codePoint;
  } else if (codePoint < 0x800) {
    bytes[at++] = 0xc0 | (codePoint >> 6);
    bytes[at++] = 0x80 | (codePoint & 0x3f);
  } else if (codePoint < 0x10000) {
    bytes[at++] = 0xe0 | (codePoint >> 12);
    bytes[at++] = 0x80 | ((codePoint >> 6) & 0x3f);
    bytes[at++] = 0x80 | (codePoint & 0x3f);
  } else {
    bytes[at++] = 0xf0 | (codePoint >> 18);
    bytes[at++] = 0x80 | ((codePoint >> 12) & 0x3f);
    bytes[at++] = 0x80 | ((codePoint >> 6) & 0x3f);
    bytes[at++] = 0x80 | (codePoint & 0x3f);
  }
  return at;
}
