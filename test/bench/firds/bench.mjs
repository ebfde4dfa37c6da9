import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import { atEnd, cleanUp, cleanUpWhenStopped, isStopping } from './cleanup.mjs';
import { startDatabases } from './databases.mjs';
import { measureGrowth } from './growth.mjs';
import { prepareInput } from './input.mjs';
import { machineFacts } from './machine.mjs';
import { HELP, readOptions } from './options.mjs';
import { measureParsing } from './parse.mjs';
import { measurePublishing } from './publish.mjs';
import { measureReads } from './reads.mjs';
import { say, tableOf } from './table.mjs';

cleanUpWhenStopped();
try {
  await bench(readOptions());
} catch (error) {
  // What was stopped fails; whoever stopped it ends the process.
  if (!isStopping()) {
    say(error.stack);
    process.exitCode = 1;
  }
}
await cleanUp();

async function bench({ file, runs, growth, parts, isHelp }) {
  if (isHelp) {
    console.log(HELP);
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'isinglass-bench-'));
  await chmod(folder, 0o755);
  atEnd(() => rm(folder, { recursive: true, force: true }));
  say('starting PostgreSQL and unpacking the file');
  const databases = await startDatabases(folder);
  const input = await prepareInput(file, folder);
  const facts = [...machineFacts(databases.version), `file      ${input.described}`];

  const measured = [];
  const options = { runs, folder };
  if (parts.has('parse')) measured.push(await measureParsing(input, options));
  if (parts.has('publish')) measured.push(await measurePublishing(input, databases, options));
  if (parts.has('reads')) measured.push(await measureReads(databases, options));
  if (parts.has('growth')) measured.push(await measureGrowth(growth, databases, options));
  console.log([...facts, `runs      ${runs}`, '', tableOf(measured)].join('\n'));
}
