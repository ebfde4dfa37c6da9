/** How much of a body is looked at before any of it is written. */
export const BEGINNING_BYTES = 1024;

/** What may stand before a page. One at a time: in one pattern with a star they would fall into each other, exponentially. */
const BEFORE_PAGE = /\s+|<!--[^]*?-->|<\?xml[^>]*>/iy;
const PAGE_START = /<(?:!doctype\s+html|html)\b/iy;

/** Does this body begin as an HTML page does, blanks, a byte order mark and comments aside? */
export function isHtmlPage(beginning: Buffer): boolean {
  const text = beginning.toString('utf8').replace(/^\uFEFF/, '');
  BEFORE_PAGE.lastIndex = 0;
  let at = 0;
  while (BEFORE_PAGE.test(text)) at = BEFORE_PAGE.lastIndex;
  PAGE_START.lastIndex = at;
  return PAGE_START.test(text);
}

/** The `<title>` of a page for a message, shortened; `undefined` when it has none. */
export function pageTitle(page: Buffer): string | undefined {
  const title = /<title[^<>]*>([^<]*)/i.exec(page.toString('utf8'))?.[1];
  return title === undefined ? undefined : excerpt(Buffer.from(title.trim())) || undefined;
}

/** The first 200 bytes of a body on one line, control and direction characters made visible. */
export function excerpt(body: Buffer): string {
  return body
    .subarray(0, 200)
    .toString('utf8')
    .replace(/\s+/g, ' ')
    .replace(
      /[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/gu,
      (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}}`,
    )
    .trim();
}
