import { createReadStream } from 'node:fs';
import { TextDecoder } from 'node:util';
import { EditionRefusedError, PublisherChangedError } from '../../common/errors.js';
import { excerpt } from './excerpt.js';

/** Labels of the WHATWG Encoding Standard, as `TextDecoder` takes them. */
export type TextEncoding = 'utf-8' | 'windows-1252' | 'macintosh';

/** Enough to know what a file is, and to quote the title of a web page. */
const HEAD_BYTES = 2_048;

/**
 * Reads a text file once, in constant memory, and says how its bytes are to be read: by its byte order mark; as UTF-8 where
 * every byte fits; else as Macintosh Roman when its only line ends are CR (Excel for Mac saves so), and as windows-1252
 * when not (Excel for Windows).
 * @param label What the file is, for messages.
 * @throws PublisherChangedError FILE_IS_EMPTY, FILE_IS_HTML, FILE_IS_JSON, FILE_IS_ZIP, FILE_IS_GZIP or
 * FILE_IS_LFS_POINTER;
 * EditionRefusedError CSV_NUL_BYTE, or CSV_ENCODING when the file breaks what its byte order mark promises.
 */
export async function surveyText(path: string, label: string): Promise<TextEncoding> {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  let head = Buffer.alloc(0);
  let isUtf8 = true;
  let hasLineFeed = false;
  let isBlank = true;
  let nulAt = -1;
  let offset = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)]);
    if (nulAt < 0 && chunk.includes(0)) nulAt = offset + chunk.indexOf(0);
    hasLineFeed ||= chunk.includes(0x0a);
    isBlank &&= chunk.toString('utf8').trim() === '';
    isUtf8 &&= fits(utf8, chunk);
    offset += chunk.length;
  }
  isUtf8 &&= fits(utf8);
  if (isBlank)
    throw fileIs('FILE_IS_EMPTY', label, offset === 0 ? 'empty' : 'nothing but blanks', EMPTY_STEP);
  refuseOtherFormats(head, label);
  if (nulAt >= 0) throw nulByte(nulAt, head, label);
  const hasByteOrderMark = head.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]));
  if (isUtf8) return 'utf-8';
  if (hasByteOrderMark) {
    throw new EditionRefusedError(
      'CSV_ENCODING',
      `${label}: the file begins with the byte order mark of UTF-8 and holds bytes that are not UTF-8.`,
      'Fetch the edition again; if it stays so, save the file as UTF-8 and bring it by hand.',
    );
  }
  return hasLineFeed ? 'windows-1252' : 'macintosh';
}

function fits(decoder: TextDecoder, chunk?: Buffer): boolean {
  try {
    decoder.decode(chunk, { stream: chunk !== undefined });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return false;
    throw error;
  }
}

const WRONG_FILE_STEP =
  'Open the address in a browser: if the list moved or changed its format, the source must follow. By hand, bring the plain CSV file.';
const EMPTY_STEP =
  'Try again later; if it stays so, open the address in a browser and see where the list went.';

/** What comes instead of a list, told by its first bytes, so that nobody has to guess from a header that does not fit. */
function refuseOtherFormats(head: Buffer, label: string): void {
  const text = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (head.subarray(0, 2).toString('latin1') === 'PK') {
    throw fileIs('FILE_IS_ZIP', label, 'a zip archive or a workbook (xlsx)', WRONG_FILE_STEP);
  }
  if (head[0] === 0x1f && head[1] === 0x8b)
    throw fileIs('FILE_IS_GZIP', label, 'compressed with gzip', WRONG_FILE_STEP);
  if (text.startsWith('version https://git-lfs.github.com/')) {
    throw fileIs(
      'FILE_IS_LFS_POINTER',
      label,
      'a pointer to a file that git keeps elsewhere (Git LFS)',
      'Run "git lfs pull" where the file came from, and bring the file itself.',
    );
  }
  // `{"status":"error"}`: a service answers where a file was expected.
  if (/^[{[]/.test(text)) throw fileIs('FILE_IS_JSON', label, 'JSON', WRONG_FILE_STEP);
  // Error pages of a firewall or a sign-in come with status 200: `<!DOCTYPE html>…<title>Access Denied</title>`.
  if (text.startsWith('<')) {
    const title = /<title[^<>]*>([^<]*)/i.exec(text)?.[1]?.trim();
    const page =
      title === undefined || title === '' ? 'a web page' : `a web page titled "${excerpt(title, 80)}"`;
    throw fileIs('FILE_IS_HTML', label, page, WRONG_FILE_STEP);
  }
}

function fileIs(code: string, label: string, what: string, nextStep: string): PublisherChangedError {
  return new PublisherChangedError(code, `${label}: a CSV file is expected, and this is ${what}.`, nextStep);
}

function nulByte(offset: number, head: Buffer, label: string): EditionRefusedError {
  const isUtf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  return new EditionRefusedError(
    'CSV_NUL_BYTE',
    `${label}: byte ${offset} is NUL, which no text has${isUtf16 ? '; the file looks like UTF-16' : ''}.`,
    isUtf16
      ? 'Save the file as CSV in UTF-8 and bring it again.'
      : 'Fetch the edition again; if it stays so, the file is no text or was damaged on its way.',
  );
}
