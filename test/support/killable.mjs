/**
 * The command line, as it was built, with a fault in it:
 *
 *     node killable.mjs '{"kind":"kill","point":"gate:before-commit"}' ingest in-nse-equities
 *
 * `kind` is what happens when the point is reached, once:
 *
 * - `kill`, `stop`, `abort`: SIGKILL, SIGSTOP, or an abort of this process by itself
 * - `throw`: an error, as a fault of ours would be
 * - `ask`: the parent is told, and strikes; work goes on when it answers
 * - `wait`: nothing goes on until SIGTERM
 * - `trace`: nothing, but every point that is reached is said
 * - `never`: nothing
 *
 * When it strikes it says `reached <point>` on stderr. Of several processes with one `marker` only the first strikes; with
 * `nth` one strikes when it comes by for that time. `build` is another build than that of this project, and
 * `clockOffsetMs` a clock that is wrong. Should the parent die, so does this process.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [program, , faultJson, ...words] = process.argv;
const fault = JSON.parse(faultJson);
const build = fault.build ? pathToFileURL(`${fault.build}/`) : new URL('../../dist/', import.meta.url);
if (fault.clockOffsetMs) setClock(fault.clockOffsetMs);

const { onFailPoint } = await import(new URL('src/common/fail-point.js', build).href);
let timesReached = 0;

onFailPoint(async (name) => {
  if (fault.kind === 'trace') writeSync(2, `reached ${name}\n`);
  if (name !== fault.point) return;
  timesReached += 1;
  if (timesReached !== (fault.nth ?? 1) || !isFirst(fault.marker)) return;
  writeSync(2, `reached ${name}\n`);
  await strike(name);
});

async function strike(name) {
  switch (fault.kind) {
    case 'kill':
      return process.kill(process.pid, 'SIGKILL');
    case 'stop':
      return process.kill(process.pid, 'SIGSTOP');
    case 'abort':
      return process.abort();
    case 'throw':
      throw new Error(`thrown at ${name}`);
    case 'ask':
      process.channel.ref();
      await new Promise((resolve) => {
        process.once('message', resolve);
        process.send(name);
      });
      return process.channel.unref();
    case 'wait':
      return new Promise((resolve) => process.once('SIGTERM', resolve));
  }
}

function isFirst(marker) {
  if (marker === undefined) return true;
  try {
    closeSync(openSync(marker, 'wx'));
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function setClock(offsetMs) {
  const { Date: Right } = globalThis;
  globalThis.Date = class Date extends Right {
    constructor(...values) {
      if (values.length === 0) super(Right.now() + offsetMs);
      else super(...values);
    }
    static now() {
      return Right.now() + offsetMs;
    }
  };
}

process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// It shall not keep a command from coming to its end.
process.channel.unref();
process.argv = [program, 'isinglass', ...words];
await import('reflect-metadata');
const { runCommandLine } = await import(new URL('src/commands/command-line.js', build).href);
await runCommandLine();
