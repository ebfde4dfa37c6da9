import { resolve } from 'node:path';
import { BadRequestError, ConfigurationError } from '../common/errors.js';
import { passwordsIn, registerSecret } from '../common/secrets.js';
import { isMic } from '../domain/mic.js';
import { parseLetters } from '../domain/profile.js';
import { USER_ROLES, type UserRole } from '../domain/user-role.js';
import {
  isLoopback,
  parseHost,
  parseIssuer,
  parseMailAddress,
  parseMailServer,
  parseOrigin,
  parseOrigins,
  parseProxies,
  url,
} from './address-values.js';
import { textOf } from './secret-files.js';
import { parseKey, secretText } from './secret-values.js';
import { expected, itemsOf, oneOf, optional, wholeNumber, yesOrNo } from './setting-values.js';

/** One setting: its name in the environment, what it is for, and how its text becomes a value. */
export interface Setting<Value> {
  readonly name: string;
  readonly default: string;
  readonly help: string;
  /** May lie in a file (`<name>_FILE`), and is shown to nobody. */
  readonly isSecret: boolean;
  /** @throws Error with what was expected, when the text is not a value. */
  readonly parse: (text: string) => Value;
}

export const ROLES = ['web', 'scheduler', 'worker'] as const;
export type Role = (typeof ROLES)[number];

/** So that nobody guesses it in the hour it is good for. */
const SETUP_TOKEN_LENGTH = 20;

function setting<Value>(
  name: string,
  defaultText: string,
  help: string,
  parse: (text: string) => Value,
): Setting<Value> {
  return { name, default: defaultText, help, isSecret: false, parse };
}

/** A setting that is empty by default; `parse` never repeats its text. */
function secret<Value>(
  name: string,
  help: string,
  parse: (text: string) => Value,
): Setting<Value | undefined> {
  return { name, default: '', help, isSecret: true, parse: optional(parse) };
}

/** All there is to set, in the order of the README's table; a test keeps the two equal. */
export const SETTINGS = {
  home: setting(
    'ISINGLASS_HOME',
    '.isinglass',
    'Directory of the embedded database, the files and their logs.',
    (text) => resolve(text),
  ),
  databaseUrl: secret(
    'DATABASE_URL',
    'A PostgreSQL 15 or newer to use instead of the embedded one: `postgres://user:password@host:port/name`.',
    url('postgres:', 'postgresql:'),
  ),
  embeddedDatabase: setting(
    'ISINGLASS_EMBEDDED_DATABASE',
    '',
    'In production: use the embedded PostgreSQL although it is meant for trying (`yes`, `no`).',
    yesOrNo,
  ),
  production: setting(
    'NODE_ENV',
    'development',
    '`production` starts only with a safe configuration (`npx isinglass check --deploy`), and may then be reached from other machines; `development` and `test` are for this machine alone.',
    (text) => oneOf(text, ['development', 'test', 'production'] as const) === 'production',
  ),
  host: setting(
    'HOST',
    '127.0.0.1',
    'Address to listen on; only with `NODE_ENV=production` another than loopback.',
    parseHost,
  ),
  port: setting('PORT', '3000', 'Port to listen on; 0 takes any free one.', wholeNumber(0, 65_535)),
  publicUrl: setting(
    'ISINGLASS_PUBLIC_URL',
    '',
    'Where people reach this house: `https://isin.example`, without a path.',
    optional(parseOrigin),
  ),
  trustProxy: setting(
    'ISINGLASS_TRUST_PROXY',
    '',
    'Whose `X-Forwarded-For` is believed: how many proxies stand before this process (`1`), or their addresses and networks, comma-separated; empty for nobody’s.',
    parseProxies,
  ),
  corsOrigins: setting(
    'ISINGLASS_CORS_ORIGINS',
    '',
    'Origins whose pages may ask the API, comma-separated; empty for none.',
    parseOrigins,
  ),
  publicRead: setting(
    'PUBLIC_READ',
    'no',
    'Anybody may read instruments without an account (`yes`, `no`).',
    yesOrNo,
  ),
  setupToken: secret(
    'ISINGLASS_SETUP_TOKEN',
    'What whoever sets up the first account has to know, 20 characters or more; left empty, one is made and logged at start.',
    secretText(SETUP_TOKEN_LENGTH),
  ),
  secretKey: secret(
    'ISINGLASS_SECRET_KEY',
    'Encrypts second factors: 32 random bytes as 64 hex digits or base64; left empty, one is made and kept in `ISINGLASS_HOME`.',
    parseKey,
  ),
  secondFactorRoles: setting(
    'ISINGLASS_SECOND_FACTOR',
    '',
    'Roles that must use a second factor, comma-separated: `viewer`, `steward`, `admin`.',
    parseUserRoles,
  ),
  oidcIssuer: setting(
    'ISINGLASS_OIDC_ISSUER',
    '',
    'Provider of OpenID Connect that people may sign in by: `https://login.example`.',
    optional(parseIssuer),
  ),
  oidcClientId: setting(
    'ISINGLASS_OIDC_CLIENT_ID',
    '',
    'What the provider calls this house.',
    optional((text) =>
      expected(/^[\x21-\x7e]{1,255}$/.test(text), text, 'an id without blanks, of at most 255 characters'),
    ),
  ),
  oidcClientSecret: secret(
    'ISINGLASS_OIDC_CLIENT_SECRET',
    'What this house shows the provider.',
    secretText(1),
  ),
  oidcNewUsers: setting(
    'ISINGLASS_OIDC_NEW_USERS',
    '',
    'Role of those who sign in by the provider and were not invited: `viewer` or `steward`; empty: only who was invited.',
    optional((text) => oneOf(text, ['viewer', 'steward'] as const)),
  ),
  smtpUrl: secret(
    'ISINGLASS_SMTP_URL',
    'Server that invitations and links are mailed by: `smtps://user:password@host:465`; empty: an admin hands them over.',
    parseMailServer,
  ),
  mailFrom: setting(
    'ISINGLASS_MAIL_FROM',
    '',
    'Sender of these mails: `isinglass@company.example`.',
    optional(parseMailAddress),
  ),
  keyRequestsPerMinute: setting(
    'ISINGLASS_KEY_REQUESTS_PER_MINUTE',
    '600',
    'How many requests an API key may make in a minute.',
    wholeNumber(1, 100_000),
  ),
  keyRequestsPerDay: setting(
    'ISINGLASS_KEY_REQUESTS_PER_DAY',
    '100000',
    'How many requests an API key may make in a day.',
    wholeNumber(1, 100_000_000),
  ),
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
  keepFilesDays: setting(
    'ISINGLASS_KEEP_FILES_DAYS',
    '365',
    'For how many days the files of all other lists are kept; the one published last stays.',
    wholeNumber(1, 36_500),
  ),
  keepRunsDays: setting(
    'ISINGLASS_KEEP_RUNS_DAYS',
    '90',
    'For how many days runs are kept, with their steps, findings, rejects and drift; those that published stay.',
    wholeNumber(1, 36_500),
  ),
  keepLogDays: setting(
    'ISINGLASS_KEEP_LOG_DAYS',
    '30',
    'For how many days the lines of the logs of runs are kept.',
    wholeNumber(1, 36_500),
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
 * Reads and checks all settings at once. Their secrets are masked from then on.
 * @throws ConfigurationError SETTING_INVALID naming every setting that is wrong.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const wrong: string[] = [];
  const entries = Object.entries(SETTINGS).map(([key, setting]) => {
    try {
      const text = textOf(setting, environment);
      keepSecret(text, setting.isSecret);
      return [key, setting.parse(text || setting.default)];
    } catch (cause) {
      wrong.push(`${setting.name}: ${cause instanceof Error ? cause.message : String(cause)}`);
      return [key, undefined];
    }
  });
  const config = Object.fromEntries(entries) as Config;
  wrong.push(...contradictionsIn(config));
  if (wrong.length > 0) {
    throw new ConfigurationError(
      'SETTING_INVALID',
      wrong.join('; '),
      'Correct the setting; the README lists them all with their defaults.',
    );
  }
  return config;
}

/** Of a URL only its password is a secret: the rest tells an operator where something is. */
function keepSecret(text: string, isSecret: boolean): void {
  for (const password of passwordsIn(text)) registerSecret(password);
  if (isSecret && !/^[a-z]+:\/\//i.test(text)) registerSecret(text);
}

/** What is wrong with settings that are right each by itself; those that are not are left out. */
function contradictionsIn({
  production,
  host,
  oidcIssuer,
  oidcClientId,
}: Partial<Config>): readonly string[] {
  const found: string[] = [];
  if (production === false && host !== undefined && !isLoopback(host)) {
    found.push(
      `${SETTINGS.host.name}: "${host}" can be reached from other machines; set ${SETTINGS.production.name}=production, which then asks for a safe configuration, or take a loopback address such as 127.0.0.1`,
    );
  }
  if (oidcIssuer !== undefined && oidcClientId === undefined) {
    found.push(`${SETTINGS.oidcClientId.name}: is needed with ${SETTINGS.oidcIssuer.name}`);
  }
  return found;
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

function parseUserRoles(text: string): readonly UserRole[] {
  const names = itemsOf(text).map((name) => oneOf(name, USER_ROLES));
  return USER_ROLES.filter((role) => names.includes(role));
}

function parseSwitches(text: string): ReadonlyMap<string, boolean> {
  return new Map(
    itemsOf(text).map((item) => [
      expected(/^[+-][a-z0-9-]+$/.test(item), item, '+source-id or -source-id').slice(1),
      item.startsWith('+'),
    ]),
  );
}

function parseMics(text: string): readonly string[] | null {
  const mics = itemsOf(text)
    .map((item) => item.toUpperCase())
    .map((item) => expected(isMic(item), item, 'a MIC such as XPAR'));
  return mics.length === 0 ? null : mics;
}
