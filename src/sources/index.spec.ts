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

  it('are not redistributed or fetched unasked where the terms are unclear', () => {
    expect(findSource('in-nse-equities')).toMatchObject({
      onByDefault: false,
      licence: { mayRedistribute: false },
    });
  });
});
