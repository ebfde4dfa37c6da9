import { firdsRecords, type FirdsRecord } from './file-xml.js';
import { listFirdsFiles } from './files.js';
import { FirdsWorld } from './firds-world.js';
import type { FirdsWorldOptions } from './world-options.js';
import { plantedDrift } from './drift.js';
import { LEAVES } from './schema.js';
import { dateOf } from './timeline.js';

type State = Map<string, FirdsRecord>;
const keyOf = ({ isin, mic }: FirdsRecord): string => `${isin} ${mic}`;
const valueOf = (record: FirdsRecord, path: string): string | undefined =>
  record.leaves.find(([leaf]) => leaf === path)?.[1];
const small = { firdsInstruments: 1_200, firdsDaily: { modified: 8, created: 1.4, terminated: 1.2 } };

async function recordsOf(world: FirdsWorld, day: number, type: string): Promise<FirdsRecord[]> {
  const records: FirdsRecord[] = [];
  for (const file of await listFirdsFiles(world, dateOf(day))) {
    if (file.type !== type) continue;
    for await (const record of firdsRecords(world, file)) records.push(record);
  }
  return records;
}

async function fullSet(world: FirdsWorld, day: number): Promise<State> {
  return new Map((await recordsOf(world, day, 'FULINS')).map((record) => [keyOf(record), record]));
}

/** The official rules in small: what is open after a delta. */
async function replay(world: FirdsWorld, state: State, day: number): Promise<void> {
  for (const record of await recordsOf(world, day, 'DLTINS')) {
    const isOpen = record.element === 'NewRcrd' || record.element === 'ModfdRcrd';
    if (isOpen) state.set(keyOf(record), record);
    else state.delete(keyOf(record));
  }
}

function differences(one: State, other: State): string[] {
  const keys = new Set([...one.keys(), ...other.keys()]);
  return [...keys].filter(
    (key) => JSON.stringify(one.get(key)?.leaves) !== JSON.stringify(other.get(key)?.leaves),
  );
}

describe.each(['esma', 'fca'] as const)('the files of %s', (publisher) => {
  it('add up: a full set and the deltas after it make the next full set, week after week', async () => {
    const world = new FirdsWorld(publisher, small);
    let state = await fullSet(world, world.firstDay);
    expect(state.size).toBeGreaterThan(1_000);
    for (let day = world.firstDay + 1; day <= world.firstDay + 28; day += 1) {
      await replay(world, state, day);
      if (!world.isFullDay(day)) continue;
      const published = await fullSet(world, day);
      expect(differences(state, published)).toEqual([]);
      state = published;
    }
  });
});

describe('a full set', () => {
  it('contains what the delta of its own date says', async () => {
    const world = new FirdsWorld('esma', small);
    const state = await fullSet(world, world.firstDay + 7);
    const before = new Map(state);
    await replay(world, state, world.firstDay + 7);
    expect(differences(state, before)).toEqual([]);
  });

  it('holds each key once, in the order of the ISINs', async () => {
    const world = new FirdsWorld('esma', small);
    const records = await recordsOf(world, world.firstDay, 'FULINS');
    expect(new Set(records.map(keyOf)).size).toBe(records.length);
    for (const letter of ['D', 'E', 'R', 'S']) {
      const isins = records
        .filter((record) => valueOf(record, 'FinInstrmGnlAttrbts/ClssfctnTp')?.startsWith(letter))
        .map(({ isin }) => isin);
      expect(isins).toEqual([...isins].sort());
    }
  });
});

describe('a delta', () => {
  const world = new FirdsWorld('esma', { ...small, firdsInstruments: 4_000 });

  it('dates its records as the real ones do', async () => {
    const counts = { NewRcrd: 0, ModfdRcrd: 0, TermntdRcrd: 0, CancRcrd: 0 } as Record<string, number>;
    let late = 0;
    for (let day = world.firstDay + 3; day <= world.firstDay + 21; day += 1) {
      const open = await fullSetKeys(world, day - 1);
      for (const record of await recordsOf(world, day, 'DLTINS')) {
        counts[record.element] = (counts[record.element] ?? 0) + 1;
        const from = valueOf(record, 'TechAttrbts/PblctnPrd/FrDt');
        const ended = valueOf(record, 'TechAttrbts/PblctnPrd/FrDtToDt/ToDt');
        if (record.element === 'NewRcrd' || record.element === 'ModfdRcrd') {
          expect(from).toBe(dateOf(day));
          expect(open.has(keyOf(record))).toBe(record.element === 'ModfdRcrd');
        } else if (record.element === 'CancRcrd') {
          expect(record.leaves).toHaveLength(2);
        } else if (ended === undefined) {
          late += 1;
          expect(open.has(keyOf(record))).toBe(false);
        } else {
          expect(ended).toBe(dateOf(day - 1));
          expect(valueOf(record, 'TradgVnRltdAttrbts/TermntnDt')?.slice(0, 10)).toBe(dateOf(day - 2));
        }
      }
    }
    expect(late / (counts.TermntdRcrd ?? 1)).toBeGreaterThan(0.06);
    expect(late / (counts.TermntdRcrd ?? 1)).toBeLessThan(0.2);
    expect(counts.CancRcrd).toBeLessThan((counts.TermntdRcrd ?? 0) / 30);
  });

  it('is large after business days and nearly empty after weekends', async () => {
    const sizes = [];
    for (let day = world.firstDay; day < world.firstDay + 7; day += 1)
      sizes.push((await recordsOf(world, day, 'DLTINS')).length);
    const [saturday = 0, sunday = 0, monday = 0, tuesday = 0] = sizes;
    expect(saturday).toBeGreaterThan(100);
    expect(tuesday).toBeGreaterThan(100);
    expect(sunday).toBeLessThan(saturday / 10);
    expect(monday).toBeLessThan(sunday + 3);
  });

  it('cancels what the next list of cancellations holds', async () => {
    const cancelled: string[] = [];
    for (let day = world.firstDay + 1; day <= world.firstDay + 49; day += 1) {
      for (const record of await recordsOf(world, day, 'DLTINS'))
        if (record.element === 'CancRcrd') cancelled.push(keyOf(record));
    }
    const listed = new Set((await recordsOf(world, world.firstDay + 49, 'FULCAN')).map(keyOf));
    expect(cancelled.length).toBeGreaterThan(0);
    expect(cancelled.filter((key) => !listed.has(key))).toEqual([]);
  });
});

async function fullSetKeys(world: FirdsWorld, day: number): Promise<Set<string>> {
  const keys = new Set<string>();
  const { RecordWriter } = await import('./record.js');
  const writer = new RecordWriter(world);
  for (let place = 0; place < world.places; place += 1) {
    const count = world.ask(place, day, 'full');
    for (let at = 0; at < count; at += 1) {
      const [[, isin], [, mic]] = writer.writeKey(world.found(at)).entries() as [
        [string, string],
        [string, string],
      ];
      keys.add(`${isin} ${mic}`);
    }
  }
  return keys;
}

describe('planted drift', () => {
  const options: FirdsWorldOptions = { ...small, firdsDrift: { vanished: 3, appeared: 4, differing: 5 } };

  it('is exactly what is wrong with the second full set, and no delta ever speaks of it', async () => {
    const world = new FirdsWorld('esma', options);
    const planted = plantedDrift(world);
    expect(planted.map(({ kind }) => kind).sort()).toEqual([
      ...Array<string>(4).fill('appeared'),
      ...Array<string>(5).fill('differing'),
      ...Array<string>(3).fill('vanished'),
    ]);
    const state = await fullSet(world, world.firstDay);
    const touched = new Set<string>();
    for (let day = world.firstDay + 1; day <= world.firstDay + 14; day += 1) {
      for (const record of await recordsOf(world, day, 'DLTINS')) touched.add(keyOf(record));
      await replay(world, state, day);
      if (!world.isFullDay(day)) continue;
      const published = await fullSet(world, day);
      const drifted = planted.map(({ isin, mic }) => `${isin} ${mic}`);
      expect(differences(state, published).sort()).toEqual([...drifted].sort());
      for (const { isin, mic, kind, fields } of planted) {
        const [before, after] = [state.get(`${isin} ${mic}`), published.get(`${isin} ${mic}`)];
        expect([before !== undefined, after !== undefined]).toEqual([
          kind !== 'appeared',
          kind !== 'vanished',
        ]);
        if (kind !== 'differing' || !before || !after) continue;
        const differing = before.leaves.filter(([path, value]) => valueOf(after, path) !== value);
        expect(differing.map(([path]) => path)).toEqual(fields);
        expect(fields.length).toBeGreaterThan(0);
      }
      expect(drifted.filter((key) => touched.has(key))).toEqual([]);
    }
  });
});

describe('every leaf of the schema', () => {
  it('occurs in a full set and the deltas of the week after it', async () => {
    const world = new FirdsWorld('esma', { firdsInstruments: 2_000 });
    const seen = new Set<string>();
    for (const record of await recordsOf(world, world.firstDay, 'FULINS'))
      for (const [path] of record.leaves) seen.add(path);
    for (let day = world.firstDay + 1; day <= world.firstDay + 7; day += 1)
      for (const record of await recordsOf(world, day, 'DLTINS'))
        for (const [path] of record.leaves) seen.add(path);
    expect(LEAVES.map(({ path }) => path).filter((path) => !seen.has(path))).toEqual([]);
  });
});
