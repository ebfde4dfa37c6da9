import { parseArgs } from 'node:util';

export const HELP = `npm run bench:firds -- [options]

Measures our reader, a first load, readers during a load, and growth, side by side with tools that do the same.
Nothing is asserted about time: machines differ. What counts are the ratios.

  --file <zip>          a zip of FIRDS under its publisher's name (default: the real one of 2021-01-17 if it is there,
                        else one of its size from the simulated publisher)
  --runs <n>            how often each thing is measured; the quickest counts (default: 3)
  --growth <list>       sizes in millions of records (default: 0.5,1,2,5)
  --no-growth           leave that part out: it takes ten minutes and more
  --only <parts>        any of parse,publish,reads,growth (default: all)
`;

const PARTS = ['parse', 'publish', 'reads', 'growth'];

/** @throws Error that says what is wrong */
export function readOptions() {
  const { values } = parseArgs({
    options: {
      file: { type: 'string' },
      runs: { type: 'string', default: '3' },
      growth: { type: 'string', default: '0.5,1,2,5' },
      'no-growth': { type: 'boolean' },
      only: { type: 'string', default: PARTS.join(',') },
      help: { type: 'boolean' },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`--runs: "${values.runs}" is no whole number from 1`);
  const growth = values.growth.split(',').map(Number);
  if (!growth.every((size) => size > 0 && size <= 50))
    throw new Error(`--growth: "${values.growth}" is no list of millions from 0 to 50, for example 0.5,1`);
  const parts = values.only.split(',').filter((part) => part !== 'growth' || !values['no-growth']);
  const unknown = parts.find((part) => !PARTS.includes(part));
  if (unknown !== undefined) throw new Error(`--only: "${unknown}" is none of ${PARTS.join(', ')}`);
  return { file: values.file, runs, growth, parts: new Set(parts), isHelp: values.help ?? false };
}
