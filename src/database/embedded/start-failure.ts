import { ConfigurationError, IsinglassError } from '../../common/errors.js';
import { errorCode } from './process-identity.js';

/** What PostgreSQL or initdb wrote (always in English, since we set LC_MESSAGES=C), and what a person does about it. */
const FAILURES: { says: RegExp; code: string; what: string; nextStep: string }[] = [
  {
    // Before the disk: a full /dev/shm also says "No space left on device".
    says: /shared memory segment|pre-existing shared memory block|could not create semaphores|could not map anonymous shared memory/,
    code: 'EMBEDDED_POSTGRES_SHARED_MEMORY',
    what: 'could not get the shared memory it needs',
    nextStep:
      'End other PostgreSQL processes of this home; in a container give more shared memory (--shm-size=1g) or more memory.',
  },
  {
    // A block that was written in part has no errno, only the hint to check the disk.
    says: /No space left on device|Disk quota exceeded|Check free disk space/,
    code: 'EMBEDDED_POSTGRES_DISK_FULL',
    what: 'found the disk full',
    nextStep: 'Free space on the disk that holds ISINGLASS_HOME, then start again: nothing is lost.',
  },
  {
    says: /could not bind|could not create any TCP\/IP sockets/,
    code: 'EMBEDDED_POSTGRES_PORT_TAKEN',
    what: 'found its port taken',
    nextStep: 'Start again; if it stays so, see what listens on 127.0.0.1 (ss -ltnp), or set DATABASE_URL.',
  },
  {
    says: /incompatible with server|was initialized by PostgreSQL version/,
    code: 'EMBEDDED_POSTGRES_VERSION',
    what: 'found data of another version',
    nextStep:
      'Move the data directory away, or install the Isinglass that made it; see "Upgrading" in the README.',
  },
  {
    says: /lock file "postmaster.pid" already exists|lock file "[^"\n]*" is empty/,
    code: 'EMBEDDED_POSTGRES_LOCKED',
    what: 'found its data directory locked by another server',
    nextStep: 'End the PostgreSQL process named above, then start again.',
  },
  {
    says: /has wrong ownership|has invalid permissions|[Pp]ermission denied|Read-only file system/,
    code: 'EMBEDDED_POSTGRES_PERMISSIONS',
    what: 'may not use its files',
    nextStep: 'Run as the user who made the home, or give it to the present one (chown -R) and start again.',
  },
];

/** The error for a PostgreSQL that did not start; `output` is what it wrote last. */
export function explainOutput(doing: string, output: string, logFile: string): ConfigurationError {
  const lines = lastLines(output, 12);
  const failure = FAILURES.find(({ says }) => says.test(output));
  const quoted = lines === '' ? 'It wrote nothing.' : `It wrote last:\n${lines}`;
  if (!failure) {
    return new ConfigurationError(
      'EMBEDDED_POSTGRES_START_FAILED',
      `The embedded PostgreSQL failed ${doing}. ${quoted}`,
      `Read ${logFile}; or set DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
  const { code, what, nextStep } = failure;
  return new ConfigurationError(code, `The embedded PostgreSQL ${what} ${doing}. ${quoted}`, nextStep);
}

/** Turns the system's refusals of our own file work into errors a person can act on; others pass as they are. */
export function explainFileError(error: unknown, home: string): unknown {
  if (error instanceof IsinglassError) return error;
  const code = errorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ConfigurationError(
      'EMBEDDED_POSTGRES_DISK_FULL',
      `No space is left for the embedded PostgreSQL in ${home}: ${message}`,
      'Free space on the disk that holds ISINGLASS_HOME, then start again: nothing is lost.',
      { cause: error },
    );
  }
  if (code && ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(code)) {
    return new ConfigurationError(
      'EMBEDDED_POSTGRES_HOME_NOT_WRITABLE',
      `The embedded PostgreSQL cannot write to its home ${home}: ${message}`,
      'Let ISINGLASS_HOME be a folder that this user may write to (see its owner with ls -ld), or set DATABASE_URL.',
      { cause: error },
    );
  }
  return error;
}

/** The last lines that hold something. */
export function lastLines(text: string, count: number): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count).join('\n');
}
