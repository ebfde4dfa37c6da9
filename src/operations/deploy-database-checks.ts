import { WELL_KNOWN_PASSWORDS } from '../common/secrets.js';
import { hostOf, isLoopback } from '../config/address-values.js';
import type { DeployCheck } from './deployment.js';
import { wrong } from './system-checks.js';

const SHORTEST_PASSWORD = 12;
/** `postgres2026` is guessed as fast as `postgres`. */
const LONGEST_REST = 4;
/** `sslmode` with which the server has to show who it is, or at least encrypts. */
const ENCRYPTED = ['require', 'verify-ca', 'verify-full'];

interface DatabaseAddress {
  readonly user: string;
  readonly password: string;
  /** Empty, or a directory, where it is reached by a socket. */
  readonly host: string;
  readonly parameters: URLSearchParams;
}

function addressOf(databaseUrl: string): DatabaseAddress {
  const url = new URL(databaseUrl);
  return {
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password) || (url.searchParams.get('password') ?? ''),
    host: url.searchParams.get('host') ?? decodeURIComponent(hostOf(url)),
    parameters: url.searchParams,
  };
}

/** On this machine, by a socket, the server asks the kernel who we are. */
const isSocket = ({ host }: DatabaseAddress): boolean => host === '' || host.startsWith('/');

/** What `check --deploy` asks of the database; without `DATABASE_URL` only whether it is wanted so. */
export const DATABASE_CHECKS: readonly DeployCheck[] = [
  {
    id: 'deploy.embedded',
    promise: 'the database is one that is backed up and watched, or the embedded one is wanted',
    look: ({ config }) =>
      config.databaseUrl !== undefined || config.embeddedDatabase
        ? null
        : wrong(
            'error',
            'the embedded PostgreSQL is meant for trying: nobody backs it up, and one machine has it',
            'Set DATABASE_URL_FILE, or ISINGLASS_EMBEDDED_DATABASE=yes if it is wanted.',
          ),
  },
  {
    id: 'deploy.database-password',
    promise: 'nobody guesses the password of the database',
    look({ config }) {
      if (config.databaseUrl === undefined) return null;
      const address = addressOf(config.databaseUrl);
      const { user, password, parameters } = address;
      if (password === '' && (isSocket(address) || parameters.has('sslcert'))) return null;
      const isWeak =
        password.length < SHORTEST_PASSWORD ||
        password.toLowerCase() === user.toLowerCase() ||
        WELL_KNOWN_PASSWORDS.some(
          (word) => password.toLowerCase().replaceAll(word, '').length <= LONGEST_REST,
        );
      if (!isWeak) return null;
      return wrong(
        'error',
        password === ''
          ? 'DATABASE_URL has no password'
          : `the password in DATABASE_URL is a common one, the name of the user, or shorter than ${SHORTEST_PASSWORD} characters`,
        'Give the role another: openssl rand -hex 24, then ALTER ROLE … PASSWORD.',
      );
    },
  },
  {
    id: 'deploy.database-tls',
    promise: 'the way to the database is encrypted, or stays on this machine',
    look({ config }) {
      if (config.databaseUrl === undefined) return null;
      const address = addressOf(config.databaseUrl);
      const mode = address.parameters.get('sslmode') ?? '';
      if (isSocket(address) || isLoopback(address.host) || ENCRYPTED.includes(mode)) return null;
      return wrong(
        'warning',
        `what goes to the database on ${address.host} is not encrypted for certain`,
        'Add ?sslmode=verify-full to DATABASE_URL, unless the network is the database’s alone.',
      );
    },
  },
  {
    id: 'deploy.database-role',
    promise: 'the role of the database may no more than it needs',
    async look({ config, rightsOfRole }) {
      if (config.databaseUrl === undefined) return null;
      const { name, excessive } = await rightsOfRole(config.databaseUrl);
      if (excessive.length === 0) return null;
      return wrong(
        'error',
        `the role ${name} of the database is ${excessive.join(', ')}: a fault in a query could read files and start programs of the server`,
        'Make a role that only owns the database: CREATE ROLE isinglass LOGIN PASSWORD …; ALTER DATABASE … OWNER TO isinglass.',
      );
    },
  },
];
