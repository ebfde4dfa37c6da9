import { LOWER_X, NUMBER_SIGN, SEMICOLON, startsWith } from './bytes.js';
import { isXmlCharacter } from './utf8.js';
import { notWellFormed } from './xml-error.js';

/** A reference, understood: the character it stands for, and the position after its semicolon. */
export interface Reference {
  readonly codePoint: number;
  readonly end: number;
}

/** The entities that need no declaration (XML 1.0 §4.6). Others cannot be declared here: there is no DTD. */
const PREDEFINED = [
  ['amp;', '&'],
  ['lt;', '<'],
  ['gt;', '>'],
  ['quot;', '"'],
  ['apos;', "'"],
] as const;

/**
 * Reads the reference whose `&` stands at `at`; `undefined` when `end` cuts it.
 * @throws XmlFlaw at the `&`.
 */
export function readReference(bytes: Uint8Array, at: number, end: number): Reference | undefined {
  if (at + 1 >= end) return undefined;
  if (bytes[at + 1] === NUMBER_SIGN) return readCharacterReference(bytes, at, end);
  let isCut = false;
  for (const [name, character] of PREDEFINED) {
    const isThis = startsWith(bytes, at + 1, end, name);
    if (isThis === true) return { codePoint: character.charCodeAt(0), end: at + 1 + name.length };
    if (isThis === undefined) isCut = true;
  }
  if (isCut) return undefined;
  throw notWellFormed('"&" that begins no reference to a character or predefined entity', at);
}

function readCharacterReference(bytes: Uint8Array, at: number, end: number): Reference | undefined {
  if (at + 2 >= end) return undefined;
  const radix = bytes[at + 2] === LOWER_X ? 16 : 10;
  const digitsAt = radix === 16 ? at + 3 : at + 2;
  let codePoint = 0;
  for (let index = digitsAt; index < end; index++) {
    const byte = bytes[index]!;
    if (byte === SEMICOLON && index > digitsAt) {
      if (isXmlCharacter(codePoint)) return { codePoint, end: index + 1 };
      throw notWellFormed('reference to a character that XML does not allow', at);
    }
    const digit = digitOf(byte);
    if (digit >= radix) throw notWellFormed('character reference without digits and semicolon', at);
    // Any number of leading zeros is legal; beyond Unicode the exact number no longer matters.
    codePoint = Math.min(codePoint * radix + digit, 0x110000);
  }
  return undefined;
}

/** Value of a hexadecimal digit; infinite for anything else. */
function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : Infinity;
}
