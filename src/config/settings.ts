import { resolve } from 'node:path';
import { BadRequestError, ConfigurationError } from '../common/errors.js';
import { isMic } from '../domain/mic.js';
import { parseLetters } from '../domain/profile.js';

/** One setting: its name in the environment, what it is for, and how its text becomes a value. */
export interface Setting<Value> {
  readonly name: string;
  readonly default: string;
  readonly help: string;
  /** @throws Error with what was expected, when the text is not a value. */
  readonly parse: (text: string) => Value;
}

export const ROLES = ['web', 'scheduler', 'worker'] as const;
export type Role = (typeof ROLES)[number];

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

function setting<Value>(
  name: string,
  defaultText: string,
  help: string,
  parse: (text: string) => Value,
): Setting<Value> {
  return { name, default: defaultText, help, parse };
}

/** All there is to set, in the order of the README's table; a test keeps the two equal. */
export const SETTINGS = {
  home: setting(
    'ISINGLASS_HOME',
    '.isinglass',
    'Directory of the embedded database, the files and their logs.',
    (text) => resolve(text),
  ),
  databaseUrl: setting(
    'DATABASE_URL',
    '',
    'A PostgreSQL 15 or newer to use instead of the embedded one: `postgres://user:password@host:port/name`.',
    optional(url('postgres:', 'postgresql:')),
  ),
  host: setting(
    'HOST',
    '127.0.0.1',
    'Address to listen on. Only loopback is accepted until sign-in exists.',
    (text) => expected(LOOPBACK.test(text), text, 'a loopback address such as 127.0.0.1'),
  ),
  port: setting('PORT', '3000', 'Port to listen on; 0 takes any free one.', wholeNumber(0, 65_535)),
  roles: setting(
    'ISINGLASS_ROLES',
    'web,scheduler,worker',
    'What this process does: any of `web`, `scheduler`, `worker`.',
    parseRoles,
  ),
  parallelLoads: setting(
    'ISINGLASS_PARALLEL_LOADS',
    '2',
    'How many files one process loads at once.',
    wholeNumber(1, 64),
  ),
  leaseSeconds: setting(
    'ISINGLASS_LEASE_SECONDS',
    '30',
    'How long a step stays with a worker that is not heard of; all processes need the same.',
    wholeNumber(2, 600),
  ),
  sources: setting(
    'ISINGLASS_SOURCES',
    '',
    'Switches sources on (`+in-nse-equities`) or off (`-xx-iso-mic`), comma-separated; others keep their default.',
    parseSwitches,
  ),
  letters: setting(
    'ISINGLASS_PROFILE',
    'shares,funds',
    'What is taken of lists of millions (FIRDS): `shares`, `funds`, `bonds`, `rights`, `options`, `futures`, `swaps`, `structured`, `spot`, `forwards`, first letters of a CFI, or `all`.',
    parseLetters,
  ),
  mics: setting(
    'ISINGLASS_VENUES',
    '',
    'Which venues are taken of lists of millions: MICs, comma-separated; empty for all.',
    parseMics,
  ),
  keepWeeks: setting(
    'ISINGLASS_KEEP_WEEKS',
    '2',
    'For how many weeks the files of lists of millions are kept.',
    wholeNumber(0, 520),
  ),
  mirrorUrl: setting(
    'ISINGLASS_MIRROR_URL',
    '',
    'Fetch `https://host/path` as `<mirror>/host/path`: a company mirror, or the simulated publisher.',
    optional(url('http:', 'https:')),
  ),
  filesDirectory: setting(
    'ISINGLASS_FILES',
    '',
    'Directory of the publishers’ files; empty for `files` below `ISINGLASS_HOME`.',
    optional((text) => resolve(text)),
  ),
  logLevel: setting(
    'ISINGLASS_LOG_LEVEL',
    'info',
    'How much is logged: `error`, `warn`, `info` or `debug`.',
    (text) => oneOf(text, ['error', 'warn', 'info', 'debug'] as const),
  ),
} as const;

/** The settings as values; see {@link SETTINGS}. */
export type Config = { readonly [Key in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[Key]['parse']> };

/** Injection token of the {@link Config}. */
export const CONFIG = Symbol('Config');

/**
 * Reads and checks all settings at once.
 * @throws ConfigurationError SETTING_INVALID naming every setting that is wrong.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const wrong: string[] = [];
  const entries = Object.entries(SETTINGS).map(([key, { name, default: defaultText, parse }]) => {
    const text = environment[name]?.trim() || defaultText;
    try {
      return [key, parse(text)];
    } catch (cause) {
      wrong.push(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`);
      return [key, undefined];
    }
  });
  if (wrong.length > 0) {
    throw new ConfigurationError(
      'SETTING_INVALID',
      wrong.join('; '),
      'Correct the setting; the README lists them all with their defaults.',
    );
  }
  return Object.fromEntries(entries) as Config;
}

/**
 * Is a source switched on?
 * @param switches as of `ISINGLASS_SOURCES`
 */
export function isSourceOn(
  source: { readonly id: string; readonly onByDefault: boolean },
  switches: Config['sources'],
): boolean {
  return switches.get(source.id) ?? source.onByDefault;
}

/**
 * Roles as a person types them: `web,scheduler`.
 * @throws BadRequestError ROLE_UNKNOWN
 */
export function parseRoles(text: string): readonly Role[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !ROLES.includes(name as Role));
  if (unknown.length > 0) {
    throw new BadRequestError(
      'ROLE_UNKNOWN',
      `"${unknown.join(',')}" is no role; expected any of ${ROLES.join(', ')}`,
      'Name roles separated by commas, for example web,scheduler.',
    );
  }
  return ROLES.filter((role) => names.includes(role));
}

function parseSwitches(text: string): ReadonlyMap<string, boolean> {
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

function parseMics(text: string): readonly string[] | null {
  const mics = text
    .split(',')
    .map((item) => item.trim().toUpperCase())
    .filter(Boolean)
    .map((item) => expected(isMic(item), item, 'a MIC such as XPAR'));
  return mics.length === 0 ? null : mics;
}

function expected(isRight: boolean, text: string, what: string): string {
  if (!isRight) throw new Error(`"${text}" is not ${what}`);
  return text;
}

function optional<Value>(parse: (text: string) => Value): (text: string) => Value | undefined {
  return (text) => (text === '' ? undefined : parse(text));
}

function url(...protocols: readonly string[]): (text: string) => string {
  return (text) => {
    const isRight = URL.canParse(text) && protocols.includes(new URL(text).protocol);
    // A URL may hold a password: it is never repeated in a message.
    if (!isRight) throw new Error(`expected a URL that begins with ${protocols.join('// or ')}//`);
    return text.replace(/\/+$/, '');
  };
}

function wholeNumber(min: number, max: number): (text: string) => number {
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

function oneOf<Choice extends string>(text: string, choices: readonly Choice[]): Choice {
  return expected(choices.includes(text as Choice), text, `one of ${choices.join(', ')}`) as Choice;
}
