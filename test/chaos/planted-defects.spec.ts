import { sayFigures } from './support/figures.js';
import { patched, PlantedProject, type NamedTest, type Patch } from './support/planted-project.js';
import { balancedChoice, IS_FULL, randomNumbers, SEED } from './support/seed.js';

const SOME_DEFECTS = Number(process.env['ISINGLASS_CHAOS_DEFECTS'] ?? 4);
const LEDGER = 'src/ingestion/step-ledger.ts';
const MARKS_DONE =
  "\n        `UPDATE run_step SET state = 'done', result = $3, owner = NULL, lease_until = NULL, ended_at = clock_timestamp()\n         WHERE run_id = $1 AND name = $2`,\n        [step.run.id, step.name, JSON.stringify(done.result ?? null)],\n      );";

/** One case of the kill matrix. */
const killCase = (title: string): NamedTest => ({
  file: 'test/chaos/kill-matrix.spec.ts',
  name: title,
  environment: { ISINGLASS_CHAOS_ONLY: title },
});

interface Defect {
  readonly name: string;
  readonly patches: readonly Patch[];
  /** Must fail, with these words. */
  readonly caughtBy: NamedTest;
  readonly because: RegExp;
}

/** What somebody might well write. Each is caught by a test that is there for it, and not by chance. */
const DEFECTS: readonly Defect[] = [
  {
    name: 'no fence: whoever was taken for dead commits all the same',
    patches: [
      {
        file: LEDGER,
        from: 'if (rows[0]?.epoch !== run.epoch || steps[0] === undefined)',
        to: 'if (rows[0] === undefined)',
      },
      { file: LEDGER, from: 'return steps[0];', to: 'return { wasDoneBefore: false };' },
    ],
    caughtBy: {
      file: 'test/integration/database-faults.spec.ts',
      name: 'a worker that was taken for dead and comes back is refused whatever it tries',
    },
    because: /RUN_TAKEN_OVER|resolved instead of rejected/,
  },
  {
    name: 'the word "done" before the data',
    patches: [
      {
        file: LEDGER,
        from: `attempt = $3 AND state = 'running' FOR NO KEY UPDATE`,
        to: `attempt = $3 AND state IN ('running', 'done') FOR NO KEY UPDATE`,
      },
      {
        file: LEDGER,
        from: 'const outcome = await this.database.transaction(async (client) => {\n      const done = await effect(client);',
        to: `await this.database.query(
      \`UPDATE run_step SET state = 'done', result = 'null', owner = NULL, lease_until = NULL WHERE run_id = $1 AND name = $2\`,
      [step.run.id, step.name],
    );
    const outcome = await this.database.transaction(async (client) => {
      const done = await effect(client);`,
      },
    ],
    caughtBy: killCase('NSE: kill at load EQUITY_L:mid-copy'),
    because: /differs|stuck/,
  },
  {
    name: 'the word "done" in a transaction of its own',
    patches: [
      { file: LEDGER, from: `await client.query(${MARKS_DONE}`, to: '' },
      {
        file: LEDGER,
        from: `      await failPoint(\`\${step.name}:before-commit\`);
      return done;
    }, signal);`,
        to: `      return done;
    }, signal);
    await failPoint(\`\${step.name}:before-commit\`);
    await this.database.transaction(async (client) => {
      await client.query(
        \`UPDATE run_step SET state = 'done', result = $3, owner = NULL, lease_until = NULL, ended_at = clock_timestamp()
         WHERE run_id = $1 AND name = $2\`,
        [step.run.id, step.name, JSON.stringify(outcome.result ?? null)],
      );
      if (outcome.end === undefined) await this.runs.sendPending(client, step.run.id);
    });`,
      },
    ],
    caughtBy: killCase('NSE: kill at gate:before-commit'),
    because: /differs|stuck/,
  },
  {
    name: 'staging is emptied, not dropped',
    patches: [
      {
        file: 'src/ingestion/staging.ts',
        from: "await client.query(`DROP TABLE IF EXISTS ${rows.map(({ name }) => `staging.${name}`).join(', ')} CASCADE`);",
        to: "await client.query(`TRUNCATE ${rows.map(({ name }) => `staging.${name}`).join(', ')} CASCADE`);",
      },
    ],
    caughtBy: killCase('NSE: kill at gate:before'),
    because: /staging\.run_\d+.* is left/,
  },
  {
    name: 'leases by the clock of the worker',
    patches: [
      {
        file: 'src/ingestion/run-owner.ts',
        from: 'SET lease_until = clock_timestamp() + make_interval(secs => $4)',
        to: 'SET lease_until = to_timestamp(${new Date().getTime() / 1000}) + make_interval(secs => $4)',
      },
    ],
    caughtBy: {
      file: 'test/chaos/faults.spec.ts',
      name: 'workers whose clocks are five minutes early and late take nothing away from one that works, however late it is',
    },
    because: /toBe|crashes/,
  },
  {
    name: 'runs of a source in whatever order they come',
    patches: [
      {
        file: LEDGER,
        from: "AND (state = 'running' OR (id < $2 AND NOT $3)) LIMIT 1",
        to: "AND (state = 'running' OR $3::boolean IS NULL) LIMIT 1",
      },
    ],
    caughtBy: {
      file: 'test/integration/serial.spec.ts',
      name: 'runs of one source that wait for their time hold later ones back',
    },
    because: /toBeUndefined|toEqual|toBe/,
  },
  {
    name: 'the change feed numbered before its turn: who reads on from the last number misses what is shown later',
    patches: [
      {
        file: 'src/ingestion/steps/publish.ts',
        from: "await longQuery(client, 'SELECT pg_advisory_xact_lock($1)', [PUBLICATION_LOCK]);",
        to: '',
      },
      {
        file: 'src/ingestion/steps/publish.ts',
        from: 'PUBLICATION_LOCK,\n',
        to: '',
      },
      {
        file: 'src/ingestion/steps/publish.ts',
        from: '`SELECT coalesce(max(number), 0) + 1 AS number,',
        to: "`SELECT nextval('run_event_id_seq') AS number,",
      },
    ],
    caughtBy: {
      file: 'test/integration/serial.spec.ts',
      name: 'publications of two sources at the same time are numbered without a gap, in the order in which they become visible',
    },
    because: /waits for the publication lock|toEqual/,
  },
  {
    name: 'the checksum of a zip is not looked at',
    patches: [
      {
        file: 'src/sources/formats/zip-entry.ts',
        from: 'if (sum !== entry.crc32) {',
        to: 'if (Number.isNaN(sum)) {',
      },
    ],
    caughtBy: {
      file: 'src/sources/formats/zip-entry.spec.ts',
      name: 'is refused when the checksum is another',
    },
    because: /EditionRefusedError/,
  },
  {
    name: 'a set counts without all its parts',
    patches: [
      {
        file: 'src/ingestion/steps/locate.ts',
        from: 'const incomplete = incompleteSets(parts);',
        to: 'const incomplete = incompleteSets([]);\n  void parts;',
      },
    ],
    caughtBy: { file: 'test/chaos/orders.spec.ts', name: 'of a full set in four parts parts 1, 2, 4' },
    because: /SET_INCOMPLETE/,
  },
  {
    name: 'a COPY that fails is taken for one that ended',
    patches: [
      {
        file: 'src/database/copy.ts',
        from: 'await pipeline(Readable.from(blocks), copy, { signal });',
        to: 'await pipeline(Readable.from(blocks), copy, { signal }).catch(() => undefined);',
      },
    ],
    caughtBy: {
      file: 'test/integration/firds-faults.spec.ts',
      name: 'a delta with the fault broken-xml ends',
    },
    because: /XML_NOT_WELL_FORMED/,
  },
  {
    name: 'nobody listens when a connection in use is lost',
    patches: [{ file: 'src/database/database.ts', from: "client.on('error', onError);", to: '' }],
    caughtBy: killCase('NSE: restart at load EQUITY_L:mid-copy'),
    because: /ended by itself/,
  },
  {
    name: 'a merge that writes what has not changed',
    patches: [
      {
        file: 'src/instruments/sql/record-differences.sql',
        from: "THEN CASE WHEN r.exact_hash <> s.exact_hash THEN 'cosmetic' ELSE 'unchanged' END",
        to: "THEN CASE WHEN r.exact_hash <> s.exact_hash THEN 'cosmetic' ELSE 'changed' END",
      },
    ],
    caughtBy: {
      file: 'test/integration/history.spec.ts',
      name: 'publishing editions gives a later edition with the same content a publication of its own, without a change',
    },
    because: /toEqual|toMatchObject|toBe/,
  },
];

const chosen = IS_FULL
  ? DEFECTS
  : balancedChoice(DEFECTS, SOME_DEFECTS, ({ name }) => [name], randomNumbers(SEED));
let caught = 0;

afterAll(() =>
  sayFigures('planted defects', { seed: SEED, planted: chosen.length, caught, 'of all': DEFECTS.length }),
);

it('each still finds its place in the source', async () => {
  for (const { patches } of DEFECTS) await patched(patches);
});

it.each(chosen.map((defect) => [defect.name, defect] as const))(
  '%s: is caught',
  async (name, { patches, caughtBy, because }) => {
    const sinceMs = performance.now();
    const project = await PlantedProject.plant(patches);
    try {
      const { failed, passed, reasons } = await project.test(caughtBy);
      await sayFigures('planted defects', {
        [name]: `${failed.length > 0 ? 'caught' : 'missed'} in ${Math.round((performance.now() - sinceMs) / 1_000)} s`,
      });
      expect([...failed, ...passed]).not.toEqual([]);
      expect(failed).not.toEqual([]);
      expect(reasons).toMatch(because);
      caught += 1;
    } finally {
      await project.remove();
    }
  },
  600_000,
);
