import { PublisherChangedError } from '../../common/errors.js';
import type { RawRow } from '../source.js';
import {
  cellsOf,
  isBlankRow,
  lengthReason,
  loneText,
  readHeader,
  unconfirmedKey,
  unmappedCells,
  unmappedReasons,
  type Columns,
} from './header.js';

const COLUMNS: Columns = {
  isin: { names: ['ISIN NUMBER'] },
  name: { names: ['NAME OF COMPANY', 'Security Name'] },
  lot: { names: ['MARKET LOT'], isOptional: true },
};
const OPTIONS = { label: 'a list' };

function row(
  names: string[],
  cells: string[],
  options: Partial<Parameters<typeof readHeader>[2]> = {},
  isTerminated = true,
): RawRow {
  const header = readHeader(names, COLUMNS, { ...OPTIONS, ...options });
  const record = { line: 2, cells, raw: cells.join(','), isTerminated };
  return { line: 2, rows: 1, cells: cellsOf(record, header), raw: record.raw };
}

function problemOf(names: string[]): unknown {
  try {
    return readHeader(names, COLUMNS, OPTIONS);
  } catch (error) {
    return error;
  }
}

describe('a header', () => {
  it.each([
    [['ISIN NUMBER', 'NAME OF COMPANY', 'MARKET LOT']],
    [[' isin_number', 'Name of Company ', 'Market-Lot*']],
    [['ISIN', 'SECURITY NAME', 'LOT']],
  ])('is understood by its names however they are written: %j', (names) => {
    expect(row(names, ['I', 'N', '1']).cells).toEqual({ isin: 'I', name: 'N', lot: '1' });
  });

  it('may stand in any order', () => {
    expect(row(['MARKET LOT', 'NAME OF COMPANY', 'ISIN NUMBER'], ['1', 'N', 'I']).cells).toEqual({
      isin: 'I',
      name: 'N',
      lot: '1',
    });
  });

  it('may lack an optional column, which is then absent from the cells', () => {
    expect(row(['ISIN', 'NAME'], ['I', 'N']).cells).toEqual({ isin: 'I', name: 'N' });
  });

  it.each([
    ['the same name twice', ['ISIN', 'NAME', 'Isin']],
    ['two names of one column', ['ISIN', 'NAME OF COMPANY', 'SECURITY NAME']],
    ['an unknown name twice', ['ISIN', 'NAME', 'Foo', 'FOO ']],
  ])('is refused with %s', (_case, names) => {
    expect(problemOf(names)).toMatchObject({
      code: 'HEADER_DUPLICATE_COLUMN',
      message: expect.stringContaining('mean the same') as unknown,
    });
  });

  it('is refused without a required column, naming what was expected and what was found', () => {
    const problem = problemOf(['ISIN NUMBER', 'COMPANY']);
    expect(problem).toBeInstanceOf(PublisherChangedError);
    expect(problem).toMatchObject({
      code: 'HEADER_INCOMPLETE',
      message:
        'a list: the header is not understood: "NAME OF COMPANY" missing. Expected "ISIN NUMBER", "NAME OF COMPANY"; found "ISIN NUMBER", "COMPANY".',
    });
  });

  it('is refused with a nameless column before the last', () => {
    expect(() => readHeader(['ISIN', '', 'NAME'], COLUMNS, OPTIONS)).toThrow('column 2 has no name');
    expect(() => readHeader(['ISIN', 'NAME', '', ''], COLUMNS, OPTIONS)).toThrow('column 3 has no name');
  });
});

describe('a column nobody knows', () => {
  it('is kept under its own name, counted, and absent when empty', () => {
    const names = ['ISIN', 'NAME', ' Surveillance  Stage', '__proto__'];
    const unmapped = unmappedCells(row(names, ['I', 'N', 'II', 'x']), COLUMNS);
    expect(Object.entries(unmapped)).toEqual([
      ['Surveillance Stage', 'II'],
      ['__proto__', 'x'],
    ]);
    expect(unmappedReasons(unmapped)[0]).toMatchObject({
      code: 'COLUMN_UNKNOWN',
      field: 'Surveillance Stage',
      value: 'II',
    });
    expect(unmappedCells(row(names, ['I', 'N', ' ', '']), COLUMNS)).toEqual({});
  });
});

describe('a row', () => {
  it.each([
    [['I'], '1 fields instead of 2'],
    [['I', 'N', 'x'], '3 fields instead of 2'],
    [['I', 'N', ''], '3 fields instead of 2'],
  ])('that has another length than the header is told: %j', (cells, message) => {
    expect(lengthReason(row(['ISIN', 'NAME'], cells))).toMatchObject({
      code: 'ROW_LENGTH',
      value: cells.join(','),
      message: expect.stringContaining(message) as unknown,
    });
  });

  it('may end in the nameless empty field the header ends in, and in nothing else', () => {
    const names = ['ISIN', 'NAME', ''];
    expect(row(names, ['I', 'N', '']).cells).toEqual({ isin: 'I', name: 'N' });
    expect(lengthReason(row(names, ['I', 'N']))).toMatchObject({ code: 'ROW_LENGTH' });
    expect(lengthReason(row(names, ['I', 'N', 'x']))?.message).toContain('3 fields instead of 2');
  });

  it('has its last field as the nameless column, when there is exactly one field more than names', () => {
    const nameless = { nameless: 'isin' };
    expect(row(['NAME', 'LOT'], ['N', '1', 'I'], nameless).cells).toEqual({ isin: 'I', name: 'N', lot: '1' });
    expect(row(['NAME', 'LOT', ''], ['N', '1', 'I'], nameless).cells).toEqual({
      isin: 'I',
      name: 'N',
      lot: '1',
    });
    expect(lengthReason(row(['NAME', 'LOT'], ['N', '1'], nameless))).toBeDefined();
    expect(lengthReason(row(['NAME', 'LOT'], ['N', '1', 'x', 'I'], nameless))).toBeDefined();
    expect(lengthReason(row(['NAME', 'ISIN'], ['N', 'I', 'x'], nameless))).toBeDefined();
  });

  it('is blank whatever its length', () => {
    for (const cells of [[''], [' ', '\u00a0'], ['', '', '', '']]) {
      expect(isBlankRow(row(['ISIN', 'NAME'], cells))).toBe(true);
    }
    expect(isBlankRow(row(['ISIN', 'NAME'], ['', '', 'x']))).toBe(false);
  });

  it('has a lone text when nothing else stands in it', () => {
    expect(loneText(row(['ISIN', 'NAME'], ['* note ', '']))).toBe('* note');
    expect(loneText(row(['ISIN', 'NAME'], ['* note']))).toBe('* note');
    expect(loneText(row(['ISIN', 'NAME'], ['* note', 'N']))).toBeUndefined();
    expect(loneText(row(['ISIN', 'NAME'], ['* note', '', 'x']))).toBeUndefined();
  });

  it('leaves its last column unconfirmed when the file ends in it, unless a check digit proves it', () => {
    expect(unconfirmedKey(row(['ISIN', 'NAME'], ['I', 'N'], {}, false))).toBe('name');
    expect(
      unconfirmedKey(row(['NAME', 'ISIN'], ['N', 'I'], { selfProving: ['isin'] }, false)),
    ).toBeUndefined();
    expect(unconfirmedKey(row(['ISIN', 'NAME', ''], ['I', 'N', ''], {}, false))).toBeUndefined();
    expect(unconfirmedKey(row(['ISIN', 'NAME'], ['I', 'N']))).toBeUndefined();
  });
});
