import { isIsin } from '../domain/isin.js';
import { splitRow, toLines } from './csv-lines.js';
import { FAULT_NAMES, type FaultName, FAULTS, toFault } from './faults.js';
import type { ServedFile } from './http-answer.js';
import { micPublications } from './mic-list.js';
import { nsePublications } from './nse-lists.js';
import { World } from './world.js';

const world = new World({ instruments: 1_600 });
const files: [string, ServedFile][] = [...nsePublications(world), ...micPublications(world)].map(
  ({ address, bytesOn, publishedAt, contentType }) => [
    address.slice(address.lastIndexOf('/') + 1),
    { bytes: bytesOn(0), contentType, modifiedAt: publishedAt(0) },
  ],
);

function change(name: FaultName, file: ServedFile): ServedFile {
  const mode = FAULTS[name];
  if (mode.changes !== 'file') throw new Error(`${name} does not change the file`);
  return mode.apply(file, () => file);
}

describe('FAULTS', () => {
  it('describes every fault in one line', () => {
    expect(FAULT_NAMES).toHaveLength(18);
    for (const name of FAULT_NAMES) expect(FAULTS[name].description).toMatch(/^[A-Z][^\n]{10,110}\.$/);
  });
});

describe.each(files)('of %s', (fileName, file) => {
  const { header, rows } = toLines(file.bytes);

  it('half-file keeps the first half of the rows', () => {
    const half = toLines(change('half-file', file).bytes);
    expect(half.header).toBe(header);
    expect(half.rows).toEqual(rows.slice(0, Math.floor(rows.length / 2)));
  });

  it('changed-bytes changes the first row and nothing else', () => {
    const changed = change('changed-bytes', file);
    const lines = toLines(changed.bytes);
    expect(lines.rows.slice(1)).toEqual(rows.slice(1));
    expect(lines.rows[0]?.replace(' CORRECTED', '')).toBe(rows[0]);
    expect(lines.rows[0]).not.toBe(rows[0]);
    expect(changed.modifiedAt?.getUTCDate()).toBe(file.modifiedAt?.getUTCDate());
    expect(changed.modifiedAt).not.toEqual(file.modifiedAt);
  });

  it('shuffled-columns reverses names and cells alike', () => {
    const shuffled = toLines(change('shuffled-columns', file).bytes);
    const width = Math.max(...[header, ...rows].map((row) => splitRow(row).length));
    const reversed = (row: string) =>
      [...splitRow(row), ...Array<string>(width).fill('')].slice(0, width).reverse();
    expect(splitRow(shuffled.header)).toEqual(reversed(header));
    expect(shuffled.rows.map(splitRow)).toEqual(rows.map(reversed));
  });

  it('renamed-columns leaves no column its name, and the rows as they are', () => {
    const renamed = toLines(change('renamed-columns', file).bytes);
    expect(renamed.rows).toEqual(rows);
    const names = splitRow(header).filter((name) => name !== '');
    const newNames = splitRow(renamed.header).filter((name) => name !== '');
    expect(newNames.map((name) => name.replace(' (NEW)', ''))).toEqual(names);
    expect(newNames.filter((name) => !name.includes(' (NEW)'))).toEqual([]);
  });

  it('wrong-encoding is UTF-16 with a byte order mark', () => {
    const { bytes } = change('wrong-encoding', file);
    expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xfe]));
    expect(bytes).toHaveLength(2 + 2 * file.bytes.length);
  });

  it('bad-check-digits breaks three of ten ISINs and nothing else', () => {
    const { bytes } = change('bad-check-digits', file);
    expect(bytes).toHaveLength(file.bytes.length);
    const isins = file.bytes.toString('latin1').match(/\bIN[EF9][A-Z0-9]{8}[0-9]\b/g) ?? [];
    const changed = bytes.toString('latin1').match(/\bIN[EF9][A-Z0-9]{8}[0-9]\b/g) ?? [];
    const broken = changed.filter((isin) => !isIsin(isin));
    expect(changed.map((isin) => isin.slice(0, -1))).toEqual(isins.map((isin) => isin.slice(0, -1)));
    expect(Math.abs(broken.length - isins.length * 0.3)).toBeLessThan(2);
    expect(broken.length > 0).toBe(fileName !== 'ISO10383_MIC.csv');
  });
});

describe('toFault', () => {
  it('accepts what a person may mean', () => {
    expect(toFault({ name: 'busy', match: undefined, times: undefined })).toEqual({ name: 'busy' });
    expect(toFault({ name: 'busy', match: 'PREF', times: 2 })).toEqual({
      name: 'busy',
      match: 'PREF',
      times: 2,
    });
  });

  it.each([
    [
      { name: 'bussy', match: undefined, times: undefined },
      'there is no fault "bussy"; there are not-found, ',
    ],
    [{ name: 'toString', match: undefined, times: undefined }, 'there is no fault'],
    [{ name: 'busy', match: 7, times: undefined }, 'match must be a text'],
    [{ name: 'busy', match: undefined, times: 0 }, 'times must be a whole number'],
    [{ name: 'busy', match: undefined, times: '1' }, 'times must be a whole number'],
  ])('refuses %j', (fault, message) => {
    expect(() => toFault(fault)).toThrow(message);
  });
});
