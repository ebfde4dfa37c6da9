// What opens something is never written down: not in a log, not in an error, not in a table. Known secrets are masked by
// their value, others by what stands before them. Masking twice masks the same.

const MASK = '***';
/** Shorter ones, and these, are words that a log needs; as passwords they are refused in production. */
const SHORTEST_SECRET = 8;
export const WELL_KNOWN_PASSWORDS: readonly string[] = [
  'postgres',
  'postgresql',
  'isinglass',
  'password',
  'passw0rd',
  'changeme',
  'change-me',
  'secret',
  'admin',
  'root',
];

const known = new Set<string>();
let longestFirst: readonly string[] = [];

/** From now on this value is masked wherever it appears: as it is, in a URL, in JSON, in base64 and in hex. */
export function registerSecret(value: string): void {
  if (value.length < SHORTEST_SECRET || WELL_KNOWN_PASSWORDS.includes(value.toLowerCase())) return;
  const forms = [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    Buffer.from(value).toString('hex'),
    ...base64Of(value),
  ];
  for (const form of forms) known.add(form);
  longestFirst = [...known].sort((a, b) => b.length - a.length);
}

/**
 * A text in base64 by itself, and its part of the base64 of a longer one, as `AUTH PLAIN` and `Basic` have it: what does not hang
 * on its neighbours, for each of the three places that it can begin at.
 */
function base64Of(value: string): string[] {
  const inside = [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
    const from = Math.ceil((before * 8) / 6);
    return bytes.toString('base64').slice(from, Math.floor((bytes.length * 8) / 6));
  });
  const alone = Buffer.from(value)
    .toString('base64')
    .replace(/={1,2}$/, '');
  return [alone, ...inside].flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

/** Passwords that a URL holds, before its host or as a parameter; none where it is no URL. */
export function passwordsIn(text: string): readonly string[] {
  if (!URL.canParse(text)) return [];
  const { password, searchParams } = new URL(text);
  const inQuery = [...searchParams].filter(([name]) => NAMES_A_SECRET.test(name)).map(([, value]) => value);
  return [password, decoded(password), ...inQuery].filter((each) => each !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone % is a character like any other: then the password is what was typed.
    return text;
  }
}

/** Ends of names whose value is nobody's business. */
const NAMES = String.raw`pass(?:word|wd|phrase)|secret|token|(?<![a-z])t?otp|api[_-]?key|recovery[_-]?codes?`;
const NAMES_A_SECRET = new RegExp(`(?:${NAMES}|^(?:authorization|cookie|set-cookie))$`, 'i');

/** A text between quotes, which may be escaped themselves where JSON holds JSON. */
const QUOTED = String.raw`\\+"(?:[^\\\r\n]|\\+(?![\\"]))*\\+"|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`;

type Rule = readonly [pattern: RegExp, masked: string | ((...parts: string[]) => string)];

/** @param value with its quotes, each behind as many backslashes as it has */
function inQuotes(value: string): string {
  const [opening = ''] = /^\\*["']/.exec(value) ?? [];
  let closing = value.length - 1;
  while (closing > opening.length && value[closing - 1] === '\\') closing -= 1;
  return opening + MASK + value.slice(closing);
}

/** `keeper%3Aword%40host%2F…`: up to the last @ there is, for a password may hold one, and a slash. */
function withoutEscapedPassword(text: string): string {
  const colon = text.toUpperCase().indexOf('%3A');
  const at = text.lastIndexOf('%40');
  return colon === -1 || at < colon ? text : text.slice(0, colon + '%3A'.length) + MASK + text.slice(at);
}

/** Each goes over a text in a time that grows with its length alone: strangers choose what stands in it. */
export const RULES: readonly Rule[] = [
  // `postgres://keeper:word@host`: all up to the last @ before a slash, for a password may hold one.
  [/(:\/\/[^\s/?#"'<>:@]*):[^\s/"'<>]*@/g, `$1:${MASK}@`],
  // The same where a URL is a parameter of another one.
  [
    /%3A%2F%2F[^\s&"']+/gi,
    (urls) =>
      urls
        .split(/(?<=%3A%2F%2F)/i)
        .map(withoutEscapedPassword)
        .join(''),
  ],
  // Headers, as a line and as a property: all that follows.
  [
    new RegExp(
      String.raw`((?:authorization|cookie|x-api-key)\\*["']?\s*[:=]\s*)(?:(${QUOTED})|(?:[^\r\n"]|"[^"\r\n]*"(?=;|$))+)`,
      'gim',
    ),
    (_, before = '', quoted) => before + (quoted === undefined ? MASK : inQuotes(quoted)),
  ],
  [/\b(Bearer\s+)(?!\*)[^\s"'\\,;]+/g, `$1${MASK}`],
  [/\b((?:bearer|basic)\s+)(?=[a-z._~+/=-]*\d)[\w.~+/=-]{12,}/gi, `$1${MASK}`],
  // Our own keys and tokens. The public part of a key says which one it was.
  [/(?<![A-Za-z])(isk_[a-z0-9]{1,16}_[A-Za-z0-9]{8}_)[\w-]+/g, `$1${MASK}`],
  [/(?<![A-Za-z])isk_(?![a-z0-9]{1,16}_[A-Za-z0-9]{8}(?![A-Za-z0-9-]))[\w-]{8,}/g, `isk_${MASK}`],
  [/(?<![A-Za-z])(is[lsd]_)[\w-]{8,}/g, `$1${MASK}`],
  [/(\$argon2[a-z]*\$)[^\s"')\\]+/g, `$1${MASK}`],
  // JSON, and how Node prints an object. A list is masked whole.
  [
    new RegExp(
      String.raw`((?:${NAMES})(?:\\*["']\s*[:=]|\s*:(?=\s*\\*["']))\s*)` +
        String.raw`(?:(${QUOTED})|(\[[^\]]*\]?)|(?!(?:true|false|null|undefined)\b)[^\s,;{}[\]"'\\]+)`,
      'gi',
    ),
    (_, before = '', quoted, list) =>
      before + (quoted !== undefined ? inQuotes(quoted) : list !== undefined ? `[${MASK}]` : MASK),
  ],
  // A quote that is never closed: the line was cut.
  [new RegExp(String.raw`((?:${NAMES})\\*["']?\s*:\s*\\*["'])(?!\*)[^"'\\\r\n]+$`, 'gim'), `$1${MASK}`],
  [/("(?:code|otp)"\s*:\s*"?)\d{6,8}\b/g, `$1${MASK}`],
  // Queries, forms, environments.
  [
    new RegExp(String.raw`((?:${NAMES})=)(?:(${QUOTED})|[^\s&;,"'<>)\]}\\]+)`, 'gi'),
    (_, before = '', quoted) => before + (quoted === undefined ? MASK : inQuotes(quoted)),
  ],
  [/([?&](?:code|session|key|sig|signature)=)[^\s&"'<>)\\]+/gi, `$1${MASK}`],
  // PostgreSQL's details: `Key (token)=(…) already exists`.
  [new RegExp(String.raw`((?:${NAMES}|hash)\)=\()[^)]*`, 'gi'), `$1${MASK}`],
];

/** The text with everything masked that may open something. */
export function masked(text: string): string {
  let result = text;
  for (const secret of longestFirst) result = result.replaceAll(secret, MASK);
  for (const [pattern, replacement] of RULES) {
    result =
      typeof replacement === 'string'
        ? result.replace(pattern, replacement)
        : result.replace(pattern, replacement);
  }
  return result;
}

/** A value as JSON would have it, with every text in it masked, and by its name what is a secret by name. */
export function maskedValue(value: unknown): unknown {
  if (value === undefined) return undefined;
  const text = JSON.stringify(value, (name, part: unknown) => {
    const isText = typeof part === 'string';
    if (NAMES_A_SECRET.test(name) && (isText || typeof part === 'number' || Array.isArray(part))) return MASK;
    return isText ? masked(part) : part;
  });
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}

/** Control characters, line ends of Unicode, and those that turn the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** The frames of a stack begin like this; nobody takes such a line for one of the log. */
const FRAME = /(\n {4,}at [^\n\r]*)/;

/**
 * A text as one line of a log, masked. What would begin a line of its own, or paint the terminal, is escaped, so that
 * nobody outside writes lines into our logs.
 */
export function logLine(text: string): string {
  return masked(text)
    .split(FRAME)
    .map((piece, at) => (at % 2 === 1 ? `\n${escaped(piece.slice(1))}` : escaped(piece)))
    .join('');
}

function escaped(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\r') return '\\r';
    if (character === '\t') return '\\t';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
