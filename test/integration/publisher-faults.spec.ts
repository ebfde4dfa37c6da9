import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FAULT_NAMES, type FaultName } from '../../src/demo/faults.js';
import { startSimulatedPublisher, type SimulatedPublisher } from '../../src/demo/simulated-publisher.js';
import { digestOf, litterIn } from '../support/digest.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

const SOURCE = 'in-nse-equities';
/** Strikes the list of the main board alone, without which there is no edition. */
const MAIN = '/EQUITY_L';
/** Strikes a list that may be absent. */
const SME = 'SME_EQUITY_L';

/** How a run ends while a fault lasts: published, or so and with this code. */
type Ending = 'published' | readonly ['failed' | 'refused' | 'held', string];

/** How each fault ends where it strikes the list of the main board, and where it strikes an optional one. */
const ENDINGS: Readonly<Record<FaultName, { readonly main: Ending; readonly sme: Ending }>> = {
  // A list that may be absent holds nothing up when it is.
  'not-found': { main: ['failed', 'PUBLISHER_NOT_FOUND'], sme: 'published' },
  'forbidden-page': { main: ['failed', 'PUBLISHER_FORBIDDEN'], sme: ['failed', 'PUBLISHER_FORBIDDEN'] },
  'block-page': { main: ['failed', 'PUBLISHER_BLOCK_PAGE'], sme: ['failed', 'PUBLISHER_BLOCK_PAGE'] },
  busy: { main: ['failed', 'PUBLISHER_BUSY'], sme: ['failed', 'PUBLISHER_BUSY'] },
  'server-error': { main: ['failed', 'PUBLISHER_DOWN'], sme: ['failed', 'PUBLISHER_DOWN'] },
  reset: { main: ['failed', 'PUBLISHER_UNREACHABLE'], sme: ['failed', 'PUBLISHER_UNREACHABLE'] },
  stall: { main: ['failed', 'PUBLISHER_STALLED'], sme: ['failed', 'PUBLISHER_STALLED'] },
  truncation: { main: ['failed', 'PUBLISHER_TRUNCATED'], sme: ['failed', 'PUBLISHER_TRUNCATED'] },
  'silent-truncation': { main: ['held', 'PART_CUT_SHORT'], sme: ['held', 'PART_CUT_SHORT'] },
  'wrong-content': { main: ['failed', 'HEADER_INCOMPLETE'], sme: ['failed', 'HEADER_INCOMPLETE'] },
  'json-content': { main: ['failed', 'FILE_IS_JSON'], sme: ['failed', 'FILE_IS_JSON'] },
  // A correction of the same day.
  'changed-bytes': { main: 'published', sme: 'published' },
  'empty-file': { main: ['failed', 'PUBLISHER_EMPTY_FILE'], sme: ['failed', 'PUBLISHER_EMPTY_FILE'] },
  'half-file': { main: ['held', 'EDITION_SHRUNK'], sme: ['held', 'EDITION_SHRUNK'] },
  // Columns may come in any order, but the comma too many at the end of SME_EQUITY_L's lines makes a nameless first column.
  'shuffled-columns': { main: 'published', sme: ['failed', 'HEADER_UNKNOWN'] },
  'renamed-columns': { main: ['failed', 'HEADER_UNKNOWN'], sme: ['failed', 'HEADER_UNKNOWN'] },
  'wrong-encoding': { main: ['refused', 'CSV_NUL_BYTE'], sme: ['refused', 'CSV_NUL_BYTE'] },
  'bad-check-digits': { main: ['held', 'REJECT_SHARE'], sme: ['held', 'REJECT_SHARE'] },
};

let publisher: SimulatedPublisher;
let house: TestHouse;

beforeAll(async () => {
  // So many that half of a list is still a list of a healthy size: it must be told by what was there before.
  publisher = await startSimulatedPublisher({ instruments: 3_500 });
  house = await openTestHouse(
    { mirrorUrl: publisher.url },
    // As patient as the house's own client, only faster.
    { sleep: async () => undefined, timeouts: { idleMs: 200 } },
  );
  expect(await house.ingest(SOURCE)).toMatchObject({ state: 'published', publication: 1 });
});

beforeEach(() => publisher.advance());

afterEach(() => publisher.setFault(null));

afterAll(async () => {
  await house.close();
  await publisher.close();
});

async function expectNoLitter(): Promise<void> {
  expect(await litterIn(house.db.database)).toEqual([]);
  const tmp = join(house.home, 'files', 'tmp');
  expect(existsSync(tmp) ? await readdir(tmp) : []).toEqual([]);
}

/** The house believes what the publisher says today, no more and no less. */
async function expectInStep(): Promise<void> {
  const rows = await house.db.database.query<{ isin: string; name: string; symbol: string }>(
    `SELECT isin, name, symbol FROM instrument WHERE status = 'active' ORDER BY isin COLLATE "C"`,
  );
  const published = publisher.world
    .securitiesOn(publisher.day)
    .map(({ isin, name, symbol }) => ({ isin, name: name.trim(), symbol }))
    .sort((one, other) => (one.isin < other.isin ? -1 : 1));
  expect(rows).toEqual(published);
}

async function expectRecovery(): Promise<void> {
  publisher.setFault(null);
  const run = await house.ingest(SOURCE);
  expect(run).toMatchObject({
    state: 'published',
    edition: publisher.world.dateOf(publisher.day),
    error: null,
    totals: { rejected: 0 },
  });
  expect(run.findings).toEqual([]);
  await expectInStep();
  await expectNoLitter();
}

describe.each([
  ['the main list', MAIN, 'main'],
  ['an optional list', SME, 'sme'],
] as const)('a fault that strikes %s and lasts', (_what, match, list) => {
  const lasting = FAULT_NAMES.map((name) => [name, ENDINGS[name][list]] as const);

  it.each(lasting.flatMap(([name, ending]) => (ending === 'published' ? [] : [[name, ...ending] as const])))(
    '%s: ends the run %s with %s, changes nothing, and is over when it is over',
    async (name, state, code) => {
      const before = await digestOf(house.db.database);
      publisher.setFault({ name, match });
      const run = await house.ingest(SOURCE);
      expect(run).toMatchObject({ state, publication: null, error: { code } });
      expect(run.error?.message).toMatch(/EQUITY_L/);
      expect(run.error?.nextStep).toMatch(/\w/);
      if (state === 'held')
        expect(run.findings.map((each) => `${each.severity} ${each.code}`)).toContain(`stop ${code}`);
      expect(await digestOf(house.db.database)).toBe(before);
      await expectNoLitter();
      await expectRecovery();
    },
  );

  it.each(lasting.flatMap(([name, ending]) => (ending === 'published' ? [name] : [])))(
    '%s: is no reason not to publish',
    async (name) => {
      publisher.setFault({ name, match });
      expect(await house.ingest(SOURCE)).toMatchObject({
        state: 'published',
        error: null,
        totals: { rejected: 0 },
      });
      await expectNoLitter();
      // What the fault changed is put right by the next run: an edition of the same day with other bytes.
      await expectRecovery();
    },
  );
});

it.each(['busy', 'server-error', 'reset', 'stall', 'truncation'] as const)(
  '%s, when it happens once, is got over within the run',
  async (name) => {
    publisher.setFault({ name, match: MAIN, times: 1 });
    expect(await house.ingest(SOURCE)).toMatchObject({ state: 'published', error: null });
    expect(publisher.fault).toBeNull();
    await expectInStep();
    await expectNoLitter();
  },
);

it('each fault is told apart by its code', () => {
  const faultsByCode = new Map<string, FaultName[]>();
  for (const name of FAULT_NAMES) {
    const ending = ENDINGS[name].main;
    if (ending === 'published') continue;
    faultsByCode.set(ending[1], [...(faultsByCode.get(ending[1]) ?? []), name]);
  }
  const alike = [...faultsByCode].filter(([, names]) => names.length > 1);
  expect(alike).toEqual([]);
});

it('a correction is one changed record, and so is taking it back', async () => {
  await house.ingest(SOURCE);
  publisher.setFault({ name: 'changed-bytes', match: MAIN });
  const corrected = await house.ingest(SOURCE);
  expect(corrected).toMatchObject({
    state: 'published',
    totals: { records: { new: 0, changed: 1, ended: 0 } },
  });
  publisher.setFault(null);
  const back = await house.ingest(SOURCE);
  expect(back).toMatchObject({ state: 'published', totals: { records: { new: 0, changed: 1, ended: 0 } } });
  expect(back.edition).toBe(corrected.edition);
  await expectInStep();
});

it('an optional list that is gone is a finding, and what it held stays', async () => {
  const sme = async (): Promise<unknown> =>
    house.db.database.query(
      `SELECT isin, status, name FROM record WHERE scope = 'SME_EQUITY_L' ORDER BY isin`,
    );
  const before = await sme();
  publisher.setFault({ name: 'not-found', match: SME });
  const run = await house.ingest(SOURCE);
  expect(run).toMatchObject({ state: 'published', findings: [{ code: 'PART_ABSENT', severity: 'warning' }] });
  expect(await sme()).toEqual(before);
});
