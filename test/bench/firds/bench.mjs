import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import { atEnd, cleanUp, cleanUpWhenStopped, isStopping } from './cleanup.mjs';
import { startDatabases } from './databases.mjs';
import { GROWTH_TITLE, measureGrowth } from './growth.mjs';
import { prepareInput } from './input.mjs';
import { loadNow, machineFacts } from './machine.mjs';
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
  // The table of what was measured until then comes also when it is stopped, or fails.
  atEnd(() => {
    const end = [`load      ${loadNow()} at the end`, `runs      ${runs}`, ''];
    console.log([...facts, ...end, tableOf(measured)].join('\n'));
  });
  const options = { runs, folder };
  if (parts.has('parse')) measured.push(await measureParsing(input, options));
  if (parts.has('publish')) measured.push(await measurePublishing(input, databases, options));
  if (parts.has('reads')) measured.push(await measureReads(databases, options));
  if (parts.has('growth')) {
    const part = { title: GROWTH_TITLE, rows: [] };
    measured.push(part);
    await measureGrowth(growth, databases, options, part.rows);
  }
}
