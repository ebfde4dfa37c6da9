import { collapseBlanks } from '../../domain/text.js';
import { RAW_LENGTH, tableRows } from '../formats/csv-table.js';
import { excerpt } from '../formats/excerpt.js';
import { lengthReason } from '../formats/header.js';
import type { RawRow } from '../source.js';
import type { NseList } from './lists.js';

/**
 * The raw rows of one list. In a list with repeating columns, neighbouring rows that differ in those alone become one row,
 * whose repeating cells hold a line for each of them: `15-DEC-2017⏎15-MAR-2018`, an empty line where a row has nothing.
 */
export async function* nseRows(path: string, list: NseList, label: string): AsyncGenerator<RawRow> {
  const { columns, repeating = [] } = list;
  const rows = tableRows(path, columns, {
    label,
    nameless: list.isIsinNameless ? 'isin' : undefined,
    selfProving: ['isin'],
  });
  if (repeating.length === 0) {
    yield* rows;
    return;
  }
  let group: RawRow | undefined;
  for await (const row of rows) {
    const next = withOneLineCells(row, repeating);
    if (group !== undefined && isSameSecurity(group, next, repeating)) {
      group = joined(group, next, repeating);
    } else {
      if (group !== undefined) yield group;
      group = next;
    }
  }
  if (group !== undefined) yield group;
}

/** A line end within a cell would look like one more row. */
function withOneLineCells(row: RawRow, repeating: readonly string[]): RawRow {
  const cells = Object.entries(row.cells).map(([key, cell]) => [
    key,
    repeating.includes(key) ? collapseBlanks(cell) : cell,
  ]);
  return { ...row, cells: Object.fromEntries(cells) as RawRow['cells'] };
}

function isSameSecurity(group: RawRow, next: RawRow, repeating: readonly string[]): boolean {
  if (lengthReason(group) !== undefined || lengthReason(next) !== undefined) return false;
  if ((next.cells.isin ?? '').trim() === '') return false;
  const keys = new Set([...Object.keys(group.cells), ...Object.keys(next.cells)]);
  return [...keys].every((key) => repeating.includes(key) || group.cells[key] === next.cells[key]);
}

function joined(group: RawRow, next: RawRow, repeating: readonly string[]): RawRow {
  const cells = Object.entries(group.cells).map(([key, cell]) => [
    key,
    repeating.includes(key) ? `${cell}\n${next.cells[key] ?? ''}` : cell,
  ]);
  return {
    line: group.line,
    rows: group.rows + next.rows,
    cells: Object.fromEntries(cells) as RawRow['cells'],
    raw: excerpt(`${group.raw}\n${next.raw}`, RAW_LENGTH),
  };
}
