/**
 * Reads a file of FIRDS with saxes: an object for each record, with the values of the paths it is told.
 *
 *     node saxes-parse.mjs file.xml fields.json
 */
import { createReadStream, readFileSync } from 'node:fs';
import { SaxesParser } from 'saxes';

const RECORDS = new Set(['RefData', 'NewRcrd', 'ModfdRcrd', 'TermntdRcrd', 'CancRcrd', 'CxlData']);

const [, , xmlPath, fieldsPath] = process.argv;
/** Name by path below the record. */
const fields = new Map(Object.entries(JSON.parse(readFileSync(fieldsPath, 'utf8'))));

let records = 0;
let values = 0;
let record;
let text = '';
/** Paths of the open elements below the record. */
let paths = [];

const parser = new SaxesParser();
parser.on('opentag', ({ name, attributes }) => {
  if (record === undefined) {
    if (!RECORDS.has(name)) return;
    record = { action: name };
    paths = [''];
    return;
  }
  const parent = paths.at(-1);
  const path = parent === '' ? name : `${parent}/${name}`;
  paths.push(path);
  text = '';
  for (const [attribute, value] of Object.entries(attributes)) {
    const field = fields.get(`${path}/@${attribute}`);
    if (field !== undefined) record[field] = value;
  }
});
parser.on('text', (piece) => {
  text += piece;
});
parser.on('closetag', () => {
  if (record === undefined) return;
  const path = paths.pop();
  if (path === '') {
    records += 1;
    values += Object.keys(record).length - 1;
    record = undefined;
    return;
  }
  const field = fields.get(path);
  if (field !== undefined) record[field] = text;
  text = '';
});
parser.on('error', (error) => {
  throw error;
});

for await (const chunk of createReadStream(xmlPath, { encoding: 'utf8', highWaterMark: 256 * 1024 })) {
  parser.write(chunk);
}
parser.close();
console.log(JSON.stringify({ records, values }));
