import { fileURLToPath } from 'node:url';
import { measure } from './measure.mjs';

const CLI = fileURLToPath(new URL('../../../dist/src/cli.js', import.meta.url));

/** The command line, as it was built. @param {readonly string[]} words */
export function isinglass(words) {
  return [process.execPath, CLI, ...words];
}

/**
 * Brings files in by a process of its own.
 * @param {string} folder
 * @param {import('./databases.mjs').Fresh} database
 * @param {readonly string[]} paths
 * @throws Error when the edition was not published, nor unchanged
 */
export async function ingest(folder, database, paths) {
  const words = ['ingest', 'eu-esma-firds', '--file', ...paths, '--accept-gap', 'benchmark', '--json'];
  const measured = await measure(folder, isinglass(words), { env: database.env });
  const run = JSON.parse(measured.stdout);
  const [{ started_at: startedAt, ended_at: endedAt }] = await database.query(
    'SELECT started_at, ended_at FROM run WHERE id = $1',
    [run.run],
  );
  const steps = await database.query(
    `SELECT name, extract(epoch FROM ended_at - started_at)::float8 AS seconds
     FROM run_step WHERE run_id = $1 ORDER BY started_at`,
    [run.run],
  );
  return {
    ...measured,
    run,
    steps,
    secondsBefore: (startedAt.getTime() - measured.startedAt) / 1000,
    secondsAfter: (measured.endedAt - endedAt.getTime()) / 1000,
  };
}
