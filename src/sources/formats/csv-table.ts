import type { RawRow } from '../source.js';
import { csvRecords } from './csv.js';
import { excerpt } from './excerpt.js';
import { cellsOf, readHeader, type Columns, type Header, type HeaderOptions } from './header.js';

/** How much of a row's text is kept with a reject. */
export const RAW_LENGTH = 2_000;

/**
 * The raw rows of a CSV file whose first record is its header, one for each record after it.
 * @throws what {@link csvRecords} and {@link readHeader} throw.
 */
export async function* tableRows(
  path: string,
  columns: Columns,
  options: HeaderOptions,
): AsyncGenerator<RawRow> {
  let header: Header | undefined;
  for await (const record of csvRecords(path, options.label)) {
    if (header === undefined) {
      header = readHeader(record.cells, columns, options);
      continue;
    }
    const { line, raw } = record;
    yield { line, rows: 1, cells: cellsOf(record, header), raw: excerpt(raw, RAW_LENGTH) };
  }
}
