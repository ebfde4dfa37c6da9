const known = new Set<string>();
/** Shorter ones would mask ordinary words. */
const SHORTEST = 8;
export const MASK = '•••';

/** Tokens of ours keep what is no secret: their kind, and the public part of a key. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b(isk_[a-z]+_[0-9A-Za-z]{8}_)[0-9A-Za-z]+/g, `$1${MASK}`],
  [/\b(is[lsd]_)[\w-]{20,}/g, `$1${MASK}`],
  [/\b(Bearer|Basic) +[^\s"',;]+/gi, `$1 ${MASK}`],
  [/([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+@/gi, `$1${MASK}@`],
  [/((?:set-)?cookie["']?\s*[:=]\s*["']?)[^\r\n"']+/gi, `$1${MASK}`],
  [/("(?:password|secret|client_secret|token|code|otp)"\s*:\s*")(?:[^"\\]|\\.)*/gi, `$1${MASK}`],
  [
    /(["']?(?:password|passwd|secret|client_secret|token|access_token|id_token|refresh_token|code_verifier|otp)["']?\s*[:=]\s*["']?)[^\s"'&,;}]+/gi,
    `$1${MASK}`,
  ],
];

/** From now on it is masked, wherever text is written; and so is the password of a URL alone. */
export function keepSecret(text: string): void {
  const parts = [text, URL.canParse(text) ? new URL(text).password : ''];
  for (const part of parts.flatMap((each) => [each, tryDecode(each)])) {
    if (part.length >= SHORTEST) known.add(part);
  }
}

/** Text as it may be written where others read it: logs, errors, what a run tells. */
export function masked(text: string): string {
  let safe = text;
  for (const secret of known) safe = safe.replaceAll(secret, MASK);
  for (const [pattern, replacement] of PATTERNS) safe = safe.replace(pattern, replacement);
  return safe;
}

/** Text as it may stand in a log: masked, and nothing in it looks like a line of its own or moves a cursor. */
export function loggable(text: string): string {
  return masked(text)
    .replace(/[\p{Cc}\u2028\u2029]/gu, (character) =>
      character === '\n' || character === '\t'
        ? character
        : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    .replaceAll('\n', '\n    ');
}

function tryDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
