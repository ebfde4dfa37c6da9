import { findSource, SOURCES } from './index.js';

describe('the sources', () => {
  it('have ids of their own, by which they are found', () => {
    expect(new Set(SOURCES.map(({ id }) => id)).size).toBe(SOURCES.length);
    for (const source of SOURCES) {
      expect(source.id).toMatch(/^[a-z]{2}(?:-[a-z0-9]+){2,}$|^xx(?:-[a-z0-9]+)+$/);
      expect(findSource(source.id)).toBe(source);
    }
    expect(findSource('xx-nobody')).toBeUndefined();
  });

  it('know the files they ask for, and no two know the same file, but for authorities that name theirs alike', () => {
    const firds = SOURCES.filter(({ id }) => id.endsWith('-firds'));
    for (const source of SOURCES) {
      for (const fileName of source.fileNames) {
        expect(SOURCES.filter((other) => other.partOf(fileName) !== undefined)).toEqual(
          firds.includes(source) ? firds : [source],
        );
      }
    }
  });

  it('have sane bounds, and sentinels only for scopes they have', () => {
    for (const source of SOURCES) {
      const { bounds } = source;
      const scopes = source.fileNames.map((fileName) => source.partOf(fileName)?.scope);
      for (const [scope, { min, max }] of Object.entries(bounds.records)) {
        expect(scopes).toContain(scope);
        expect(min).toBeLessThan(max);
      }
      for (const scope of Object.keys(bounds.sentinels)) expect(scopes).toContain(scope);
    }
  });

  it('come after sources that exist, never after themselves by any way round', () => {
    const before = (id: string): readonly string[] =>
      (findSource(id)?.schedule.after ?? []).flatMap((first) => [first, ...before(first)]);
    const ids = SOURCES.map(({ id }) => id);
    for (const id of ids) {
      expect(ids).toEqual(expect.arrayContaining([...before(id)]));
      expect(before(id)).not.toContain(id);
    }
  });

  it('wait for an edition of the day until a time of the day', () => {
    for (const { schedule } of SOURCES) {
      if (schedule.until === undefined) continue;
      expect(schedule.until.giveUpAt).toMatch(/^([01]\d|2[0-3]):[0-5]\d$/);
      expect(schedule.until.everyMinutes).toBeGreaterThanOrEqual(1);
    }
  });

  it('are not redistributed or fetched unasked where the terms are unclear', () => {
    expect(findSource('in-nse-equities')).toMatchObject({
      onByDefault: false,
      licence: { mayRedistribute: false },
    });
  });
});
