import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { ConfigurationError } from '../../common/errors.js';
import { errorCode, identifyProcess, isAlive, type ProcessIdentity } from './process-identity.js';

/** What the first lines of postmaster.pid say (src/include/utils/pidfile.h of PostgreSQL). */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  /** `starting`, `ready`, `stopping`, or nothing while it is too early. */
  readonly status: string;
}

/** A signal, and how long it is given. */
export type StopStep = readonly [signal: NodeJS.Signals, patienceMs: number];

/** SIGINT is PostgreSQL's fast shutdown (clients are thrown out, everything is written), SIGQUIT leaves a recovery. */
export const STOP_STEPS: readonly StopStep[] = [
  ['SIGINT', 60_000],
  ['SIGQUIT', 10_000],
  ['SIGKILL', 10_000],
];
const STOP_STEPS_OF_ORPHAN: readonly StopStep[] = [
  ['SIGINT', 20_000],
  ['SIGQUIT', 10_000],
  ['SIGKILL', 10_000],
];
/** Without a postmaster its children leave by themselves, as soon as they look up from their work. */
const CHILDREN_LEAVE_MS = 5_000;

/** How the processes of a cluster show in the list of processes: `postgres: isinglass_1a2b3c4d: checkpointer`. */
export function clusterName(dataFolder: string): string {
  return `isinglass_${createHash('sha256').update(dataFolder).digest('hex').slice(0, 8)}`;
}

export function readPostmasterFile(dataFolder: string): PostmasterFile | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(dataFolder, 'postmaster.pid'), 'latin1').split('\n');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  // A stand-alone backend writes its pid with a minus.
  const pid = Math.abs(Number(lines[0]));
  if (!Number.isInteger(pid) || pid === 0) return undefined;
  return { pid, port: Number(lines[3]), status: (lines[7] ?? '').trim() };
}

/** Every living process that works on the cluster: its postmaster, its children, an initdb. */
export function processesOf(dataFolder: string): ProcessIdentity[] {
  const found = commandLines().filter(({ words }) => worksOn(dataFolder, words));
  return found.flatMap(({ pid }) => identifyProcess(pid) ?? []);
}

/** The living postmaster of the cluster, if there is one. */
export function postmasterOf(dataFolder: string): ProcessIdentity | undefined {
  const file = readPostmasterFile(dataFolder);
  return file && processesOf(dataFolder).find(({ pid }) => pid === file.pid);
}

/**
 * After a crash postmaster.pid may name a pid that another program has by now (in a container pids are small and come
 * again). PostgreSQL would take that one for a server; we have looked what it is. Any PostgreSQL is left to PostgreSQL.
 */
export function removeForeignLock(dataFolder: string): void {
  const file = readPostmasterFile(dataFolder);
  const holder = file && commandLines().find(({ pid }) => pid === file.pid);
  if (!holder || isPostgresProgram(holder.words) || holder.words[0]?.startsWith('postgres: ')) return;
  rmSync(join(dataFolder, 'postmaster.pid'), { force: true });
}

/** Ends whatever still works on the cluster: in order if there is a postmaster, by force if need be. */
export async function stopLeftovers(dataFolder: string, log: (line: string) => void): Promise<void> {
  const postmaster = postmasterOf(dataFolder);
  if (postmaster) {
    log(`stopping the PostgreSQL that an earlier process left running (pid ${postmaster.pid})`);
    await stopProcesses([postmaster], STOP_STEPS_OF_ORPHAN, log);
  }
  const children = processesOf(dataFolder);
  if (children.length === 0 || (await areGone(children, CHILDREN_LEAVE_MS))) return;
  await stopProcesses(
    processesOf(dataFolder),
    [
      ['SIGQUIT', 5_000],
      ['SIGKILL', 10_000],
    ],
    log,
  );
}

/** Sends one signal after the other until all are gone. */
export async function stopProcesses(
  processes: readonly ProcessIdentity[],
  steps: readonly StopStep[],
  log: (line: string) => void,
): Promise<void> {
  for (const [index, [signal, patienceMs]] of steps.entries()) {
    const living = processes.filter(isAlive);
    if (living.length === 0) return;
    if (index > 0)
      log(`PostgreSQL is still there (pid ${living.map(({ pid }) => pid).join(', ')}): ${signal}`);
    for (const { pid } of living) sendSignal(pid, signal);
    if (await areGone(living, patienceMs)) return;
  }
  const pids = processes.filter(isAlive).map(({ pid }) => pid);
  if (pids.length === 0) return;
  throw new ConfigurationError(
    'EMBEDDED_POSTGRES_LOCKED',
    `PostgreSQL processes ${pids.join(', ')} do not end, even killed.`,
    'A process that cannot be killed waits for its disk: look at the disk (dmesg), then restart the machine.',
  );
}

async function areGone(processes: readonly ProcessIdentity[], patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    if (!processes.some(isAlive)) return true;
    if (performance.now() > deadline) return false;
    await delay(pauseMs);
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return;
    throw new ConfigurationError(
      'EMBEDDED_POSTGRES_LOCKED',
      `The PostgreSQL process ${pid} of this home belongs to another user and may not be stopped.`,
      `Stop it as that user or as root (kill -INT ${pid}), then start again.`,
      { cause: error },
    );
  }
}

/** The words each process was started with, or the title that it has given itself since. */
function commandLines(): { pid: number; words: string[] }[] {
  if (process.platform !== 'linux') return commandLinesFromPs();
  return readdirSync('/proc').flatMap((name) =>
    /^\d+$/.test(name) ? (readCommandLine(Number(name)) ?? []) : [],
  );
}

/**
 * Not /proc/<pid>/cwd, though it would be simpler: in a container root may not read that of another user's process
 * (CAP_SYS_PTRACE, which Docker does not give), and would take a running server for none.
 */
function readCommandLine(pid: number): { pid: number; words: string[] } | undefined {
  try {
    return { pid, words: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') };
  } catch (error) {
    // It has gone meanwhile, or /proc hides other users' processes, which are none of ours.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

function commandLinesFromPs(): { pid: number; words: string[] }[] {
  const lines = execFileSync('ps', ['-axwwo', 'pid=,command='], {
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return lines.split('\n').flatMap((line) => {
    const [, pid, command] = /^\s*(\d+)\s+(\S.*)$/.exec(line) ?? [];
    if (!pid || !command) return [];
    return { pid: Number(pid), words: command.startsWith('postgres: ') ? [command] : command.split(' ') };
  });
}

/** Does the command line belong to the cluster: `…/postgres -D <folder> …`, or `postgres: <cluster name>: …`? */
export function worksOn(dataFolder: string, words: readonly string[]): boolean {
  if (words[0]?.startsWith(`postgres: ${clusterName(dataFolder)}: `)) return true;
  // A folder with blanks is several words where ps is all there is.
  return isPostgresProgram(words) && ` ${words.join(' ')} `.includes(` -D ${dataFolder} `);
}

function isPostgresProgram(words: readonly string[]): boolean {
  return /(^|\/)(postgres|initdb)$/.test(words[0] ?? '');
}
