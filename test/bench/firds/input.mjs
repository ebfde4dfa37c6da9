import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { zip } from '../../../dist/src/demo/firds/zip.js';
import { euEsmaFirds } from '../../../dist/src/sources/eu-esma-firds/source.js';
import { FIELDS } from '../../../dist/src/sources/families/firds/fields.js';
import { openXml } from '../../../dist/src/sources/families/firds/open-xml.js';
import { writeDelta } from './simulated.mjs';
import { say } from './table.mjs';

/** A real delta of ESMA: 141,381 records in 143 MB of XML. It is not part of the project. */
const REAL_FILE = fileURLToPath(
  new URL('../../../../shared/data/esma/DLTINS_20210117_01of01.zip', import.meta.url),
);
const REAL_RECORDS = 141_381;

/**
 * @typedef {object} Input The file that everything is measured with.
 * @property {string} zip
 * @property {string} name the publisher's
 * @property {string} xml the same, unpacked
 * @property {string} zippedAnew the same records in other bytes
 * @property {string} fields paths below a record, and the name of each, for those who build objects
 * @property {number} xmlBytes
 * @property {string} described
 */

/**
 * @param {string | undefined} asked
 * @param {string} folder
 * @returns {Promise<Input>}
 */
export async function prepareInput(asked, folder) {
  let path = resolve(asked ?? REAL_FILE);
  let origin = asked === undefined ? 'a real file' : 'as asked for';
  if (asked === undefined && !existsSync(path)) {
    say('the real file is not there: making one of its size');
    path = await writeDelta(REAL_RECORDS, join(folder, 'simulated'));
    origin = 'simulated: the real file is not there';
  }
  const name = basename(path);
  const part = euEsmaFirds.partOf(name);
  if (part?.editionOn === undefined || !name.endsWith('.zip'))
    throw new Error(
      `${name} is no zip of FIRDS under its publisher's name: ${euEsmaFirds.fileNames.join(', ')}`,
    );

  const stem = name.slice(0, -'.zip'.length);
  const xml = join(folder, `${stem}.xml`);
  await pipeline(Readable.from((await openXml(path, name, stem)).chunks()), createWriteStream(xml));
  await mkdir(join(folder, 'anew'));
  const zippedAnew = join(folder, 'anew', name);
  const content = (await openXml(path, name, stem)).chunks();
  await pipeline(
    Readable.from(zip([{ name: `${stem}.xml`, content }], '2026-01-01')),
    createWriteStream(zippedAnew),
  );
  const fields = join(folder, 'fields.json');
  const names = FIELDS.flatMap((field) => field.paths.map((place) => [place, field.name]));
  await writeFile(fields, JSON.stringify(Object.fromEntries(names)));
  const xmlBytes = (await stat(xml)).size;
  const { size } = await stat(path);
  const described = `${name}, ${inMb(size)} zipped, ${inMb(xmlBytes)} of XML (${origin})`;
  return { zip: path, name, xml, zippedAnew, fields, xmlBytes, described };
}

function inMb(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
