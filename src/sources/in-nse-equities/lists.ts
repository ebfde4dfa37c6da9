import type { Columns } from '../formats/header.js';

/** What a cell means, whatever the list calls its column. */
export type ColumnKey =
  | 'symbol'
  | 'name'
  | 'series'
  | 'listedOn'
  | 'paidUpValue'
  | 'marketLot'
  | 'isin'
  | 'faceValue'
  | 'underlying'
  | 'securityName'
  | 'dividendPercent'
  | 'allotmentOn'
  | 'redemptionOn'
  | 'redemptionAmount'
  | 'conversionOn'
  | 'conversionAmount';

/** One of the lists the National Stock Exchange publishes, each a CSV file of its own. */
export interface NseList {
  /** The publisher's file name without `.csv`; our part and scope go by it. */
  readonly name: string;
  readonly url: string;
  /** The edition is nothing without it. */
  readonly isRequired?: boolean;
  /**
   * ISO 10962 category and group of everything in the list, the attributes unknown (`X`). Derived by us: the exchange
   * says nothing about CFI, so any source that does is believed before this one.
   */
  readonly cfi: string;
  /** By {@link ColumnKey}. */
  readonly columns: Columns;
  /** The ISIN stands in a last column that the header does not name. */
  readonly isIsinNameless?: boolean;
  /** Columns in which the rows of one security differ; such rows become one. */
  readonly repeating?: readonly ColumnKey[];
  readonly bounds: { readonly min: number; readonly max: number };
  readonly sentinels?: readonly string[];
}

const ARCHIVE = 'https://nsearchives.nseindia.com';

const SHARED = {
  symbol: { names: ['SYMBOL'] },
  // `NAME OF COMPANY`; `Security Name` in a copy somebody edited on 2026-06-21.
  name: { names: ['NAME OF COMPANY', 'SECURITY NAME'] },
  series: { names: ['SERIES'] },
  // `06-OCT-2008` in EQUITY_L, `15-May-26` in SME_EQUITY_L, `1-Apr-19` in REITS_L.
  listedOn: { names: ['DATE OF LISTING'] },
  isin: { names: ['ISIN NUMBER', 'ISIN'] },
} as const satisfies Columns;

const PAID_UP_VALUE = { names: ['PAID UP VALUE'] };
const MARKET_LOT = { names: ['MARKET LOT', 'MKT LOT'] };
// `FACE VALUE*` in IDR_W9, where the asterisk refers to a footnote.
const FACE_VALUE = { names: ['FACE VALUE'] };

/** Six of these names begin with a blank in EQUITY_L: ` SERIES`, ` DATE OF LISTING`. */
const SHARE_COLUMNS: Columns = {
  ...SHARED,
  paidUpValue: PAID_UP_VALUE,
  marketLot: MARKET_LOT,
  faceValue: FACE_VALUE,
};

/**
 * The lists in the order in which they are believed: a share that has moved up from the SME board and still stands in both
 * lists is what EQUITY_L says.
 */
export const NSE_LISTS: readonly NseList[] = [
  {
    name: 'EQUITY_L',
    url: `${ARCHIVE}/content/equities/EQUITY_L.csv`,
    isRequired: true,
    // Shares with differential voting rights (`IN9175A01010`, JISLDVREQS) are common shares too.
    cfi: 'ESXXXX',
    columns: SHARE_COLUMNS,
    // 1,398 rows in 2011, 2,397 in August 2026.
    bounds: { min: 1_000, max: 10_000 },
    // Reliance, Tata Consultancy Services, Infosys: in every stored edition from 2018 to 2026.
    sentinels: ['INE002A01018', 'INE467B01029', 'INE009A01021'],
  },
  {
    name: 'SME_EQUITY_L',
    url: `${ARCHIVE}/emerge/corporates/content/SME_EQUITY_L.csv`,
    cfi: 'ESXXXX',
    // `NAME_OF_COMPANY`, `DATE_OF_LISTING`; a trailing comma in every line, the header included; no market lot.
    columns: { ...SHARED, paidUpValue: PAID_UP_VALUE, faceValue: FACE_VALUE },
    bounds: { min: 50, max: 5_000 },
  },
  {
    name: 'eq_etfseclist',
    url: `${ARCHIVE}/content/equities/eq_etfseclist.csv`,
    cfi: 'CEXXXX',
    // windows-1252 with CRLF: `Nifty PSE Index – TRI` has byte 0x96, `Nifty India Infrastructure` NBSPs (0xA0).
    columns: {
      symbol: SHARED.symbol,
      // What is tracked, often with a blank behind it: `Nifty50`.
      underlying: { names: ['Underlying'] },
      // The nearest to a name this list has: `NIPINDETFNIFTYBEES`.
      name: { names: ['SecurityName'] },
      listedOn: SHARED.listedOn,
      marketLot: MARKET_LOT,
      isin: SHARED.isin,
      faceValue: FACE_VALUE,
    },
    bounds: { min: 20, max: 5_000 },
  },
  {
    name: 'REITS_L',
    url: `${ARCHIVE}/content/equities/REITS_L.csv`,
    cfi: 'CBXXXX',
    columns: SHARE_COLUMNS,
    bounds: { min: 0, max: 2_000 },
  },
  {
    name: 'INVITS_L',
    url: `${ARCHIVE}/content/equities/INVITS_L.csv`,
    // Units of infrastructure investment trusts: collective vehicles for which ISO 10962 has no group; CB is real estate only.
    cfi: 'CMXXXX',
    columns: SHARE_COLUMNS,
    bounds: { min: 0, max: 2_000 },
  },
  {
    name: 'PREF',
    url: `${ARCHIVE}/content/equities/PREF.csv`,
    cfi: 'EPXXXX',
    columns: {
      ...SHARED,
      // Here both names stand side by side.
      name: { names: ['NAME OF COMPANY'] },
      securityName: { names: ['SECURITY NAME'] },
      faceValue: FACE_VALUE,
      paidUpValue: PAID_UP_VALUE,
      marketLot: MARKET_LOT,
      dividendPercent: { names: ['DIVIDEND %'] },
      allotmentOn: { names: ['DATE OF ALLOTMENT'] },
      redemptionOn: { names: ['REDEMPTION DATE'] },
      redemptionAmount: { names: ['REDEMPTION AMT'] },
      conversionOn: { names: ['CONVERSION DATE'] },
      conversionAmount: { names: ['CONVERSION AMT'] },
    },
    // 14 names, 15 fields: `…,CONVERSION AMT` above `…,,,INE019A04016`.
    isIsinNameless: true,
    // One row for each redemption: `INE019A04016` stands on four rows that differ in nothing but its date.
    repeating: ['redemptionOn', 'redemptionAmount', 'conversionOn', 'conversionAmount'],
    bounds: { min: 0, max: 2_000 },
  },
  {
    name: 'WARRANT',
    url: `${ARCHIVE}/content/equities/WARRANT.csv`,
    cfi: 'RWXXXX',
    columns: { ...SHARED, marketLot: MARKET_LOT },
    // 5 names, 6 fields: `…, MARKET LOT` above `…,33340,INE086A13016`.
    isIsinNameless: true,
    bounds: { min: 0, max: 2_000 },
  },
  {
    name: 'mf_close-end',
    url: `${ARCHIVE}/content/equities/mf_close-end.csv`,
    // The list is of closed-end funds, so the first attribute is known too. It keeps schemes that have matured.
    cfi: 'CICXXX',
    columns: SHARE_COLUMNS,
    bounds: { min: 0, max: 2_000 },
  },
  {
    name: 'IDR_W9',
    url: `${ARCHIVE}/content/equities/IDR_W9.csv`,
    cfi: 'EDXXXX',
    columns: SHARE_COLUMNS,
    bounds: { min: 0, max: 2_000 },
  },
];

/** The list a file name stands for: `EQUITY_L_2024-01-20.csv`, `eq_etfseclist (1).csv`, `backup/pref.CSV`. */
export function listOfFile(fileName: string): NseList | undefined {
  const [baseName = ''] = fileName.split(/[/\\]/).slice(-1);
  const stem = /^(.*)\.csv$/i.exec(baseName)?.[1]?.toLowerCase();
  // After the list's name only a date, a copy's number or a remark may follow: `SME_EQUITY_L` begins otherwise than
  // `EQUITY_L`, and `PREFERRED` is not `PREF`.
  return NSE_LISTS.find(({ name }) => {
    if (stem === undefined || !stem.startsWith(name.toLowerCase())) return false;
    return /^$|^[ _.(-]/.test(stem.slice(name.length));
  });
}

/** @throws RangeError for a name that is none of the lists'. */
export function listNamed(name: string): NseList {
  const list = NSE_LISTS.find((candidate) => candidate.name === name);
  if (list === undefined) throw new RangeError(`The National Stock Exchange has no list "${name}".`);
  return list;
}
