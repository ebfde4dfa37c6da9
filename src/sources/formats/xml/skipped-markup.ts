import {
  CUT,
  GREATER_THAN,
  HYPHEN,
  IN_NAME,
  isWhiteSpace,
  QUESTION_MARK,
  skip,
  startsWith,
} from './bytes.js';
import { characterLength } from './utf8.js';
import { notWellFormed } from './xml-error.js';
import { readName } from './xml-names.js';

/** Reads the comment whose `<!--` stands at `at`, and answers the position after it. Nobody wants what it says. */
export function skipComment(bytes: Uint8Array, at: number, end: number): number {
  let next = at + '<!--'.length;
  while (next < end) {
    if (bytes[next] === HYPHEN) {
      const isDouble = startsWith(bytes, next, end, '--');
      if (isDouble === undefined) return CUT;
      if (isDouble) {
        if (next + 2 >= end) return CUT;
        if (bytes[next + 2] === GREATER_THAN) return next + 3;
        throw notWellFormed('"--" within a comment', next);
      }
    }
    const length = characterLength(bytes, next, end);
    if (length === 0) return CUT;
    next += length;
  }
  return CUT;
}

/** Reads the processing instruction whose `<?` stands at `at`, and answers the position after it. */
export function skipInstruction(bytes: Buffer, at: number, end: number): number {
  const nameEnd = skip(bytes, at + 2, IN_NAME);
  if (nameEnd >= end) return CUT;
  if (nameEnd === at + 2) throw notWellFormed('"<?" without a name', at);
  if (readName(bytes, at + 2, nameEnd).toLowerCase() === 'xml') {
    throw notWellFormed('XML declaration that is not at the very beginning', at);
  }
  const mustEnd = !isWhiteSpace(bytes[nameEnd]!);
  for (let next = nameEnd; next < end;) {
    if (bytes[next] === QUESTION_MARK) {
      if (next + 1 >= end) return CUT;
      if (bytes[next + 1] === GREATER_THAN) return next + 2;
    }
    if (mustEnd) throw notWellFormed('character in a name that is not allowed there', nameEnd);
    const length = characterLength(bytes, next, end);
    if (length === 0) return CUT;
    next += length;
  }
  return CUT;
}
