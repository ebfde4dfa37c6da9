import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RECORD_COLUMNS } from '../../../dist/src/domain/record-columns.js';
import { ingest } from './ingest.mjs';
import { tools } from './machine.mjs';
import { lowest, measure, median } from './measure.mjs';
import { highest } from './parse.mjs';
import { inSeconds, say, withCommas } from './table.mjs';

const place = (path) => fileURLToPath(new URL(path, import.meta.url));

const COPY = `COPY floor_staging (${RECORD_COLUMNS.join(', ')}) FROM STDIN`;
const INSERT = 'INSERT INTO floor SELECT * FROM floor_staging';

/**
 * From the zip to what readers see, and the least that a database needs for as many rows: they are there as lines
 * already, each key once; they are copied into an unlogged table and inserted into one with a primary key.
 * @param {import('./input.mjs').Input} input
 * @param {import('./databases.mjs').Databases} databases
 * @param {{ runs: number, folder: string }} options
 */
export async function measurePublishing(input, databases, { runs, folder }) {
  say('publish: flattening the rows for the floor');
  const lines = join(folder, 'floor.copy');
  const read = [process.execPath, place('./processes/read-blocks.mjs'), input.zip, input.name, lines];
  const { keys } = JSON.parse((await measure(folder, read)).stdout);

  const first = [];
  const same = [];
  const anew = [];
  const floor = [];
  for (let run = 1; run <= runs; run += 1) {
    say(`publish: run ${run} of ${runs}: ours`);
    const database = await databases.make();
    first.push(await ingest(folder, database, [input.zip]));
    same.push(await ingest(folder, database, [input.zip]));
    anew.push(await ingest(folder, database, [input.zippedAnew]));
    await database.drop();
    say(`publish: run ${run} of ${runs}: the floor`);
    floor.push(await measureFloor(databases, lines, folder));
  }

  const least = lowest(secondsOf(floor));
  const row = (what, measured, note) => ({
    ratio: lowest(secondsOf(measured)) / least,
    to: 'the floor',
    what,
    ...times(secondsOf(measured)),
    peakMb: highest(measured),
    note,
  });
  const best = quickest(first);
  const bestFloor = quickest(floor);
  const runSeconds = first.map(({ run }) => run.seconds);
  return {
    title: '2. Zip to published, in an empty store',
    rows: [
      row(
        `floor: ${tools.psql ? 'psql \\copy' : 'COPY'} + INSERT … SELECT`,
        floor,
        `${withCommas(keys)} rows; copy ${inSeconds(bestFloor.copySeconds)}, insert ${inSeconds(bestFloor.insertSeconds)}${tools.psql ? '' : '; psql is not installed: pg-copy-streams'}`,
      ),
      row('ours, the whole process', first, recordsIn(best.run)),
      {
        ratio: lowest(runSeconds) / least,
        to: 'the floor',
        what: 'ours, the run by itself',
        ...times(runSeconds),
        note: best.run.state,
      },
      row('the same file once more', same, recordsIn(same[0].run)),
      row('the same records in other bytes', anew, recordsIn(anew[0].run)),
      ...stepRows(best),
    ],
  };
}

/** Where the time of the quickest first load goes. */
function stepRows({ seconds, steps, secondsBefore, secondsAfter }) {
  const pieces = [
    { name: 'before the run: start of the process', seconds: secondsBefore },
    ...steps.map(({ name, seconds: own }) => ({ name: `step ${name}`, seconds: own })),
    { name: 'after the run: indexes, end', seconds: secondsAfter },
  ];
  return pieces.map((piece) => ({
    ratio: piece.seconds / seconds,
    to: 'the process',
    what: `  ${piece.name}`,
    best: inSeconds(piece.seconds),
  }));
}

async function measureFloor(databases, lines, folder) {
  const database = await databases.make();
  await database.query('CREATE UNLOGGED TABLE floor_staging (LIKE staging.record)');
  await database.query('CREATE TABLE floor (LIKE staging.record, PRIMARY KEY (isin, mic))');
  const fromFile = `\\${COPY.replace('COPY', 'copy').replace('STDIN', `'${lines}'`)}`;
  const words = tools.psql
    ? [
        'psql',
        database.url,
        '-XqAt',
        '-v',
        'ON_ERROR_STOP=1',
        ...each('-c', ['\\timing on', fromFile, INSERT]),
      ]
    : [process.execPath, place('./processes/copy-floor.mjs'), database.url, lines, COPY, INSERT];
  const measured = await measure(folder, words);
  const [copySeconds = NaN, insertSeconds = NaN] = [...measured.stdout.matchAll(/Time: ([\d.]+) ms/g)].map(
    ([, milliseconds]) => Number(milliseconds) / 1000,
  );
  await database.drop();
  return { ...measured, copySeconds, insertSeconds };
}

function each(flag, values) {
  return values.flatMap((value) => [flag, value]);
}

function secondsOf(measured) {
  return measured.map(({ seconds }) => seconds);
}

function times(seconds) {
  return { best: inSeconds(lowest(seconds)), median: inSeconds(median(seconds)) };
}

function quickest(measured) {
  return measured.toSorted((one, other) => one.seconds - other.seconds)[0];
}

function recordsIn({ state, rows, records }) {
  const counts = ['new', 'changed', 'unchanged'].map((kind) => `${withCommas(records[kind])} ${kind}`);
  return `${state}: ${withCommas(rows)} rows, ${counts.join(', ')}`;
}
