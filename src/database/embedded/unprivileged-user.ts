import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';

import { ConfigurationError } from '../../common/errors.js';
import { errorCode } from './process-identity.js';

/** Whom PostgreSQL runs as when we are root, whom it refuses. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The whole environment of every child: nothing of ours (PGDATA, PGPORT, secrets) reaches PostgreSQL. */
export const CHILD_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

const CANDIDATES = ['isinglass', 'postgres', 'nobody'];

/** Undefined when we are not root: PostgreSQL then runs as ourselves. An existing cluster keeps its owner. */
export function choosePostgresUser(dataFolder: string): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  try {
    const { uid, gid } = statSync(dataFolder);
    if (uid !== 0) return { name: `uid ${uid}`, uid, gid };
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  const passwd = readFileSync('/etc/passwd', 'utf8');
  for (const name of CANDIDATES) {
    const user = parsePasswd(passwd, name);
    if (user) return user;
  }
  throw new ConfigurationError(
    'EMBEDDED_POSTGRES_NO_USER',
    `PostgreSQL does not run as root, and /etc/passwd has none of the users ${CANDIDATES.join(', ')}.`,
    'Start Isinglass as an ordinary user, create the user "isinglass" (useradd --system isinglass), or set DATABASE_URL.',
  );
}

/** Finds an ordinary user in the text of /etc/passwd (passwd(5)). */
export function parsePasswd(passwd: string, name: string): SystemUser | undefined {
  for (const line of passwd.split('\n')) {
    const [login, , uid, gid] = line.split(':');
    if (login === name && uid && gid && Number(uid) !== 0)
      return { name, uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

/** Can this user go into the folder? A home under /root (0700) is closed to it, however open the home itself is. */
export async function canReach(user: SystemUser | undefined, folder: string): Promise<boolean> {
  // The system is asked as that user, since modes alone do not tell (access lists, network file systems).
  return succeeds('/bin/sh', ['-c', '[ -x "$1" ]', 'sh', folder], user);
}

/** Does the program, run as that user, end well? */
export function succeeds(program: string, args: string[], user: SystemUser | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { env: CHILD_ENVIRONMENT, cwd: '/', timeout: 20_000, uid: user?.uid, gid: user?.gid };
    execFile(program, args, options, (error) => resolve(error === null));
  });
}
