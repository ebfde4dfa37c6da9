import { isIsin } from '../domain/isin.js';
import { NSE_LISTS, type NseListName, SENTINELS } from './security.js';
import { EVENT_KINDS, FEWEST_INSTRUMENTS, MOST_INSTRUMENTS, World, type WorldEvent } from './world.js';

const countOf = (world: World, day: number, list: NseListName) =>
  world.securitiesOn(day).filter((security) => security.list === list).length;

describe('World', () => {
  it('is the same in whatever order its days are asked for', () => {
    const onwards = new World({ instruments: 2_000 });
    const backwards = new World({ instruments: 2_000 });
    const days = [0, 1, 2, 9];
    const first = days.map((day) => [
      onwards.securitiesOn(day),
      onwards.eventsOn(day),
      onwards.venuesOn(day),
    ]);
    const second = days
      .toReversed()
      .map((day) => [backwards.securitiesOn(day), backwards.eventsOn(day), backwards.venuesOn(day)])
      .toReversed();
    expect(second).toEqual(first);
  });

  it('is another one for another seed', () => {
    const isins = (seed: number) =>
      new World({ seed, instruments: 2_000 }).securitiesOn(0).map(({ name }) => name);
    expect(isins(1)).not.toEqual(isins(2));
  });

  it('has only valid ISINs, each on one list and on one security', () => {
    const world = new World();
    for (const day of [0, 10, 249]) {
      const isins = world.securitiesOn(day).map(({ isin }) => isin);
      expect(isins.filter((isin) => !isIsin(isin))).toEqual([]);
      expect(new Set(isins).size).toBe(isins.length);
    }
  });

  it('gives no two securities one symbol, and never an ISIN again that was given before', () => {
    const world = new World();
    const given = world.securitiesOn(0).map(({ isin }) => isin);
    for (let day = 1; day <= world.lastDay; day += 1) {
      const newIsins = world.eventsOn(day).filter(({ kind }) => kind === 'new' || kind === 'split');
      given.push(...newIsins.map(({ after }) => after?.isin ?? ''));
    }
    expect(new Set(given).size).toBe(given.length);
    const symbols = world.securitiesOn(249).map(({ symbol }) => symbol);
    expect(new Set(symbols).size).toBe(symbols.length);
    expect(symbols.filter((symbol) => symbol.length > 10)).toEqual([]);
  });

  it('fills every list by its share', () => {
    const world = new World();
    expect(world.securitiesOn(0)).toHaveLength(5_000);
    const lists = Object.keys(NSE_LISTS) as NseListName[];
    expect(Object.fromEntries(lists.map((list) => [list, countOf(world, 0, list)]))).toEqual({
      equity: 3_500,
      sme: 600,
      etf: 400,
      reit: 5,
      invit: 20,
      idr: 2,
      preference: 25,
      warrant: 10,
      closedEndFund: 438,
    });
  });

  it('raises a world that is too small, and keeps its lists long enough to the last day', () => {
    const world = new World({ instruments: 10 });
    expect(world.instruments).toBe(FEWEST_INSTRUMENTS);
    for (const list of Object.keys(NSE_LISTS) as NseListName[]) {
      for (const day of [0, world.lastDay]) {
        expect(countOf(world, day, list)).toBeGreaterThanOrEqual(NSE_LISTS[list].atLeast);
      }
    }
    expect(MOST_INSTRUMENTS).toBeGreaterThan(50_000);
  });

  it('keeps the sentinels unchanged on every day', () => {
    const world = new World({ instruments: 1_600, days: 1_000 });
    for (const day of [0, 1, 500, 999]) expect(world.securitiesOn(day).slice(0, 3)).toEqual(SENTINELS);
    expect(SENTINELS.every(({ isin }) => isIsin(isin))).toBe(true);
  });

  it.each([1_600, 5_000])(
    'lets everything that can happen happen on each of ten days with %i instruments',
    (instruments) => {
      const world = new World({ instruments });
      expect(world.eventsOn(0)).toEqual([]);
      for (let day = 1; day <= 10; day += 1) {
        const kinds = new Set(world.eventsOn(day).map(({ kind }) => kind));
        expect([...kinds].sort()).toEqual([...EVENT_KINDS].sort());
      }
    },
  );

  it('shows its events in its lists: before yesterday, after today', () => {
    const world = new World();
    for (let day = 1; day <= 10; day += 1) {
      const yesterday = new Set(world.securitiesOn(day - 1));
      const today = new Set(world.securitiesOn(day));
      const events = world.eventsOn(day);
      for (const { before, after } of events) {
        if (before) expect([yesterday.has(before), today.has(before)]).toEqual([true, false]);
        if (after) expect([yesterday.has(after), today.has(after)]).toEqual([false, true]);
      }
      const unexplained = [...today].filter((security) => !yesterday.has(security)).length;
      expect(unexplained).toBe(events.filter(({ after }) => after).length);
    }
  });

  it('changes by each event what its name says', () => {
    const world = new World();
    const events: WorldEvent[] = Array.from({ length: 60 }, (_, day) => world.eventsOn(day)).flat();
    const changedFields = new Set<string>();
    for (const { kind, before, after } of events) {
      const fields = before && after ? differences(before, after) : [];
      if (kind === 'new') expect([before, after?.listedOn]).toEqual([undefined, expect.any(String)]);
      if (kind === 'ended') expect([before, after]).toEqual([expect.anything(), undefined]);
      if (kind === 'renamed') expect(['name', 'name,symbol']).toContain(fields.join());
      if (kind === 'split') {
        expect(fields).toEqual(['faceValue', 'isin', 'paidUpValue', 'serial']);
        expect(Number(after?.faceValue)).toBeLessThan(Number(before?.faceValue));
      }
      if (kind === 'changed') {
        expect(['series', 'marketLot']).toContain(fields.join());
        fields.forEach((field) => changedFields.add(field));
      }
    }
    expect([...changedFields].sort()).toEqual(['marketLot', 'series']);
    const moves = events.map(({ before, after }) => `${before?.series} to ${after?.series}`);
    expect(moves).toEqual(expect.arrayContaining(['EQ to BE', 'BE to EQ']));
  });

  it('lists what is new on the day of its edition', () => {
    const world = new World({ instruments: 1_600 });
    for (const { kind, after } of world.eventsOn(7))
      if (kind === 'new') expect(after?.listedOn).toBe(world.dateOf(7));
  });

  it('publishes on business days from the first day on', () => {
    const world = new World({ instruments: 1_600 });
    expect([0, 4, 5].map((day) => world.dateOf(day))).toEqual(['2026-01-05', '2026-01-09', '2026-01-12']);
    expect(new World({ instruments: 1_600, firstDay: '2026-02-28' }).dateOf(0)).toBe('2026-03-02');
  });

  it('refuses days that are not simulated, and options that make no sense', () => {
    const world = new World({ instruments: 1_600, days: 3 });
    for (const day of [-1, 3, 0.5, NaN]) {
      expect(() => world.securitiesOn(day)).toThrow(RangeError);
      expect(() => world.eventsOn(day)).toThrow(RangeError);
      expect(() => world.dateOf(day)).toThrow('the days are 0 to 2');
    }
    expect(() => new World({ days: 0 })).toThrow('days is 0');
    expect(() => new World({ seed: 0.5 })).toThrow('seed is 0.5');
    expect(() => new World({ firstDay: '2026-02-30' })).toThrow('2026-02-30 is not a day');
  });

  it('holds fifty thousand instruments', () => {
    const world = new World({ instruments: 50_000, days: 30 });
    const securities = world.securitiesOn(29);
    expect(securities.length).toBeGreaterThan(50_000);
    expect(new Set(securities.map(({ isin }) => isin)).size).toBe(securities.length);
  });
});

function differences<Item extends object>(one: Item, other: Item): string[] {
  const changed = (Object.keys(one) as (keyof Item & string)[]).filter((key) => one[key] !== other[key]);
  return changed.sort();
}
