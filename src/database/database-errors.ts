import { ConfigurationError, IsinglassError, TryLaterError } from '../common/errors.js';

/**
 * PostgreSQL's error codes, appendix A: class 08 (connection), 3D000 no such database, 53300 too many connections,
 * 57P01–57P03 shutting down.
 */
const SQLSTATE_UNAVAILABLE = /^(?:08...|3D000|53300|57P0[123])$/;
/** Serialization failure, deadlock, lock not available: what two did at once is done again by one. */
const SQLSTATE_CONFLICT = ['40001', '40P01', '55P03'];
const SQLSTATE_DISK_FULL = '53100';
const SOCKET_ERRORS = [
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
];
/** What pg says without a code when the connection goes away below a query, or never answers it (8.23). */
const CONNECTION_MESSAGES = [
  'Connection terminated',
  'Client has encountered a connection error',
  'Query read timeout',
  'timeout exceeded when trying to connect',
];

/** A lost connection or a full disk as a coded error; every other error stays as it is. */
export function explainDatabaseError(error: unknown): unknown {
  if (error instanceof IsinglassError || typeof error !== 'object' || error === null) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const message = 'message' in error && typeof error.message === 'string' ? error.message : '';
  if (code === SQLSTATE_DISK_FULL) {
    return new ConfigurationError(
      'DATABASE_DISK_FULL',
      `PostgreSQL has no space left on its disk: ${message}`,
      'Make room on the disk of the database, then start the run again; what is published stays as it was.',
      { cause: error },
    );
  }
  if (SQLSTATE_CONFLICT.includes(code)) {
    return new TryLaterError(
      'DATABASE_CONFLICT',
      `two transactions were in each other’s way: ${message}`,
      'Nothing: it is done again by itself.',
      { cause: error },
    );
  }
  const isLost =
    SQLSTATE_UNAVAILABLE.test(code) ||
    SOCKET_ERRORS.includes(code) ||
    CONNECTION_MESSAGES.some((beginning) => message.startsWith(beginning));
  return isLost ? databaseUnavailable(error) : error;
}

/** Said when PostgreSQL cannot be reached, or went away in the middle of something. */
export function databaseUnavailable(cause: unknown): TryLaterError {
  return new TryLaterError(
    'DATABASE_UNAVAILABLE',
    `PostgreSQL does not answer: ${cause instanceof Error ? cause.message : String(cause)}`,
    'Is it running, and has it free connections? The work is taken up again by itself once it answers.',
    { cause },
  );
}

/** Said when a read takes longer than it may. */
export function readTooSlow(cause: unknown): TryLaterError {
  return new TryLaterError(
    'READ_TOO_SLOW',
    'this question takes too long to answer',
    'Ask for less: by ISIN, LEI or symbol, or by the beginning of a name. Or try again when the house has less to do.',
    { cause },
  );
}
