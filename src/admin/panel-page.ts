const FONTS = /<link [^<>:]*https:\/\/fonts\.googleapis\.com\/[^<>]*>/;
// Up to the end of the line for JSON, which is not the one for a dot: U+2028 stands in it as it is.
const STATE = /\n *window\.REDUX_STATE = ([^\n]*);\n/;

/**
 * The page as AdminJS renders it, made fit to be sent: nothing from other hosts, scripts marked with the nonce of this answer, and
 * nothing in the printed state can end the script it stands in.
 * @throws Error when AdminJS prints its page in another way than we know: then it is not sent
 */
export function fitPage(page: string, nonce: string): string {
  if (!FONTS.test(page) || !STATE.test(page))
    throw new Error('AdminJS prints its page in a way that we do not know');
  // Instead of the fonts an icon that nobody has to ask for.
  const withoutFonts = page.replace(FONTS, '<link rel="icon" href="data:,">');
  // In a string of a script `<` is the same, and no tag.
  const withSafeState = withoutFonts.replace(
    STATE,
    (_, state: string) =>
      `\nwindow.REDUX_STATE = ${state.replace(/[<\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)};\n`,
  );
  return withSafeState.replaceAll('<script', `<script nonce="${nonce}"`);
}

/** Styles are written by scripts (styled-components), which a nonce does not cover. */
export function panelCsp(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}
