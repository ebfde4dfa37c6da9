/**
 * One full set in some twenty files, loaded by one, two and four worker processes side by side: how long it takes, and where
 * more workers stop helping. The files are in the store before the clock starts, so no publisher is measured.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { FileStore } from '../../../dist/src/ingestion/file-store.js';
import { listFirdsFiles } from '../../../dist/src/demo/firds/files.js';
import { FirdsWorld } from '../../../dist/src/demo/firds/firds-world.js';
import { atEnd, cleanUp, cleanUpWhenStopped } from '../firds/cleanup.mjs';
import { startDatabases } from '../firds/databases.mjs';
import { isinglass } from '../firds/ingest.mjs';
import { loadNow, machineFacts } from '../firds/machine.mjs';
import { FIRST_FULL, worldOf, writeFullSet } from '../firds/simulated.mjs';
import { inSeconds, say, tableOf, withCommas } from '../firds/table.mjs';

const SOURCE = 'eu-esma-firds';
const PARTS = 20;
const LOOK_EVERY_MS = 100;

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '400000' },
    workers: { type: 'string', default: '1,2,4' },
    loads: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(`npm run bench:workers -- [options]

  --records <n>    records of the full set, in all its files (default: 400000)
  --workers <list> how many worker processes, one measurement each (default: 1,2,4)
  --loads <n>      files each of them loads at once, ISINGLASS_PARALLEL_LOADS (default: 1)`);
} else {
  cleanUpWhenStopped();
  try {
    await bench();
  } finally {
    await cleanUp();
  }
}

async function bench() {
  const folder = await mkdtemp(join(tmpdir(), 'isinglass-bench-'));
  await chmod(folder, 0o755);
  atEnd(() => rm(folder, { recursive: true, force: true }));
  const databases = await startDatabases(folder);
  const facts = machineFacts(databases.version);
  say('making the full set');
  const { paths, records } = await writeFullSet(
    await worldInParts(Number(values.records)),
    FIRST_FULL,
    join(folder, 'set'),
  );
  const store = join(folder, 'files');
  const files = [];
  for (const path of paths) {
    const { sha256, sizeBytes } = await new FileStore(store).importFile(path);
    files.push({ name: path.split('/').pop(), sha256, sizeBytes });
  }

  const rows = [];
  let first;
  for (const count of values.workers.split(',').map(Number)) {
    say(`${count} worker${count > 1 ? 's' : ''}: ${withCommas(records)} records in ${files.length} files`);
    const measured = await measureWorkers(databases, store, files, count);
    first ??= measured;
    const peakMb = Math.max(...measured.peaksMb);
    rows.push({
      ratio: first.load / measured.load,
      to: 'one worker',
      what: `${count} worker${count > 1 ? 's' : ''}, all files loaded`,
      best: inSeconds(measured.load),
      peakMb,
      note: `files per worker ${measured.shares.join(' + ')}; longest ${inSeconds(measured.longest)}`,
    });
    rows.push({
      ratio: first.all / measured.all,
      to: 'one worker',
      what: `${count} worker${count > 1 ? 's' : ''}, from the claim to the publication`,
      best: inSeconds(measured.all),
      note: `gate ${inSeconds(measured.gate)}, publish ${inSeconds(measured.publish)}; machine’s load ${loadNow()}`,
    });
  }
  const title = `A full set of ${withCommas(records)} records in ${files.length} files, ${values.loads} at once per worker`;
  console.log([...facts, '', tableOf([{ title, rows }])].join('\n'));
}

/** A world whose full set has as nearly twenty files as its letters allow. */
async function worldInParts(records) {
  const { instruments: firdsInstruments } = await worldOf(records);
  let best;
  for (let parts = 8; parts <= PARTS; parts += 1) {
    const world = new FirdsWorld('esma', { firdsInstruments, firdsPartSize: Math.ceil(records / parts) });
    const { length } = await listFirdsFiles(world, FIRST_FULL, ['FULINS']);
    if (best === undefined || Math.abs(length - PARTS) < Math.abs(best.length - PARTS))
      best = { world, length };
  }
  return best.world;
}

async function measureWorkers(databases, store, files, count) {
  const database = await databases.make();
  const env = {
    ...process.env,
    ...database.env,
    ISINGLASS_FILES: store,
    ISINGLASS_PARALLEL_LOADS: values.loads,
    ISINGLASS_LOG_LEVEL: 'error',
  };
  const [command, ...words] = isinglass(['serve', '--roles', 'worker']);
  const workers = Array.from({ length: count }, () =>
    spawn(command, words, { env, stdio: ['ignore', 'ignore', 'pipe'] }),
  );
  const ended = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
  atEnd(() => workers.forEach((worker) => worker.kill('SIGKILL')));
  // All of them are there before the work is.
  await Promise.all(workers.map((worker) => hasSaid(worker, 'roles: worker')));
  await database.query(`INSERT INTO run (source_id, trigger, requested) VALUES ($1, 'cli', $2)`, [
    SOURCE,
    JSON.stringify({ files, editionOn: FIRST_FULL, approval: 'benchmark' }),
  ]);
  const peaksMb = workers.map(() => 0);
  await until(async () => {
    await Promise.all(
      workers.map(async ({ pid }, index) => {
        peaksMb[index] = Math.max(peaksMb[index], await residentMb(pid));
      }),
    );
    const [{ over }] = await database.query(`SELECT bool_and(ended_at IS NOT NULL) AS over FROM run`);
    return over;
  });
  const [run] = await database.query(
    `SELECT state, error, extract(epoch FROM ended_at - started_at)::float8 AS seconds FROM run`,
  );
  if (run.state !== 'published') throw new Error(`the run is ${run.state}: ${JSON.stringify(run.error)}`);
  const [loads] = await database.query(
    `SELECT extract(epoch FROM max(ended_at) - min(started_at))::float8 AS load,
            extract(epoch FROM max(ended_at - started_at))::float8 AS longest
     FROM run_step WHERE name LIKE 'load %'`,
  );
  const shares = await database.query(
    `SELECT count(*)::int AS files FROM run_event WHERE message = 'begun' AND step LIKE 'load %'
     GROUP BY fields ->> 'pid' ORDER BY 1 DESC`,
  );
  const secondsOf = async (name) =>
    (
      await database.query(
        `SELECT extract(epoch FROM ended_at - started_at)::float8 AS seconds FROM run_step WHERE name = $1`,
        [name],
      )
    )[0].seconds;
  const measured = {
    all: run.seconds,
    ...loads,
    gate: await secondsOf('gate'),
    publish: await secondsOf('publish'),
    shares: shares.map(({ files: taken }) => taken),
    peaksMb,
  };
  workers.forEach((worker) => worker.kill('SIGTERM'));
  await Promise.all(ended);
  await database.drop();
  return measured;
}

async function hasSaid({ stderr }, words) {
  let said = '';
  for await (const text of stderr.setEncoding('utf8')) {
    said += text;
    if (said.includes(words)) break;
  }
  if (!said.includes(words)) throw new Error(`a worker did not start:\n${said}`);
}

async function until(isTrue) {
  while (!(await isTrue())) await delay(LOOK_EVERY_MS);
}

async function residentMb(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1_024;
}
