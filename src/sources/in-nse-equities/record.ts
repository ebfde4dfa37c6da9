import { parseDay } from '../../domain/day.js';
import { normaliseDecimal } from '../../domain/decimal.js';
import { explainIsin } from '../../domain/isin.js';
import type { Day, Details, InstrumentRecord, Json } from '../../domain/record.js';
import { collapseBlanks, emptyToNull } from '../../domain/text.js';
import { excerpt } from '../formats/excerpt.js';
import {
  isBlankRow,
  lengthReason,
  loneText,
  unconfirmedKey,
  unfinishedReason,
  unmappedCells,
  unmappedReasons,
} from '../formats/header.js';
import type { Outcome, RawRow, Reason } from '../source.js';
import { NSE_LISTS, type ColumnKey, type NseList } from './lists.js';

type RecordItem = { readonly fills: 'record'; readonly value: InstrumentRecord };

/**
 * Of the series a share trades in, the usual one first: until 2018 one ISIN could stand on several rows (`IL`: foreign
 * institutions, `TT`, `BT`), and the list then means the same share.
 */
const SERIES_ORDER = ['EQ', 'BE', 'BZ', 'SM', 'ST'];

/**
 * One row of a list as a record. Without ISIN, name or symbol a row is rejected; any other cell that cannot be read is kept
 * under `details.unreadable` as it stands, and named among the oddities, so that it is neither lost nor believed.
 */
export function nseRecord(row: RawRow, list: NseList): Outcome<RecordItem> {
  if (isBlankRow(row)) return { skipped: 'blank' };
  // `Note: the Market lot is updated …` in REITS_L and INVITS_L, `* 10 IDRs represent one share …` in IDR_W9.
  if (/^(?:notes?\b|\*)/i.test(loneText(row) ?? '')) return { skipped: 'footnote' };
  const wrongLength = lengthReason(row);
  if (wrongLength !== undefined) return { rejected: [wrongLength] };

  const cell = (key: ColumnKey): string => row.cells[key] ?? '';
  const unconfirmed = unconfirmedKey(row);
  const { isin, reasons: isinReasons } = explainIsin(cell('isin'));
  // Blanks inside stay as the publisher has them: whether a difference is only cosmetic is not for a source to say.
  const name = emptyToNull(cell('name').trim());
  const symbol = emptyToNull(collapseBlanks(cell('symbol')));
  const rejected: Reason[] = isinReasons.map((reason) => ({ ...reason, ...at('isin', cell('isin')) }));
  if (name === null)
    rejected.push({ code: 'NAME_MISSING', ...at('name', ''), message: 'The row has no name.' });
  if (symbol === null)
    rejected.push({ code: 'SYMBOL_MISSING', ...at('symbol', ''), message: 'The row has no symbol.' });
  if (unconfirmed === 'name' || unconfirmed === 'symbol') {
    rejected.push(unfinishedReason(unconfirmed, cell(unconfirmed)));
  }
  if (rejected.length > 0 || isin === null) return { rejected };

  const read = new SecondaryCells(row, unconfirmed);
  const listedOn = read.day('listedOn');
  const series = read.text('series');
  const unmapped = unmappedCells(row, list.columns);
  const details: Details = withoutEmpty({
    list: list.name,
    series,
    faceValue: read.decimal('faceValue'),
    paidUpValue: read.decimal('paidUpValue'),
    marketLot: read.decimal('marketLot'),
    underlying: read.text('underlying'),
    securityName: read.text('securityName'),
    dividendPercent: read.decimal('dividendPercent'),
    allotmentOn: read.day('allotmentOn'),
    redemptions: read.events('redemptionOn', 'redemptionAmount'),
    conversions: read.events('conversionOn', 'conversionAmount'),
    unmapped,
    unreadable: Object.fromEntries(read.unreadable),
  });
  const value: InstrumentRecord = {
    isin,
    mic: 'XNSE',
    // The lists name what can be traded, and say nothing of what no longer can: mf_close-end keeps matured schemes too.
    status: 'active',
    name,
    shortName: null,
    cfi: list.cfi,
    currency: 'INR',
    issuerLei: null,
    symbol,
    firstTradeOn: listedOn,
    terminationOn: null,
    details,
  };
  return {
    item: { fills: 'record', value },
    precedence: precedenceOf(list, series),
    oddities: [...read.oddities, ...unmappedReasons(unmapped)],
  };
}

/** The list counts first, then the series. */
function precedenceOf(list: NseList, series: string | null): number {
  const seriesAt = SERIES_ORDER.indexOf(series ?? '');
  return NSE_LISTS.indexOf(list) * 100 + (seriesAt < 0 ? SERIES_ORDER.length : seriesAt);
}

/** Cells a record can do without. An empty one is simply absent, and so is `-`, which IDR_W9 writes for it. */
class SecondaryCells {
  /** By column; what stands there. */
  readonly unreadable = new Map<string, string>();
  readonly oddities: Reason[] = [];

  constructor(
    private readonly row: RawRow,
    unconfirmed: string | undefined,
  ) {
    if (unconfirmed === undefined) return;
    const value = row.cells[unconfirmed] ?? '';
    this.unreadable.set(unconfirmed, value);
    this.oddities.push(unfinishedReason(unconfirmed, value));
  }

  text(key: ColumnKey): string | null {
    return this.lines(key)[0] ?? null;
  }

  day(key: ColumnKey): Day | null {
    return this.days(key)[0] ?? null;
  }

  decimal(key: ColumnKey): string | null {
    return this.decimals(key)[0] ?? null;
  }

  /** What happens on several days, each with an amount; a row with neither is no event. */
  events(dayKey: ColumnKey, amountKey: ColumnKey): Json[] {
    const days = this.days(dayKey);
    const amounts = this.decimals(amountKey);
    return days
      .map((on, index) => ({ on, amount: amounts[index] ?? null }))
      .filter(({ on, amount }) => on !== null || amount !== null);
  }

  private days(key: ColumnKey): (Day | null)[] {
    // `06-OCT-2008`, `15-May-26`, `1-Apr-19`.
    const parse = (text: string): Day | null => parseDay(text, 'DD-MON-YYYY', 'D-Mon-YY');
    return this.parsed(key, parse, 'DATE_UNREADABLE', 'a day such as 06-OCT-2008');
  }

  private decimals(key: ColumnKey): (string | null)[] {
    return this.parsed(key, normaliseDecimal, 'NUMBER_UNREADABLE', 'a plain number such as 2.5');
  }

  private parsed(
    key: ColumnKey,
    parse: (text: string) => string | null,
    code: string,
    expected: string,
  ): (string | null)[] {
    return this.lines(key).map((text) => {
      const value = text === null ? null : parse(text);
      if (text !== null && value === null) {
        this.unreadable.set(key, this.row.cells[key] ?? '');
        this.oddities.push({ code, ...at(key, text), message: `"${excerpt(text, 80)}" is not ${expected}.` });
      }
      return value;
    });
  }

  private lines(key: ColumnKey): (string | null)[] {
    const cell = this.row.cells[key];
    if (cell === undefined || this.unreadable.has(key)) return [];
    // Only rows that were joined hold several lines; elsewhere a line end is a blank like any other.
    const lines = this.row.rows > 1 ? cell.split('\n') : [cell];
    return lines.map((line) => {
      const text = collapseBlanks(line);
      return text === '' || text === '-' ? null : text;
    });
  }
}

function at(field: string, value: string): { readonly field: string; readonly value: string } {
  return { field, value: excerpt(value, 200) };
}

function withoutEmpty(details: Readonly<Record<string, Json>>): Details {
  const entries = Object.entries(details).filter(
    ([, value]) => value !== null && (typeof value !== 'object' || Object.keys(value).length > 0),
  );
  return Object.fromEntries(entries);
}
