import { rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { ingest } from './ingest.mjs';
import { FIRST_FULL, worldOf, writeFullSet } from './simulated.mjs';
import { inSeconds, say, withCommas } from './table.mjs';

export const GROWTH_TITLE = '4. Growth: simulated full sets into an empty store, once each';

const MILLION = 1e6;

/**
 * Simulated full sets of several sizes, each into an empty store: what a record costs should not grow with their number.
 * @param {readonly number[]} sizes in millions
 * @param {import('./databases.mjs').Databases} databases
 * @param {{ folder: string }} options
 * @param {import('./table.mjs').Row[]} rows each is added when it is known
 */
export async function measureGrowth(sizes, databases, { folder }, rows) {
  let firstCost;
  for (const size of sizes) {
    say(`growth: making a full set of ${size} million records`);
    const files = join(folder, `growth-${size}`);
    const { paths, records } = await writeFullSet(await worldOf(size * MILLION), FIRST_FULL, files);
    const database = await databases.make();
    say(`growth: loading ${withCommas(records)} records in ${paths.length} files`);
    const { seconds, peakMb, run, steps, secondsAfter } = await ingest(folder, database, paths);
    const [{ bytes }] = await database.query('SELECT pg_database_size(current_database())::float8 AS bytes');
    await database.drop();
    await rm(files, { recursive: true });
    const cost = (seconds / records) * MILLION;
    firstCost ??= cost;
    const load = steps
      .filter(({ name }) => name.startsWith('load '))
      .reduce((sum, step) => sum + step.seconds, 0);
    const secondsOf = (name) => inSeconds(steps.find((step) => step.name === name)?.seconds ?? NaN);
    rows.push({
      ratio: cost / firstCost,
      to: `${sizes[0]} million`,
      what: `${withCommas(records)} records, µs a record`,
      best: `${cost.toFixed(1)} µs`,
      peakMb,
      note: `${inSeconds(seconds)}: load ${inSeconds(load)}, gate ${secondsOf('gate')}, publish ${secondsOf('publish')}, after ${inSeconds(secondsAfter)}; ${(bytes / 1e9).toFixed(2)} GB database, ${run.state}; machine's load ${loadavg()[0].toFixed(1)}`,
    });
    say(`growth: ${rows.at(-1).note}`);
  }
}
