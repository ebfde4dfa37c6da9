import { PublisherChangedError } from '../../common/errors.js';
import type { RawRow, Reason } from '../source.js';
import type { CsvRecord } from './csv.js';
import { excerpt } from './excerpt.js';

/** A column a source knows. */
interface Column {
  /** As the publisher has ever written it; case, blanks and punctuation do not count. Its key is a name of it too. */
  readonly names: readonly string[];
  /** Without it the file is still read. */
  readonly isOptional?: boolean;
}

/** The columns a source knows, by the key its cells go under. */
export type Columns = Readonly<Record<string, Column>>;

/** The header of one file, understood. */
export interface Header {
  /** Key of each field by position; `undefined` for a nameless last one, which must be empty in every row. */
  readonly keys: readonly (string | undefined)[];
  /** Columns whose values prove by a check digit that they are whole. */
  readonly selfProving: readonly string[];
}

/** How a list's header is to be read. */
export interface HeaderOptions {
  /** What the file is, for messages. */
  readonly label: string;
  /** Key of a column that has no name in the header and stands last in the rows, if the list has such. */
  readonly nameless?: string;
  /** Keys of columns whose values prove by a check digit that they are whole. */
  readonly selfProving?: readonly string[];
}

/** Keys of {@link cellsOf} that are no columns. No column can be named so: names are kept without blanks at their ends. */
const FIELD_COUNT = ' fields';
const UNCONFIRMED = ' unconfirmed';

/**
 * Understands a header by the names of its columns, in any order. Columns we do not know are allowed, and go by the name
 * the file gives them.
 * @throws PublisherChangedError HEADER_DUPLICATE_COLUMN; HEADER_INCOMPLETE when a required column is missing; HEADER_UNKNOWN
 *   when no column is known, or one in the middle has no name.
 */
export function readHeader(cells: readonly string[], columns: Columns, options: HeaderOptions): Header {
  const keysByName = new Map(
    Object.entries(columns).flatMap(([key, { names }]) =>
      [key, ...names].map((name) => [normalisedName(name), key] as const),
    ),
  );
  const found = cells.map((cell) => cell.replace(/\s+/gu, ' ').trim());
  if (found.at(-1) === '') found.pop();
  const hasNamelessLast = found.length < cells.length;

  const keys: (string | undefined)[] = [];
  const positions = new Map<string, number>();
  for (const [at, name] of found.entries()) {
    // A name without letters and digits stays as it is: `%` and `#` are two columns.
    const normalised = normalisedName(name) || name;
    const key = keysByName.get(normalised) ?? name;
    const identity = keysByName.get(normalised) ?? normalised;
    const earlier = positions.get(identity);
    if (name === '')
      throw wrongHeader('HEADER_UNKNOWN', `column ${at + 1} has no name`, found, columns, options.label);
    if (earlier !== undefined) {
      throw new PublisherChangedError(
        'HEADER_DUPLICATE_COLUMN',
        `${options.label}: columns ${earlier + 1} "${found[earlier]}" and ${at + 1} "${name}" mean the same; found ${listed(found)}.`,
        'Look at the file: if one of the two is new, give it a column of its own in the source.',
      );
    }
    positions.set(identity, at);
    keys.push(key);
  }

  const { nameless } = options;
  const isNamelessMissing = nameless !== undefined && !positions.has(nameless);
  const missing = Object.entries(columns)
    .filter(
      ([key, { isOptional }]) =>
        !isOptional && !positions.has(key) && !(isNamelessMissing && key === nameless),
    )
    .map(([key, { names }]) => names[0] ?? key);
  if (missing.length > 0) {
    const isKnown = Object.keys(columns).some((key) => positions.has(key));
    const [code, problem] = isKnown
      ? (['HEADER_INCOMPLETE', `${listed(missing)} missing`] as const)
      : (['HEADER_UNKNOWN', 'it has none of the columns of this list'] as const);
    throw wrongHeader(code, problem, found, columns, options.label);
  }
  if (isNamelessMissing) keys.push(nameless);
  else if (hasNamelessLast) keys.push(undefined);
  return { keys, selfProving: options.selfProving ?? [] };
}

/**
 * The cells of a record by key. A record that does not fit the header, and one that the file's end may have cut, is
 * marked for {@link lengthReason} and {@link unconfirmedKey}; an entirely blank one has no cells at all.
 */
export function cellsOf(record: CsvRecord, header: Header): Readonly<Record<string, string>> {
  const { cells } = record;
  const { keys } = header;
  if (cells.every(isBlank)) return {};
  const entries: [string, string][] = [];
  for (const [at, key] of keys.entries()) {
    const cell = cells[at];
    if (key !== undefined && cell !== undefined) entries.push([key, cell]);
  }
  const namelessAt = keys.indexOf(undefined);
  const isOverfull = namelessAt >= 0 && !isBlank(cells[namelessAt] ?? '');
  if (cells.length !== keys.length || isOverfull) {
    // A nameless column is none when somebody writes into it: 8 fields under 7 names.
    const expected = isOverfull && cells.length === keys.length ? keys.length - 1 : keys.length;
    entries.push([FIELD_COUNT, `${cells.length}/${expected}`]);
  }
  const lastKey = keys.at(-1);
  const isUnconfirmed =
    !record.isTerminated && lastKey !== undefined && !header.selfProving.includes(lastKey);
  if (isUnconfirmed) entries.push([UNCONFIRMED, lastKey]);
  // Object.fromEntries makes own properties, so that a column named `__proto__` is only a column.
  return Object.fromEntries(entries);
}

/** ROW_LENGTH where the row has more or fewer fields than the header, so that no cell of it can be trusted. */
export function lengthReason(row: RawRow): Reason | undefined {
  const count = fieldCount(row);
  if (count === undefined) return undefined;
  return {
    code: 'ROW_LENGTH',
    field: 'row',
    value: excerpt(row.raw, 200),
    message: `The row has ${count.found} fields instead of ${count.expected}, so its cells cannot be told apart; a separator is missing or too many, or the row was cut.`,
  };
}

/**
 * The column whose value may be incomplete, because the file ends right after it without a line end. A file may end so,
 * and a download that broke off ends so too: `…,INE144J01027,10` and `…,INE144J01027,1` are both well-formed.
 */
export function unconfirmedKey(row: RawRow): string | undefined {
  return row.cells[UNCONFIRMED];
}

/** ROW_UNFINISHED, for the column {@link unconfirmedKey} names. */
export function unfinishedReason(field: string, value: string): Reason {
  return {
    code: 'ROW_UNFINISHED',
    field,
    value: excerpt(value, 200),
    message: `The file ends here without a line end, so "${excerpt(value, 80)}" may be only the beginning of the value.`,
  };
}

/** Cells that are not empty, of columns the source does not know, by the name the file gives them. */
export function unmappedCells(row: RawRow, columns: Columns): Readonly<Record<string, string>> {
  const entries = Object.entries(row.cells).filter(
    ([key, cell]) =>
      !Object.hasOwn(columns, key) && key !== FIELD_COUNT && key !== UNCONFIRMED && !isBlank(cell),
  );
  return Object.fromEntries(entries);
}

/** COLUMN_UNKNOWN for each column that came with a value nobody asked for. */
export function unmappedReasons(unmapped: Readonly<Record<string, string>>): Reason[] {
  return Object.entries(unmapped).map(([field, value]) => ({
    code: 'COLUMN_UNKNOWN',
    field,
    value: excerpt(value, 200),
    message: `The column "${field}" is new; its values are not read until the source knows it.`,
  }));
}

/** Says whether nothing stands in any cell of the row. */
export function isBlankRow(row: RawRow): boolean {
  return Object.values(row.cells).every(isBlank);
}

/** The only text of a row whose every other cell is empty; such a row may be shorter than the header, not longer. */
export function loneText(row: RawRow): string | undefined {
  const count = fieldCount(row);
  if (count !== undefined && count.found > count.expected) return undefined;
  const texts = Object.entries(row.cells)
    .filter(([key, cell]) => key !== FIELD_COUNT && key !== UNCONFIRMED && !isBlank(cell))
    .map(([, cell]) => cell.trim());
  return texts.length === 1 ? texts[0] : undefined;
}

function fieldCount(row: RawRow): { readonly found: number; readonly expected: number } | undefined {
  const [found, expected] = row.cells[FIELD_COUNT]?.split('/').map(Number) ?? [];
  return found === undefined || expected === undefined ? undefined : { found, expected };
}

function isBlank(cell: string): boolean {
  return cell.trim() === '';
}

function normalisedName(name: string): string {
  return name.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '');
}

function wrongHeader(
  code: 'HEADER_UNKNOWN' | 'HEADER_INCOMPLETE',
  problem: string,
  found: readonly string[],
  columns: Columns,
  label: string,
): PublisherChangedError {
  const expected = Object.entries(columns)
    .filter(([, { isOptional }]) => !isOptional)
    .map(([key, { names }]) => names[0] ?? key);
  return new PublisherChangedError(
    code,
    `${label}: the header is not understood: ${problem}. Expected ${listed(expected)}; found ${listed(found)}.`,
    'If this is another file, bring the right one; if the publisher renamed a column, add its new name to the source.',
  );
}

function listed(names: readonly string[]): string {
  return excerpt(names.map((name) => `"${name}"`).join(', '), 1_000);
}
