import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { listFirdsFiles } from '../../../dist/src/demo/firds/files.js';
import { FirdsWorld } from '../../../dist/src/demo/firds/firds-world.js';
import { firdsZip } from '../../../dist/src/demo/firds/write-file.js';

const PROBE_INSTRUMENTS = 50_000;
const PART_SIZE = 500_000;
/** The first full set, the one a week later, and a working day between. */
export const FIRST_FULL = '2026-01-03';
export const SECOND_FULL = '2026-01-10';
const WORKING_DAY = '2026-01-06';

/**
 * A world whose files of a type and a day have close to so many records: they grow with the number of instruments.
 * @param {number} records
 * @param {'FULINS' | 'DLTINS'} type
 */
export async function worldOf(records, type = 'FULINS') {
  const date = type === 'FULINS' ? FIRST_FULL : WORKING_DAY;
  const probe = new FirdsWorld('esma', { firdsInstruments: PROBE_INSTRUMENTS });
  const found = sumOf(await listFirdsFiles(probe, date, [type]));
  const firdsInstruments = Math.round((PROBE_INSTRUMENTS * records) / found);
  return new FirdsWorld('esma', { firdsInstruments, firdsPartSize: PART_SIZE });
}

/**
 * Writes all files of a full set, zipped, in constant memory.
 * @param {FirdsWorld} world
 * @param {string} date
 * @param {string} folder
 */
export async function writeFullSet(world, date, folder) {
  return writeFiles(world, await listFirdsFiles(world, date, ['FULINS']), folder);
}

/**
 * A delta with close to so many records.
 * @param {number} records
 * @param {string} folder
 */
export async function writeDelta(records, folder) {
  const world = await worldOf(records, 'DLTINS');
  const { paths } = await writeFiles(world, await listFirdsFiles(world, WORKING_DAY, ['DLTINS']), folder);
  return paths[0];
}

async function writeFiles(world, files, folder) {
  await mkdir(folder, { recursive: true });
  const paths = [];
  for (const file of files) {
    const path = join(folder, file.name);
    await pipeline(Readable.from(firdsZip(world, file)), createWriteStream(path));
    paths.push(path);
  }
  return { paths, records: sumOf(files) };
}

function sumOf(files) {
  return files.reduce((sum, { records }) => sum + records, 0);
}
