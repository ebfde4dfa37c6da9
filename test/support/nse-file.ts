import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isinCheckDigit } from '../../src/domain/isin.js';

/** One row of EQUITY_L, in the publisher's format. */
export interface EquityRow {
  readonly symbol: string;
  readonly name: string;
  readonly series?: string;
  readonly listedOn?: string;
  readonly faceValue?: string;
  readonly marketLot?: string;
  readonly isin: string;
}

const HEADER =
  'SYMBOL,NAME OF COMPANY, SERIES, DATE OF LISTING, PAID UP VALUE, MARKET LOT, ISIN NUMBER, FACE VALUE';
const SENTINELS: readonly EquityRow[] = [
  { symbol: 'RELIANCE', name: 'Reliance Industries Limited', isin: 'INE002A01018' },
  { symbol: 'TCS', name: 'Tata Consultancy Services Limited', isin: 'INE467B01029' },
  { symbol: 'INFY', name: 'Infosys Limited', isin: 'INE009A01021' },
];

/** A list that passes the gate: the sentinels, and so many invented shares that the bounds are content. */
export function equityRows(count = 1_200): EquityRow[] {
  const invented = Array.from({ length: count - SENTINELS.length }, (_, index): EquityRow => {
    const number = String(index).padStart(4, '0');
    const body = `INEX${number}010`;
    return {
      symbol: `S${number}`,
      name: `Invented Company ${number} Limited`,
      isin: body + isinCheckDigit(body),
    };
  });
  return [...SENTINELS, ...invented];
}

/** The bytes of a list. */
export function equityList(rows: readonly EquityRow[]): string {
  const lines = rows.map((row) =>
    [
      row.symbol,
      row.name,
      row.series ?? 'EQ',
      row.listedOn ?? '06-OCT-2008',
      row.faceValue ?? '10',
      row.marketLot ?? '1',
      row.isin,
      row.faceValue ?? '10',
    ].join(','),
  );
  return `${[HEADER, ...lines].join('\n')}\n`;
}

/** Writes EQUITY_L.csv of a day; the day stands in the file's name. @returns its path */
export async function writeEquityList(
  directory: string,
  day: string,
  rows: readonly EquityRow[],
  name = `EQUITY_L_${day}.csv`,
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, name);
  await writeFile(path, equityList(rows));
  return path;
}
