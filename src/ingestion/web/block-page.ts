/** How much of a body is looked at before any of it is written. */
export const BEGINNING_BYTES = 1024;

const HTML_START = /^(?:\s|<!--[^]*?-->|<\?xml[^>]*>)*<(?:!doctype\s+html|html)\b/i;

/** Does this body begin as an HTML page does, blanks, a byte order mark and comments aside? */
export function isHtmlPage(beginning: Buffer): boolean {
  return HTML_START.test(beginning.toString('utf8').replace(/^\uFEFF/, ''));
}

/** The `<title>` of a page for a message, shortened; `undefined` when it has none. */
export function pageTitle(page: Buffer): string | undefined {
  const title = /<title[^>]*>([^<]*)/i.exec(page.toString('utf8'))?.[1];
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
