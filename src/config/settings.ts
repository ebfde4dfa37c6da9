import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BadRequestError, ConfigurationError } from '../common/errors.js';
import { keepSecret } from '../common/secrets.js';
import { parseLetters } from '../domain/profile.js';
import {
  longerThan,
  oneOf,
  optional,
  parseAddress,
  parseEmail,
  parseIssuer,
  parseKey,
  parseMics,
  parseOrigin,
  parseOrigins,
  parseProxies,
  parseSwitches,
  parseUserRoles,
  setting,
  url,
  wholeNumber,
  yesOrNo,
  type Setting,
} from './setting.js';

export const ROLES = ['web', 'scheduler', 'worker'] as const;
export type Role = (typeof ROLES)[number];

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
    { isSecret: true },
  ),
  host: setting(
    'HOST',
    '127.0.0.1',
    'Address to listen on; another one than loopback only with `NODE_ENV=production`.',
    parseAddress,
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
  production: setting(
    'NODE_ENV',
    'development',
    'With `production` a house starts only when it is safe to be reached by others: see “Before others come in”.',
    (text) => oneOf(text, ['development', 'test', 'production'] as const) === 'production',
  ),
  publicUrl: setting(
    'ISINGLASS_PUBLIC_URL',
    '',
    'How people reach the house: `https://isin.example.com`. Cookies, links and the check of hosts follow it.',
    optional(parseOrigin),
  ),
  publicRead: setting(
    'PUBLIC_READ',
    'no',
    'May anybody read instruments, without a key? `yes` or `no`.',
    yesOrNo,
  ),
  trustProxy: setting(
    'ISINGLASS_TRUST_PROXY',
    '',
    'Whose `X-Forwarded-For` is believed: how many proxies stand before the house, or their addresses and networks.',
    parseProxies,
  ),
  corsOrigins: setting(
    'ISINGLASS_CORS_ORIGINS',
    '',
    'Sites whose pages may ask the API with a key: exact origins, comma-separated.',
    parseOrigins,
  ),
  secretKey: setting(
    'ISINGLASS_SECRET_KEY',
    '',
    'Encrypts second factors: 64 hex digits, the same for all processes. Empty: one is made and kept in `ISINGLASS_HOME`.',
    optional(parseKey),
    { isSecret: true },
  ),
  setupToken: setting(
    'ISINGLASS_SETUP_TOKEN',
    '',
    'Makes the first admin, 20 characters or more; empty: a process prints a link while there is none.',
    optional((text) => longerThan(text, 20)),
    { isSecret: true },
  ),
  secondFactorRoles: setting(
    'ISINGLASS_SECOND_FACTOR',
    '',
    'Who must have a second factor: any of `viewer`, `steward`, `admin`.',
    parseUserRoles,
  ),
  keyRequestsPerMinute: setting(
    'ISINGLASS_KEY_REQUESTS_PER_MINUTE',
    '600',
    'How often an API key may ask in a minute.',
    wholeNumber(1, 1_000_000),
  ),
  keyRequestsPerDay: setting(
    'ISINGLASS_KEY_REQUESTS_PER_DAY',
    '100000',
    'How often an API key may ask in a day (UTC).',
    wholeNumber(1, 1_000_000_000),
  ),
  smtpUrl: setting(
    'ISINGLASS_SMTP_URL',
    '',
    'Server that sends invitations and links: `smtps://user:password@host:465`. Empty: links are shown to the admin.',
    optional(url('smtp:', 'smtps:')),
    { isSecret: true },
  ),
  mailFrom: setting('ISINGLASS_MAIL_FROM', '', 'Address from which mail is sent.', optional(parseEmail)),
  oidcIssuer: setting(
    'ISINGLASS_OIDC_ISSUER',
    '',
    'OpenID Connect provider by which people sign in: the URL of its issuer.',
    optional(parseIssuer),
  ),
  oidcClientId: setting(
    'ISINGLASS_OIDC_CLIENT_ID',
    '',
    'Under which name the provider knows the house.',
    optional((text) => text),
  ),
  oidcClientSecret: setting(
    'ISINGLASS_OIDC_CLIENT_SECRET',
    '',
    'The secret that the provider gave for it.',
    optional((text) => text),
    { isSecret: true },
  ),
  oidcNewUsers: setting(
    'ISINGLASS_OIDC_NEW_USERS',
    '',
    'Role of those who sign in by the provider and were not invited, `viewer` or `steward`; empty: they are not let in.',
    optional((text) => oneOf(text, ['viewer', 'steward'] as const)),
  ),
  embeddedDatabase: setting(
    'ISINGLASS_EMBEDDED_DATABASE',
    'no',
    'With `NODE_ENV=production`: use the embedded PostgreSQL although it is meant for trying. `yes` or `no`.',
    yesOrNo,
  ),
} as const;

/** The settings as values; see {@link SETTINGS}. */
export type Config = { readonly [Key in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[Key]['parse']> };

/** Injection token of the {@link Config}. */
export const CONFIG = Symbol('Config');

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks all settings at once.
 * @throws ConfigurationError SETTING_INVALID naming every setting that is wrong.
 */
export function readConfig(environment: Environment = process.env): Config {
  const wrong: string[] = [];
  const entries = Object.entries(SETTINGS).map(([key, setting]) => {
    try {
      return [key, setting.parse(textOf(setting, environment))];
    } catch (cause) {
      wrong.push(`${setting.name}: ${cause instanceof Error ? cause.message : String(cause)}`);
      return [key, undefined];
    }
  });
  const config = Object.fromEntries(entries) as Partial<Config> as Config;
  if (config.production === false && !LOOPBACK.test(config.host ?? '::1')) {
    wrong.push(
      `HOST: ${config.host} can be reached by others, and a house that is not safe for that listens on loopback only; set NODE_ENV=production, which asks for what is missing`,
    );
  }
  if (wrong.length > 0) {
    throw new ConfigurationError(
      'SETTING_INVALID',
      wrong.join('; '),
      'Correct the setting; the README lists them all with their defaults.',
    );
  }
  for (const setting of Object.values(SETTINGS)) {
    if (setting.isSecret) keepSecret(textOf(setting, environment));
  }
  return config;
}

/** A secret may be in a file instead: what is in the environment is seen by every child and in many dumps. */
function textOf(
  { name, default: defaultText, isSecret }: Setting<unknown>,
  environment: Environment,
): string {
  const text = environment[name]?.trim();
  const path = isSecret ? environment[`${name}_FILE`]?.trim() : undefined;
  if (!path) return text || defaultText;
  if (text) throw new Error(`it is set twice, and by ${name}_FILE`);
  try {
    return readFileSync(path, 'utf8').trim() || defaultText;
  } catch (cause) {
    throw new Error(`${name}_FILE: ${path} cannot be read`, { cause });
  }
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
