import { isLei } from '../domain/lei.js';
import { isMic } from '../domain/mic.js';
import { micPublications } from './mic-list.js';
import { World } from './world.js';

const world = new World({ instruments: 1_600 });
const [micList] = micPublications(world);
const textOn = (day: number) => micList?.bytesOn(day).toString() ?? '';
/** No cell of the list has a line end, so a row is a line. */
const rowsOn = (day: number) =>
  textOn(day)
    .split('\n')
    .slice(1, -1)
    .map((row) => row.slice(1, -1).split('","'));

describe('the MIC list', () => {
  it('has seventeen columns, all cells quoted, UTF-8 and LF', () => {
    const text = textOn(0);
    expect(text).toMatch(
      /^"MIC","OPERATING MIC","OPRT\/SGMT","MARKET NAME-INSTITUTION DESCRIPTION","LEGAL ENTITY NAME"/,
    );
    expect(text.split('\n')[0]?.split(',')).toHaveLength(17);
    expect(text).not.toContain('\r');
    expect(text).toContain('SÃO PAULO');
    expect(text).toContain('"FORMERLY KNOWN AS ""FIRST BOARD"", WHICH IT REPLACED."');
    for (const line of text.split('\n').slice(0, -1))
      expect(line).toMatch(/^("([^"]|"")*",){16}"([^"]|"")*"$/);
  });

  it('has at least 1,800 rows with unique, valid MICs whose operating MIC is in the list', () => {
    for (const day of [0, 249]) {
      const rows = rowsOn(day);
      expect(rows.length).toBeGreaterThanOrEqual(1_800);
      const mics = new Set(rows.map(([mic]) => mic));
      expect(mics.size).toBe(rows.length);
      const isGood = ([mic = '', operatingMic = '', kind]: string[]) =>
        isMic(mic) && mics.has(operatingMic) && kind === (mic === operatingMic ? 'OPRT' : 'SGMT');
      expect(rows.filter((row) => !isGood(row))).toEqual([]);
    }
  });

  it('has the well-known venues on every day', () => {
    for (const day of [0, 100, 249]) {
      const mics = rowsOn(day).map(([mic]) => mic);
      expect(mics).toEqual(expect.arrayContaining(['XNYS', 'XLON', 'XETR', 'XPAR', 'XNSE']));
    }
    expect(textOn(0)).toContain('"XNSE","XNSE","OPRT","NATIONAL STOCK EXCHANGE OF INDIA",');
  });

  it('has every status, dates of eight digits, valid LEIs and venues without a country', () => {
    const rows = rowsOn(100);
    expect(new Set(rows.map((row) => row[11]))).toEqual(new Set(['ACTIVE', 'EXPIRED', 'UPDATED']));
    const isGood = (row: string[]) =>
      row.slice(12, 16).every((date) => /^([0-9]{8})?$/.test(date)) &&
      (row[15] !== '') === (row[11] === 'EXPIRED') &&
      (row[5] === '' || isLei(row[5] ?? ''));
    expect(rows.filter((row) => !isGood(row))).toEqual([]);
    expect(rows.some((row) => row[8] === 'ZZ')).toBe(true);
  });

  it('changes on the second Monday of a month and on no other day', () => {
    // Days 4 and 5 are Friday 2026-01-09 and Monday 2026-01-12.
    expect(textOn(4)).toBe(textOn(0));
    expect(textOn(5)).not.toBe(textOn(4));
    expect(textOn(24)).toBe(textOn(5));
    expect(micList?.publishedAt(4).toISOString()).toBe('2025-12-08T13:00:00.000Z');
    expect(micList?.publishedAt(5).toISOString()).toBe('2026-01-12T13:00:00.000Z');
    expect(micList?.publishedAt(24).toISOString()).toBe('2026-01-12T13:00:00.000Z');
  });

  it('adds, renames and expires venues, and drops none', () => {
    const before = new Map(rowsOn(4).map((row) => [row[0], row]));
    const after = rowsOn(5);
    const statuses = after
      .filter((row) => row[13] === '20260112')
      .map((row) => `${before.has(row[0]) ? 'old' : 'new'} ${row[11]}`);
    expect(new Set(statuses)).toEqual(new Set(['new ACTIVE', 'old UPDATED', 'old EXPIRED']));
    expect(after.length).toBe(before.size + statuses.filter((status) => status === 'new ACTIVE').length);
    expect([...before.keys()].filter((mic) => !after.some((row) => row[0] === mic))).toEqual([]);
  });
});
