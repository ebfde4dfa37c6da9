import { isIP } from 'node:net';
import { isMic } from '../domain/mic.js';
import { isUserRole, USER_ROLES, type UserRole } from '../domain/user-role.js';

/** One setting: its name in the environment, what it is for, and how its text becomes a value. */
export interface Setting<Value> {
  readonly name: string;
  readonly default: string;
  readonly help: string;
  /** It may come from a file, `<name>_FILE`, and is masked wherever text is written. */
  readonly isSecret: boolean;
  /** @throws Error with what was expected, when the text is not a value; never with the text of a secret */
  readonly parse: (text: string) => Value;
}

export function setting<Value>(
  name: string,
  defaultText: string,
  help: string,
  parse: (text: string) => Value,
  { isSecret = false } = {},
): Setting<Value> {
  return { name, default: defaultText, help, isSecret, parse };
}

export function parseSwitches(text: string): ReadonlyMap<string, boolean> {
  const switches = text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
  return new Map(
    switches.map((item) => [
      expected(/^[+-][a-z0-9-]+$/.test(item), item, '+source-id or -source-id').slice(1),
      item.startsWith('+'),
    ]),
  );
}

export function parseMics(text: string): readonly string[] | null {
  const mics = text
    .split(',')
    .map((item) => item.trim().toUpperCase())
    .filter(Boolean)
    .map((item) => expected(isMic(item), item, 'a MIC such as XPAR'));
  return mics.length === 0 ? null : mics;
}

export function expected(isRight: boolean, text: string, what: string): string {
  if (!isRight) throw new Error(`"${text}" is not ${what}`);
  return text;
}

export function optional<Value>(parse: (text: string) => Value): (text: string) => Value | undefined {
  return (text) => (text === '' ? undefined : parse(text));
}

export function url(...protocols: readonly string[]): (text: string) => string {
  return (text) => {
    const isRight = URL.canParse(text) && protocols.includes(new URL(text).protocol);
    // A URL may hold a password: it is never repeated in a message.
    if (!isRight) throw new Error(`expected a URL that begins with ${protocols.join('// or ')}//`);
    return text.replace(/\/+$/, '');
  };
}

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    expected(
      /^\d+$/.test(text) && value >= min && value <= max,
      text,
      `a whole number from ${min} to ${max}`,
    );
    return value;
  };
}

export function oneOf<Choice extends string>(text: string, choices: readonly Choice[]): Choice {
  return expected(choices.includes(text as Choice), text, `one of ${choices.join(', ')}`) as Choice;
}

export function yesOrNo(text: string): boolean {
  return oneOf(text, ['yes', 'no'] as const) === 'yes';
}

export function longerThan(text: string, least: number): string {
  // It is a secret: not repeated.
  if (text.length < least) throw new Error(`expected ${least} characters or more`);
  return text;
}

export function parseAddress(text: string): string {
  return expected(isIP(text) !== 0 || text === 'localhost', text, 'an address such as 127.0.0.1');
}

/** `https://isin.example.com`, without a path. */
export function parseOrigin(text: string): string {
  const isUrl = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (!isUrl || new URL(text).origin !== text.replace(/\/$/, '')) {
    throw new Error('expected an address like https://isin.example.com, without a path');
  }
  return new URL(text).origin;
}

export function parseOrigins(text: string): readonly string[] {
  return listOf(text).map(parseOrigin);
}

/** How many proxies, or who they are; `false` for none. */
export function parseProxies(text: string): false | number | readonly string[] {
  if (text === '') return false;
  if (/^\d+$/.test(text)) return wholeNumber(1, 10)(text);
  return listOf(text).map((item) =>
    expected(isNetwork(item), item, 'a number of proxies, an address or a network such as 10.0.0.0/8'),
  );
}

/** Networks that hold everybody would believe anybody. */
function isNetwork(text: string): boolean {
  const [address = '', mask, more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more !== undefined) return false;
  return (
    mask === undefined ||
    (/^\d{1,3}$/.test(mask) && Number(mask) >= 8 && Number(mask) <= (family === 4 ? 32 : 128))
  );
}

/** 32 bytes as 64 hex digits; those that nobody drew at random are refused. */
export function parseKey(text: string): Buffer {
  const bytes = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
  if (bytes === undefined) throw new Error('expected 64 hex digits: openssl rand -hex 32');
  // Of 32 random bytes some 30 are different.
  if (new Set(bytes).size < 20) throw new Error('it was not drawn at random: openssl rand -hex 32');
  return bytes;
}

export function parseEmail(text: string): string {
  return expected(/^[^\s@<>"]+@[^\s@<>"]+$/.test(text), text, 'an e-mail address');
}

/** An issuer says who people are, so nobody on the way may say it instead; on this machine nobody is on the way. */
export function parseIssuer(text: string): string {
  const isUrl = URL.canParse(text);
  const { protocol, hostname } = isUrl ? new URL(text) : { protocol: '', hostname: '' };
  const isLocal = protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
  return expected(protocol === 'https:' || isLocal, text, 'an https:// URL');
}

export function parseUserRoles(text: string): readonly UserRole[] {
  const names = listOf(text).map((name) =>
    expected(isUserRole(name), name, `one of ${USER_ROLES.join(', ')}`),
  );
  return USER_ROLES.filter((role) => names.includes(role));
}

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
