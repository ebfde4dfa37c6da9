import { CUT, isWhiteSpace, LESS_THAN, startsWith } from './bytes.js';
import type { ByteWindow } from './byte-window.js';
import { notWellFormed, XmlFlaw } from './xml-error.js';

const BLANK = '[ \\t\\r\\n]';
const quoted = (value: string) => `(?:"${value}"|'${value}')`;
const attribute = (name: string, value: string) => `${BLANK}+${name}${BLANK}*=${BLANK}*${quoted(value)}`;

/** `XMLDecl` of XML 1.0, fifth edition, §2.8: a parser of 1.0 reads what calls itself 1.1 as if it were 1.0. */
const DECLARATION = new RegExp(
  `^<\\?xml${attribute('version', '1\\.[0-9]+')}` +
    `(?:${attribute('encoding', '[A-Za-z][A-Za-z0-9._\\-]*')})?` +
    `(?:${attribute('standalone', '(?:yes|no)')})?${BLANK}*\\?>$`,
);
const ENCODING = new RegExp(`encoding${BLANK}*=${BLANK}*["']([^"']*)`);

/** Encodings whose every text is UTF-8 as it stands. */
const READABLE = ['utf-8', 'us-ascii'];

/**
 * Reads what may stand nowhere but at the beginning of a file, a byte order mark and the XML declaration, and answers
 * the position after it; {@link CUT} when that is not clear yet.
 * @throws XmlFlaw when the declaration is malformed, or the encoding is not UTF-8.
 */
export function readBeginning(window: ByteWindow): number {
  const { bytes, end } = window;
  // UTF-16 and UTF-32 begin with a mark that no UTF-8 contains, or have a zero beside their first "<".
  if (
    end > 0 &&
    (bytes[0]! >= 0xfe || bytes[0] === 0 || (bytes[0] === LESS_THAN && end > 1 && bytes[1] === 0))
  ) {
    throw new XmlFlaw('XML_ENCODING', 'UTF-16 or UTF-32 where UTF-8 is read', 0);
  }
  const hasMark = startsWith(bytes, 0, end, '\u00ef\u00bb\u00bf');
  if (hasMark === undefined) return CUT;
  const start = hasMark ? 3 : 0;
  const isDeclaration = startsWith(bytes, start, end, '<?xml');
  const nameEnd = start + '<?xml'.length;
  if (isDeclaration === undefined || (isDeclaration && nameEnd >= end)) return CUT;
  if (!isDeclaration || !isWhiteSpace(bytes[nameEnd]!)) return start;
  const after = readDeclaration(bytes, start, window.tokenEnd(start));
  if (after === CUT) window.checkTokenLength(start);
  return after;
}

function readDeclaration(bytes: Buffer, at: number, end: number): number {
  const length = bytes.subarray(at, end).indexOf('?>') + '?>'.length;
  if (length < '?>'.length) return CUT;
  const declaration = bytes.toString('latin1', at, at + length);
  if (!DECLARATION.test(declaration)) throw notWellFormed('malformed XML declaration', at);
  const encoding = ENCODING.exec(declaration)?.[1];
  if (encoding !== undefined && !READABLE.includes(encoding.toLowerCase())) {
    throw new XmlFlaw('XML_ENCODING', `encoding ${encoding.slice(0, 40)} where UTF-8 is read`, at);
  }
  return at + length;
}
