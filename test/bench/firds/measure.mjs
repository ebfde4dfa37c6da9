import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import { atEnd } from './cleanup.mjs';

/**
 * @typedef {object} Measured A process, from before it was there until it was gone.
 * @property {number} seconds by the clock on the wall
 * @property {number | undefined} peakMb the most memory it held (RSS); undefined where the system does not say
 * @property {string} stdout
 * @property {number} startedAt milliseconds since 1970
 * @property {number} endedAt
 */

const GNU_TIME = existsSync('/usr/bin/time') ? '/usr/bin/time' : undefined;
const POLL_MS = 20;

/** Process groups that run. */
const groups = new Set();
let isWatched = false;

let measurements = 0;

/**
 * Runs a command and waits for it.
 * @param {string} folder for small files of our own
 * @param {readonly string[]} command
 * @param {{ env?: Record<string, string>, isFailureFine?: boolean }} [options]
 * @returns {Promise<Measured>}
 */
export async function measure(folder, command, { env, isFailureFine = false } = {}) {
  const memoryFile = join(folder, `memory-${(measurements += 1)}`);
  const words = GNU_TIME ? [GNU_TIME, '-q', '-f', '%M', '-o', memoryFile, ...command] : command;
  const startedAt = performance.timeOrigin + performance.now();
  const { child, ended } = start(words, env);
  let polledKb;
  const poll = GNU_TIME ? undefined : setInterval(() => (polledKb = peakKb(child.pid) ?? polledKb), POLL_MS);
  const { code, stdout, stderr } = await ended;
  const endedAt = performance.timeOrigin + performance.now();
  clearInterval(poll);
  if (code !== 0 && !isFailureFine)
    throw new Error(
      `${command.join(' ')}\nended with ${code}:\n${stdout.slice(-4000)}${stderr.slice(-4000)}`,
    );
  const kb = GNU_TIME ? Number(readFileSync(memoryFile, 'utf8').trim().split('\n').at(-1)) : polledKb;
  await rm(memoryFile, { force: true });
  return {
    seconds: (endedAt - startedAt) / 1000,
    peakMb: kb === undefined ? undefined : kb / 1024,
    stdout,
    startedAt,
    endedAt,
  };
}

/**
 * Starts a process in a group of its own, so that Ctrl-C reaches it through us alone.
 * @param {readonly string[]} words
 * @param {Record<string, string>} [env]
 */
export function start([command, ...words], env) {
  // Not before, so that they are gone before what they work on is.
  if (!isWatched) atEnd(() => groups.forEach((pid) => stop(pid, 'SIGKILL')));
  isWatched = true;
  const child = spawn(command, words, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  if (child.pid !== undefined) groups.add(child.pid);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'])
    child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      groups.delete(child.pid);
      resolve({ code, ...output });
    });
  });
  return { child, output, ended, stop: () => stop(child.pid, 'SIGTERM') };
}

function stop(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

function peakKb(pid) {
  try {
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return peak ? Number(peak[1]) : undefined;
  } catch {
    return undefined;
  }
}

/** @param {readonly number[]} numbers */
export function lowest(numbers) {
  return Math.min(...numbers);
}

/** @param {readonly number[]} numbers */
export function median(numbers) {
  return percentile(numbers, 0.5);
}

/**
 * The nearest rank.
 * @param {readonly number[]} numbers
 * @param {number} share 0 to 1
 */
export function percentile(numbers, share) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}
