#!/usr/bin/env node
import 'reflect-metadata';

const NEEDED_NODE = 22;
if (Number(process.versions.node.split('.')[0]) < NEEDED_NODE) {
  process.stderr.write(
    `NODE_TOO_OLD: Isinglass runs on Node ${NEEDED_NODE} or newer, this is ${process.version}.\n` +
      'Start it with "npx isinglass" or an npm script: these use the Node that the project brings.\n',
  );
  process.exit(1);
}

const { runCommandLine } = await import('./commands/command-line.js');
await runCommandLine();
