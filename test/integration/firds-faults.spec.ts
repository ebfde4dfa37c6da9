import { statfs } from 'node:fs/promises';
import type { AnyFaultName } from '../../src/demo/faults.js';
import { FIRDS_FAULT_NAMES, type FirdsFaultName } from '../../src/demo/firds/firds-faults.js';
import { startSimulatedPublisher, type SimulatedPublisher } from '../../src/demo/simulated-publisher.js';
import { digestOf, litterIn } from '../support/digest.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

const SOURCE = 'eu-esma-firds';
/** The delta of Tuesday 2026-01-06, day 1 of the simulation: it has more than one part, and the day before has none. */
const DELTA = 'DLTINS_20260106';

/** How each fault ends that strikes a delta: published, not there yet, or stopped with this code. */
const ENDINGS: Readonly<
  Partial<Record<AnyFaultName, 'published' | 'unchanged' | readonly [string, string]>>
> = {
  'missing-part': 'unchanged',
  'missing-delta': 'unchanged',
  'disagreeing-totals': 'unchanged',
  'wrong-checksum': ['failed', 'CHECKSUM_MISMATCH'],
  republished: 'published',
  'delta-twice': 'published',
  'late-records': 'published',
  // The publisher's list has the MD5 of the whole file; without one the cut is found in the zip: see below.
  'truncated-zip': ['failed', 'CHECKSUM_MISMATCH'],
  'two-entries': ['refused', 'ZIP_ENTRIES'],
  'zip-bomb': ['refused', 'ZIP_TOO_LARGE'],
  // What it unpacks to is one endless text: that is noticed before its true size is.
  'lying-zip-bomb': ['refused', 'XML_LIMIT'],
  'path-traversal': ['refused', 'ZIP_ENTRY_NAME'],
  'entity-bomb': ['refused', 'XML_DOCTYPE'],
  'external-entity': ['refused', 'XML_DOCTYPE'],
  'broken-xml': ['refused', 'XML_NOT_WELL_FORMED'],
  'wrong-header-date': ['failed', 'FIRDS_HEADER_MISMATCH'],
  'not-found': ['failed', 'PUBLISHER_NOT_FOUND'],
  'block-page': ['failed', 'PUBLISHER_BLOCK_PAGE'],
  busy: ['failed', 'PUBLISHER_BUSY'],
  'server-error': ['failed', 'PUBLISHER_DOWN'],
  reset: ['failed', 'PUBLISHER_UNREACHABLE'],
  stall: ['failed', 'PUBLISHER_STALLED'],
  truncation: ['failed', 'PUBLISHER_TRUNCATED'],
  'empty-file': ['failed', 'PUBLISHER_EMPTY_FILE'],
};

let publisher: SimulatedPublisher;
/** The first editions, published undisturbed: what the faults of a delta begin with. */
let template: TestHouse;
let house: TestHouse;

async function open(of?: string): Promise<TestHouse> {
  return openTestHouse(
    { mirrorUrl: publisher.url, letters: ['E', 'R'] },
    // As patient as the house's own client, only faster.
    { sleep: async () => undefined, timeouts: { idleMs: 200 } },
    undefined,
    of,
  );
}

beforeAll(async () => {
  publisher = await startSimulatedPublisher({ firdsInstruments: 300, firdsPartSize: 30 });
  template = await open();
  await template.ingestAll(SOURCE);
  await template.app.close();
  await template.db.database.close();
});

beforeEach(() => publisher.setDay(0));

afterEach(async () => {
  publisher.setFault(null);
  await house.close();
});

afterAll(() => publisher.close());

it.each(Object.entries(ENDINGS) as [AnyFaultName, (typeof ENDINGS)[AnyFaultName]][])(
  'a delta with the fault %s ends %j, and readers see nothing of it',
  async (name, ending) => {
    house = await open(template.db.name);
    const before = await digestOf(house.db.database);
    publisher.setDay(1);
    publisher.setFault({ name, match: DELTA });
    const freeBefore = await freeBytes(house.home);
    const run = (await house.ingestAll(SOURCE)).at(-1);
    if (typeof ending === 'string') {
      expect(run).toMatchObject({ state: ending, error: null });
    } else {
      const [state, code] = ending ?? [];
      expect(run).toMatchObject({ state, error: { code } });
      expect(run?.error?.nextStep).not.toBe('');
      // Three gigabytes are refused before a tenth of them is on the disk.
      expect(freeBefore - (await freeBytes(house.home))).toBeLessThan(300 * 2 ** 20);
    }
    if (ending !== 'published') expect(await digestOf(house.db.database)).toBe(before);
    expect(await litterIn(house.db.database)).toEqual([]);

    publisher.setFault(null);
    publisher.setDay(2);
    const after = await house.ingestAll(SOURCE);
    expect(after.map(({ error }) => error?.code)).toEqual(after.map(() => undefined));
  },
);

it('every fault of FIRDS has an ending in this test', async () => {
  house = await open();
  const tested = new Set<string>([...Object.keys(ENDINGS), 'wrong-letter']);
  expect(FIRDS_FAULT_NAMES.filter((name: FirdsFaultName) => !tested.has(name))).toEqual([]);
});

it.each(['missing-part', 'disagreeing-totals'] as const)(
  'a first full set with the fault %s is waited for',
  async (name) => {
    house = await open();
    publisher.setFault({ name, match: 'FULINS_R_' });
    const [run] = await house.ingestAll(SOURCE);
    expect(run).toMatchObject({ state: 'failed', error: { code: 'FULL_SET_INCOMPLETE' } });
    expect(run?.error?.message).toContain('FULINS_R');
  },
);

it('a full set with the records of another letter is held: they are rejects', async () => {
  house = await open();
  publisher.setFault({ name: 'wrong-letter', match: 'FULINS_R_' });
  const [run] = await house.ingestAll(SOURCE);
  expect(run).toMatchObject({ state: 'held', error: { code: 'REJECT_SHARE' } });
  expect(run?.rejects[0]?.reasons).toEqual([
    expect.objectContaining({ code: 'LETTER_MISMATCH', field: 'cfi' }),
  ]);
});

it('a cut zip is found out also where the publisher says no MD5', async () => {
  house = await open();
  publisher.setFault({ name: 'truncated-zip', match: 'FULINS_E_' });
  const [run] = await house.ingestAll('gb-fca-firds');
  expect(run).toMatchObject({ state: 'refused', error: { code: 'ZIP_BROKEN' } });
  expect(await house.db.database.query('SELECT FROM record')).toEqual([]);
  publisher.setFault(null);
  expect((await house.ingestAll('gb-fca-firds')).at(-1)?.error).toBeNull();
});

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
