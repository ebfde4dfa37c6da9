import { fileURLToPath } from 'node:url';
import { tools } from './machine.mjs';
import { lowest, measure, median } from './measure.mjs';
import { inSeconds, say, withCommas } from './table.mjs';

const place = (path) => fileURLToPath(new URL(path, import.meta.url));
const NOT_INSTALLED = 'not installed: apt-get install libxml2-utils python3-lxml';

/**
 * Bytes to records. Ours are lines for PostgreSQL, checked and fingerprinted; saxes and lxml build an object a record out of
 * the same paths, and check nothing; xmllint only sees whether the XML is well-formed.
 * @param {import('./input.mjs').Input} input
 * @param {{ runs: number, folder: string }} options
 */
export async function measureParsing(input, { runs, folder }) {
  const contenders = [
    { what: 'our reader, plain XML', isOurs: true, words: readBlocks(input.xml, input.name) },
    { what: 'our reader, the zip', words: readBlocks(input.zip, input.name) },
    {
      what: 'xmllint --stream --noout',
      words: tools.xmllint && ['xmllint', '--stream', '--noout', input.xml],
    },
    {
      what: 'saxes, an object a record',
      words: [process.execPath, place('./processes/saxes-parse.mjs'), input.xml, input.fields],
    },
    {
      what: 'lxml iterparse, a dict a record',
      words: tools.lxml && [tools.python, place('../lxml-parse.py'), input.xml, input.fields],
    },
  ].map((contender) => ({ ...contender, measured: [] }));

  for (let run = 1; run <= runs; run += 1) {
    for (const { what, words, measured } of contenders) {
      if (words === undefined) continue;
      say(`parse: run ${run} of ${runs}: ${what}`);
      measured.push(await measure(folder, words));
    }
  }
  const ours = lowest(contenders.find(({ isOurs }) => isOurs).measured.map(({ seconds }) => seconds));
  const rows = contenders.map(({ what, measured }) => {
    if (measured.length === 0) return { what, note: NOT_INSTALLED };
    const seconds = measured.map((one) => one.seconds);
    const best = lowest(seconds);
    return {
      ratio: best / ours,
      to: 'our reader',
      what,
      best: inSeconds(best),
      median: inSeconds(median(seconds)),
      peakMb: highest(measured),
      note: noteOf(input.xmlBytes / best, measured[0].stdout),
    };
  });
  return { title: '1. XML to records: whole processes, their start included', rows };
}

function readBlocks(path, name) {
  return [process.execPath, place('./processes/read-blocks.mjs'), path, name];
}

function noteOf(bytesPerSecond, stdout) {
  const speed = `${(bytesPerSecond / 1e6).toFixed(0)} MB/s`;
  return stdout === '' ? speed : `${speed}, ${withCommas(JSON.parse(stdout).records)} records`;
}

/** @param {readonly import('./measure.mjs').Measured[]} measured */
export function highest(measured) {
  const known = measured.map(({ peakMb }) => peakMb).filter((peakMb) => peakMb !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
