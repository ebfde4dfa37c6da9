import { plantedDrift } from '../../src/demo/firds/drift.js';
import {
  startSimulatedPublisher,
  type SimulatedPublisher,
  type SimulatedPublisherOptions,
} from '../../src/demo/simulated-publisher.js';
import { RunReader, type Drift, type RunStory } from '../../src/ingestion/run-reader.js';
import { FIELDS } from '../../src/sources/families/firds/fields.js';
import { digestOf, litterIn } from '../support/digest.js';
import { download, esmaFiles, livingRecords } from '../support/firds-state.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

const SOURCE = 'eu-esma-firds';
/** The simulated world begins on Monday 2026-01-05, with the full set of the Saturday before. */
const NEXT_FULL = '2026-01-10';
const DAY_OF_NEXT_FULL = 5;
const WORLD: SimulatedPublisherOptions = { firdsInstruments: 600, firdsPartSize: 200 };

let publishers: SimulatedPublisher[] = [];
let houses: TestHouse[] = [];

afterEach(async () => {
  await Promise.all([...houses.map((house) => house.close()), ...publishers.map((one) => one.close())]);
  publishers = [];
  houses = [];
});

async function publish(options: SimulatedPublisherOptions = {}): Promise<SimulatedPublisher> {
  const publisher = await startSimulatedPublisher({ ...WORLD, ...options });
  publishers.push(publisher);
  return publisher;
}

async function open(publisher: SimulatedPublisher): Promise<TestHouse> {
  const house = await openTestHouse({ mirrorUrl: publisher.url, letters: null });
  houses.push(house);
  return house;
}

/** Follows the publisher day by day until the Monday after the next full set. */
async function followDays(publisher: SimulatedPublisher, house: TestHouse): Promise<readonly RunStory[]> {
  const runs: RunStory[] = [];
  for (let day = 0; day <= DAY_OF_NEXT_FULL; day += 1) {
    publisher.setDay(day);
    runs.push(...(await house.ingestAll(SOURCE)));
  }
  return runs;
}

function auditIn(runs: readonly RunStory[]): RunStory {
  const audit = runs.find(
    ({ edition, totals }) => edition === NEXT_FULL && (totals?.records.unchanged ?? 0) > 500,
  );
  if (audit === undefined) throw new Error('the next full set was not published');
  return audit;
}

async function driftOf(house: TestHouse, runs: readonly RunStory[]): Promise<readonly Drift[]> {
  return house.app.get(RunReader).drift({ run: auditIn(runs).id, limit: 1_000 });
}

const codesOf = (runs: readonly RunStory[]): string[] =>
  runs.flatMap(({ error, findings }) => [
    ...(error ? [error.code] : []),
    ...findings.map(({ code }) => code),
  ]);

/** Where a leaf stands in a record: in a column, or a part of `details`; a moment with a time of day in both. */
function fieldsOf(leaf: string): readonly string[] {
  const field = FIELDS.find(({ paths }) => paths.includes(leaf));
  if (field === undefined) throw new Error(`no field for ${leaf}`);
  if (!field.isColumn) return [`details.${field.name.split('.')[0]}`];
  return field.momentName === undefined
    ? [field.name]
    : [field.name, `details.${field.momentName.split('.')[0]}`];
}

describe('a full set after seven days of deltas', () => {
  it('finds no drift where there is none', async () => {
    const publisher = await publish();
    const house = await open(publisher);
    const runs = await followDays(publisher, house);
    expect(new Set(runs.map(({ state }) => state))).toEqual(new Set(['published', 'unchanged']));
    const totals = auditIn(runs).totals;
    expect(totals?.drift).toEqual({});
    expect(totals?.records).toMatchObject({ new: 0, changed: 0, ended: 0 });
    expect(codesOf(runs).filter((code) => code.startsWith('DRIFT'))).toEqual([]);
    expect(await litterIn(house.db.database)).toEqual([]);
  });

  it('finds exactly the drift that was planted, names the fields, and heals it', async () => {
    const publisher = await publish({ firdsDrift: { vanished: 3, appeared: 4, differing: 5 } });
    const house = await open(publisher);
    const runs = await followDays(publisher, house);
    const reasons = { vanished: 'vanished', appeared: 'appeared', differing: 'differs' } as const;
    const planted = plantedDrift(publisher.firds.esma)
      .map(({ isin, mic, kind, fields }) => ({
        isin,
        mic,
        reason: reasons[kind],
        fields: [...new Set(fields.flatMap(fieldsOf))].sort(),
      }))
      .sort((a, b) => (`${a.isin}${a.mic}` < `${b.isin}${b.mic}` ? -1 : 1));
    const found = await driftOf(house, runs);
    expect(found.map((one) => ({ ...one, fields: [...one.fields].sort() }))).toEqual(planted);
    expect(auditIn(runs).totals?.drift).toEqual({ vanished: 3, appeared: 4, differs: 5 });
    expect(codesOf(runs)).toEqual(
      expect.arrayContaining(['DRIFT_VANISHED', 'DRIFT_APPEARED', 'DRIFT_DIFFERS']),
    );

    const alone = await open(publisher);
    await alone.ingestAll(SOURCE);
    expect(await livingRecords(house.db.database, SOURCE)).toEqual(
      await livingRecords(alone.db.database, SOURCE),
    );
  });

  it('says record by record what the deltas had made, also to a house that never saw it', async () => {
    const publisher = await publish();
    const byDeltas = await open(publisher);
    await byDeltas.ingestAll(SOURCE);
    publisher.setDay(DAY_OF_NEXT_FULL);
    publisher.setFault({ name: 'missing-part', match: `FULINS_E_${NEXT_FULL.replaceAll('-', '')}` });
    const runs = await byDeltas.ingestAll(SOURCE);
    expect(runs.filter(({ totals }) => (totals?.records.unchanged ?? 0) > 500)).toEqual([]);
    publisher.setFault(null);
    const byFullSet = await open(publisher);
    await byFullSet.ingestAll(SOURCE);

    const records = await livingRecords(byDeltas.db.database, SOURCE);
    expect(records.length).toBeGreaterThan(600);
    expect(records).toEqual(await livingRecords(byFullSet.db.database, SOURCE));
  });
});

describe('a full set that the gate holds', () => {
  it('is left aside while deltas go on, until a person approves it', async () => {
    const publisher = await publish({ firdsDrift: { vanished: 60, appeared: 0, differing: 0 } });
    const house = await open(publisher);
    const runs = await followDays(publisher, house);
    const held = runs.filter(({ state }) => state === 'held');
    expect(held).toMatchObject([{ edition: NEXT_FULL, error: { code: 'EDITION_SHRUNK' } }]);
    publisher.advance();
    const later = await house.ingestAll(SOURCE);
    expect(later.map(({ state, edition }) => [state, edition])).toContainEqual(['published', '2026-01-13']);

    const [approved] = await house.ingestAll(SOURCE, { approval: 'the publisher says so' });
    expect(approved).toMatchObject({
      state: 'published',
      edition: NEXT_FULL,
      totals: { drift: { vanished: 60 } },
    });
  });
});

describe('a correction of a full set that the gate holds', () => {
  it('is left aside too, while deltas go on', async () => {
    const publisher = await publish();
    const house = await open(publisher);
    await house.ingestAll(SOURCE);
    publisher.setFault({ name: 'half-file', match: 'FULINS' });
    publisher.setDay(1);
    const runs = await house.ingestAll(SOURCE);
    const held = runs.filter(({ state }) => state === 'held');
    expect(held.length).toBeGreaterThan(0);
    publisher.setDay(2);
    const later = await house.ingestAll(SOURCE);
    expect(later.filter(({ state }) => state === 'held')).toEqual([]);
    expect(later).toContainEqual(expect.objectContaining({ state: 'published', kind: 'delta' }));
  });
});

describe('a delta that waits for a person', () => {
  it('is not brought and held anew, and keeps back what follows, until its files change or somebody decides', async () => {
    const publisher = await publish();
    const house = await open(publisher);
    await house.ingestAll(SOURCE);
    publisher.setDay(1);
    const [delta] = await house.ingestAll(SOURCE);
    expect(delta).toMatchObject({ state: 'published', kind: 'delta' });
    const { database } = house.db;
    // As if the gate had held it.
    await database.query(`UPDATE run SET state = 'held', publication = NULL WHERE id = $1`, [delta?.id]);
    await database.query(
      `UPDATE edition SET state = 'held' WHERE id = (SELECT edition_id FROM run WHERE id = $1)`,
      [delta?.id],
    );
    publisher.setDay(2);
    const [again] = await house.ingestAll(SOURCE);
    expect(again).toMatchObject({ state: 'refused', error: { code: 'EDITION_HELD' } });
    expect(again?.error?.nextStep).toContain(`npx isinglass approve ${delta?.id}`);
    expect(again?.steps.map(({ name }) => name)).toEqual(['locate']);

    const [approved, next] = await house.ingestAll(SOURCE, { approval: 'the publisher says so' });
    expect([approved, next]).toMatchObject([
      { state: 'published', edition: delta?.edition },
      { state: 'published', kind: 'delta' },
    ]);
  });
});

describe('a file that the publisher replaces, and then puts back', () => {
  it('is read again each time, and the days after it follow', async () => {
    const publisher = await publish();
    const house = await open(publisher);
    publisher.setDay(1);
    await house.ingestAll(SOURCE);
    publisher.setFault({ name: 'republished', match: 'DLTINS_20260106' });
    const corrected = await house.ingestAll(SOURCE);
    expect(corrected).toMatchObject([{ state: 'published', edition: '2026-01-06' }]);
    publisher.setFault(null);
    publisher.setDay(3);
    const runs = await house.ingestAll(SOURCE);
    expect(runs.length).toBeLessThan(6);
    expect(runs.at(-1)).toMatchObject({ state: 'published', edition: '2026-01-08' });
    expect(await house.ingestAll(SOURCE)).toMatchObject([{ state: 'unchanged', edition: null }]);
  });
});

describe('deltas', () => {
  let publisher: SimulatedPublisher;
  let undisturbed: string;

  beforeEach(async () => {
    publisher = await publish();
    const house = await open(publisher);
    await followDays(publisher, house);
    undisturbed = await digestOf(house.db.database);
    publisher.setDay(0);
  });

  it('that are listed twice change nothing', async () => {
    const house = await open(publisher);
    publisher.setFault({ name: 'delta-twice' });
    await followDays(publisher, house);
    expect(await digestOf(house.db.database)).toBe(undisturbed);
  });

  it('of a missing day stop the source by its name, until they are there', async () => {
    const house = await open(publisher);
    publisher.setFault({ name: 'missing-delta', match: 'DLTINS_20260107' });
    publisher.setDay(2);
    await house.ingestAll(SOURCE);
    publisher.setDay(3);
    const before = await digestOf(house.db.database);
    const [stopped] = await house.ingestAll(SOURCE);
    expect(stopped).toMatchObject({ state: 'refused', error: { code: 'DELTA_GAP' } });
    expect(stopped?.error?.message).toContain('2026-01-07');
    expect(await digestOf(house.db.database)).toBe(before);

    publisher.setFault(null);
    publisher.setDay(DAY_OF_NEXT_FULL);
    expect((await house.ingestAll(SOURCE)).at(-1)?.error).toBeNull();
    const alone = await open(publisher);
    await alone.ingestAll(SOURCE);
    expect(await livingRecords(house.db.database, SOURCE)).toEqual(
      await livingRecords(alone.db.database, SOURCE),
    );
  });

  it('of a missing day are healed by the next full set', async () => {
    // In a smaller world one letter would lose a tenth of its records by chance, which the gate holds.
    publisher = await publish({ firdsInstruments: 1_500 });
    const house = await open(publisher);
    publisher.setFault({ name: 'missing-delta', match: 'DLTINS_20260107' });
    const runs = await followDays(publisher, house);
    expect(codesOf(runs)).toEqual(expect.arrayContaining(['DELTA_GAP', 'GAP_HEALED']));
    publisher.setFault(null);
    const alone = await open(publisher);
    await alone.ingestAll(SOURCE);
    expect(await livingRecords(house.db.database, SOURCE)).toEqual(
      await livingRecords(alone.db.database, SOURCE),
    );
  });

  it('go on without a missing day where a person accepts it, which is written down', async () => {
    const house = await open(publisher);
    publisher.setFault({ name: 'missing-delta', match: 'DLTINS_20260107' });
    publisher.setDay(3);
    await house.ingestAll(SOURCE);
    const runs = await house.ingestAll(SOURCE, { acceptsGap: 'the publisher lost it' });
    expect(runs.at(-1)).toMatchObject({ state: 'published', edition: '2026-01-08' });
    expect(runs[0]?.findings).toContainEqual({
      code: 'GAP_ACCEPTED',
      severity: 'warning',
      message: 'the deltas of 2026-01-07 are missing, which a person accepted: the publisher lost it',
    });
    expect((await house.ingestAll(SOURCE)).at(-1)?.error).toBeNull();
  });

  it('that a person brings in any order change nothing that is right, and leave no hole', async () => {
    publisher.setDay(DAY_OF_NEXT_FULL);
    const house = await open(publisher);
    const bring = async (type: string, day: string): Promise<RunStory> =>
      house.ingest(SOURCE, { files: await download(await esmaFiles(publisher.url, type, day)) });

    expect(await bring('DLTINS', '2026-01-04')).toMatchObject({ error: { code: 'DELTA_GAP' } });
    expect(await bring('FULINS', '2026-01-03')).toMatchObject({ state: 'published' });
    expect(await bring('DLTINS', '2026-01-05')).toMatchObject({
      state: 'refused',
      error: { code: 'DELTA_GAP', message: expect.stringContaining('2026-01-04 is missing') as string },
    });
    for (const day of ['03', '04', '05', '06']) {
      expect(await bring('DLTINS', `2026-01-${day}`)).toMatchObject({ state: 'published' });
    }
    const records = await livingRecords(house.db.database, SOURCE);
    const digest = await digestOf(house.db.database);
    for (const day of ['06', '04', '05', '03', '06']) {
      const again = await bring('DLTINS', `2026-01-${day}`);
      expect(again.totals?.records).toMatchObject({ new: 0, changed: 0, ended: 0 });
    }
    expect(await livingRecords(house.db.database, SOURCE)).toEqual(records);
    expect(await digestOf(house.db.database)).toBe(digest);
  });
});
