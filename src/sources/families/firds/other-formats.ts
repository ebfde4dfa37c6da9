import { PublisherChangedError } from '../../../common/errors.js';
import { excerpt } from '../../formats/excerpt.js';

/** Enough to know what a file is, and to quote the title of a web page. */
const HEAD_BYTES = 2_048;

const WRONG_FILE_STEP =
  'Open the address in a browser: if the file moved or changed its format, the source must follow. By hand, bring the zip archive or the XML file in it.';

/**
 * Refuses what comes instead of an XML file, told by its first bytes.
 * @throws PublisherChangedError FILE_IS_EMPTY, FILE_IS_HTML, FILE_IS_JSON, FILE_IS_GZIP, FILE_IS_ZIP, FILE_IS_LFS_POINTER
 */
export function refuseOtherFormats(bytes: Uint8Array, label: string): void {
  if (bytes.length === 0) {
    const step =
      'Try again later; if it stays so, open the address in a browser and see where the file went.';
    throw fileIs('FILE_IS_EMPTY', label, 'empty', step);
  }
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) throw fileIs('FILE_IS_GZIP', label, 'compressed with gzip');
  const text = Buffer.from(bytes.subarray(0, HEAD_BYTES))
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (text.startsWith('PK\u0003\u0004')) throw fileIs('FILE_IS_ZIP', label, 'a zip archive in another one');
  if (text.startsWith('version https://git-lfs.github.com/')) {
    const what = 'a pointer to a file that git keeps elsewhere (Git LFS)';
    const step = 'Run "git lfs pull" where the file came from, and bring the file itself.';
    throw fileIs('FILE_IS_LFS_POINTER', label, what, step);
  }
  // `{"status":"error"}`: a service answers where a file was expected.
  if (/^[{[]/.test(text)) throw fileIs('FILE_IS_JSON', label, 'JSON');
  // Error pages of a firewall or a sign-in come with status 200; some of them are XHTML.
  if (/^(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*)?<(?:!doctype\s+html|html|head|body)\b/i.test(text)) {
    const title = /<title[^<>]*>([^<]*)/i.exec(text)?.[1]?.trim();
    throw fileIs('FILE_IS_HTML', label, title ? `a web page titled "${excerpt(title, 80)}"` : 'a web page');
  }
}

function fileIs(
  code: string,
  label: string,
  what: string,
  nextStep = WRONG_FILE_STEP,
): PublisherChangedError {
  return new PublisherChangedError(
    code,
    `${label}: a zip archive with an XML file is expected, or that file, and this is ${what}.`,
    nextStep,
  );
}
