/**
 * Reads a file of FIRDS, zipped or not, with our reader, as the worker thread does:
 *
 *     node read-blocks.mjs <file> <the name it was published under>                   counts
 *     node read-blocks.mjs <file> <the name it was published under> <file for lines>  and keeps the first line of each key
 */
import { createWriteStream } from 'node:fs';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { euEsmaFirds } from '../../../../dist/src/sources/eu-esma-firds/source.js';

const NEW_LINE = 10;
const TAB = '\t';
/** Places of `isin` and `mic` in a line; see src/domain/record-columns.ts. */
const [ISIN, MIC] = [3, 4];

const [, , path, publishedName, linesPath] = process.argv;
const { editionOn, kind, ...part } = euEsmaFirds.partOf(publishedName);
const file = { path, part, editionOn, kind: kind ?? 'full', profile: { letters: null, mics: null } };
const out = linesPath === undefined ? undefined : createWriteStream(linesPath);
const keys = new Set();

let records = 0;
let bytes = 0;
for await (const { items, lines } of euEsmaFirds.bulk.readBlocks(file)) {
  records += items;
  bytes += lines.length;
  if (out === undefined) continue;
  for (const line of linesOf(lines)) {
    const cells = line.toString('latin1', 0, 400).split(TAB, MIC + 1);
    const key = `${cells[ISIN]} ${cells[MIC]}`;
    if (keys.has(key)) continue;
    keys.add(key);
    if (!out.write(line)) await once(out, 'drain');
  }
}
out?.end();
if (out !== undefined) await once(out, 'finish');
console.log(JSON.stringify({ records, bytes, keys: keys.size }));

/** Lines with their end. */
function* linesOf(block) {
  const whole = block.buffer;
  let start = 0;
  for (let end = block.indexOf(NEW_LINE); end !== -1; end = block.indexOf(NEW_LINE, start)) {
    yield Buffer.from(whole, block.byteOffset + start, end + 1 - start);
    start = end + 1;
  }
}
