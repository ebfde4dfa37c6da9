/**
 * The command line, as it was built, with a fault in it:
 *
 *     node killable.mjs kill 'gate:before-commit' ingest in-nse-equities     dies of SIGKILL at this point
 *     node killable.mjs wait 'load EQUITY_L:mid-copy' serve --roles worker   waits there until it gets SIGTERM
 *     node killable.mjs never '' ingest in-nse-equities                      runs undisturbed
 *
 * When the point is reached it says `reached <point>` on stderr.
 */
import { writeSync } from 'node:fs';
import 'reflect-metadata';
import { onFailPoint } from '../../dist/src/common/fail-point.js';

const [program, , fault, point, ...words] = process.argv;

onFailPoint(async (name) => {
  if (fault === 'never' || name !== point) return;
  writeSync(2, `reached ${name}\n`);
  if (fault === 'kill') process.kill(process.pid, 'SIGKILL');
  else await new Promise((resolve) => process.once('SIGTERM', resolve));
});

process.argv = [program, 'isinglass', ...words];
const { runCommandLine } = await import('../../dist/src/commands/command-line.js');
await runCommandLine();
