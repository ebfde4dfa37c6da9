import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Letters and digits that only this life of the pid has: on Linux its start in clock ticks since the boot. */
  readonly startedAt: string;
}

/** Where the start of a living process cannot be seen (hidden /proc): the pid alone must do. */
const UNSEEN = 'unseen';

/** Who the process with this pid is now, or undefined when nothing lives there (a zombie does not live). */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Does this very process still live, and not a later one that was given its pid? */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = identifyProcess(identity.pid);
  if (!now) return false;
  return now.startedAt === identity.startedAt || now.startedAt === UNSEEN || identity.startedAt === UNSEEN;
}

/**
 * Where pids mean the same: one boot of one machine, and one container of it. 8 hex digits. A process of another place
 * cannot be looked up, even if its pid happens to exist here.
 */
export function identifyPlace(): string {
  const boot =
    process.platform === 'linux'
      ? readOr('', () => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1'))
      : '';
  const container = process.platform === 'linux' ? readOr('', () => readlinkSync('/proc/self/ns/pid')) : '';
  return createHash('sha256')
    .update(`${boot || hostname()} ${container}`)
    .digest('hex')
    .slice(0, 8);
}

/** Reads the start out of a line of /proc/<pid>/stat (proc_pid_stat(5)); undefined for a zombie. */
export function parseProcStat(line: string): string | undefined {
  // The name in brackets may itself hold brackets and blanks, so the fields are counted from its end.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  return state === 'Z' || state === 'X' ? undefined : fields[19];
}

function startFromProc(pid: number): string | undefined {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(errorCode(error) ?? ''))
      return hasPid(pid) ? UNSEEN : undefined;
    throw error;
  }
  return parseProcStat(line);
}

function startFromPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'ignore'],
      encoding: 'latin1',
    }).trim();
    if (line === '' || line.startsWith('Z')) return undefined;
    return line.replace(/^\S+/, '').replaceAll(/[^A-Za-z0-9]/g, '');
  } catch (error) {
    // ps leaves with 1 when there is no such process; a missing ps leaves us the pid alone.
    if (errorCode(error) === 'ENOENT') return hasPid(pid) ? UNSEEN : undefined;
    return undefined;
  }
}

function readOr(other: string, read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM'].includes(errorCode(error) ?? '')) return other;
    throw error;
  }
}

function hasPid(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** The system's code of a failed call (`ENOENT`), if it is one. */
export function errorCode(error: unknown): string | undefined {
  // Not instanceof Error: in a vm context, such as jest's, the system's errors are of another realm.
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
