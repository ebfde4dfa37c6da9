import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** Debian's own, which has python3-lxml; others may stand before it in the path. */
const PYTHON = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

/** What there is to compare with; undefined where it is not installed. */
export const tools = {
  xmllint: firstLine('xmllint', ['--version'], /version (\S+)/),
  lxml: firstLine(PYTHON, ['-c', 'import lxml; print(lxml.__version__)'], /(\S+)/),
  psql: firstLine('psql', ['--version'], /(\d[\d.]*)/),
  python: PYTHON,
};

/** How busy the machine is, with whatever: numbers of a busy one are worth little. */
export function loadNow() {
  return loadavg()
    .map((load) => load.toFixed(2))
    .join(' ');
}

/** The machine and the versions, a line each. @param {string} postgres */
export function machineFacts(postgres) {
  const [cpu] = cpus();
  return [
    `machine   ${cpu?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(1)} GB RAM, ${type()} ${release()}`,
    `load      ${loadNow()} before the start (1, 5, 15 minutes)`,
    `versions  Node ${process.versions.node}, PostgreSQL ${postgres}, ${Object.entries(tools)
      .filter(([name]) => name !== 'python')
      .map(([name, version]) => `${name} ${version ?? 'not installed'}`)
      .join(', ')}`,
  ];
}

function firstLine(command, words, pattern) {
  const { status, stdout, stderr } = spawnSync(command, [...words], { encoding: 'utf8' });
  // xmllint says its version on stderr.
  return status === 0 ? (pattern.exec(stdout + stderr)?.[1] ?? 'of unknown version') : undefined;
}
