import type { Day } from '../domain/record.js';
import { written } from './calendar.js';
import { toCp1252 } from './cp1252.js';
import type { Publication } from './publication.js';
import type { NseListName, Security } from './security.js';
import type { World } from './world.js';

interface NseList {
  readonly list: NseListName;
  readonly path: string;
  readonly about: string;
  readonly header: string;
  /** The rows of one security. */
  readonly rows: (security: Security) => readonly string[];
  /** Default: by symbol. */
  readonly order?: (one: Security, other: Security) => number;
  /** Rows after the last security. */
  readonly tail?: readonly string[];
  readonly lineEnd?: '\r\n';
  readonly encode?: (text: string) => Buffer;
}

// Six of the eight names begin with a blank.
const EQUITY_HEADER =
  'SYMBOL,NAME OF COMPANY, SERIES, DATE OF LISTING, PAID UP VALUE, MARKET LOT, ISIN NUMBER, FACE VALUE';
const BLANK_ROW = ',,,,,,,';
const UPPER = written['05-JAN-2026'];

/** Formats as seen in NSE's files of 2026-05-17. */
const LISTS: readonly NseList[] = [
  {
    list: 'equity',
    path: 'content/equities/EQUITY_L.csv',
    about: 'shares of the main board',
    header: EQUITY_HEADER,
    rows: (share) => [equityRow(share, UPPER)],
  },
  {
    list: 'sme',
    path: 'emerge/corporates/content/SME_EQUITY_L.csv',
    about: 'shares of small companies',
    // Underscores for blanks, no market lot, and a comma too many, in the header as in the rows.
    header: 'SYMBOL,NAME_OF_COMPANY,SERIES,DATE_OF_LISTING,PAID_UP_VALUE,ISIN_NUMBER,FACE_VALUE,',
    rows: ({ symbol, name, series, listedOn, paidUpValue, isin, faceValue }) => [
      [symbol, name, series, written['05-Jan-26'](listedOn), paidUpValue, isin, faceValue, ''].join(','),
    ],
    order: (one, other) => compare(other.listedOn, one.listedOn) || compare(one.symbol, other.symbol),
  },
  {
    list: 'etf',
    path: 'content/equities/eq_etfseclist.csv',
    about: 'exchange-traded funds',
    header: 'Symbol,Underlying,SecurityName,DateofListing,MarketLot,ISINNumber,FaceValue',
    rows: ({ symbol, underlying, name, listedOn, marketLot, isin, faceValue }) => [
      [symbol, underlying, name, written['05-Jan-26'](listedOn), marketLot, isin, faceValue].join(','),
    ],
    order: (one, other) => compare(one.listedOn, other.listedOn) || compare(one.symbol, other.symbol),
    lineEnd: '\r\n',
    encode: toCp1252,
  },
  {
    list: 'reit',
    path: 'content/equities/REITS_L.csv',
    about: 'real estate investment trusts',
    header: EQUITY_HEADER,
    rows: (trust) => [equityRow(trust, written['5-Jan-26'])],
    tail: [
      BLANK_ROW,
      '"Note: Lots are those of the day of listing, later ones stand in the circulars. ",,,,,,,',
    ],
    lineEnd: '\r\n',
  },
  {
    list: 'invit',
    path: 'content/equities/INVITS_L.csv',
    about: 'infrastructure investment trusts',
    header: EQUITY_HEADER,
    rows: (trust) => [equityRow(trust, written['5-Jan-26'])],
    // A blank before the colon, unlike in the list of real estate trusts.
    tail: [
      BLANK_ROW,
      '"Note : Lots are those of the day of listing, later ones stand in the circulars. ",,,,,,,',
    ],
    lineEnd: '\r\n',
  },
  {
    list: 'idr',
    path: 'content/equities/IDR_W9.csv',
    about: 'Indian depositary receipts',
    header: `${EQUITY_HEADER}*`,
    rows: (receipt) => [equityRow(receipt, written['05-Jan-26'])],
    tail: [BLANK_ROW, BLANK_ROW, '* Ten receipts stand for one share of the company. ,,,,,,,'],
  },
  {
    list: 'preference',
    path: 'content/equities/PREF.csv',
    about: 'preference shares',
    header:
      'SYMBOL, NAME OF COMPANY, SERIES, SECURITY NAME, FACE VALUE, PAID UP VALUE, MKT LOT, DIVIDEND %, ' +
      'DATE OF LISTING, DATE OF ALLOTMENT, REDEMPTION DATE, REDEMPTION AMT, CONVERSION DATE, CONVERSION AMT',
    // One row for each redemption; the ISIN is the fifteenth field and has no name.
    rows: ({ symbol, name, series, faceValue, paidUpValue, marketLot, listedOn, redeemedOn, isin }) =>
      redeemedOn.map((day) =>
        [
          ...[symbol, name, series, name, faceValue, paidUpValue, marketLot, '', UPPER(listedOn), ''],
          ...[UPPER(day), faceValue, '', '', isin],
        ].join(','),
      ),
  },
  {
    list: 'warrant',
    path: 'content/equities/WARRANT.csv',
    about: 'warrants',
    header: 'SYMBOL, NAME OF COMPANY, SERIES, DATE OF LISTING, MARKET LOT',
    // The ISIN is the sixth field and has no name.
    rows: ({ symbol, name, series, listedOn, marketLot, isin }) => [
      [symbol, name, series, UPPER(listedOn), marketLot, isin].join(','),
    ],
  },
  {
    list: 'closedEndFund',
    path: 'content/equities/mf_close-end.csv',
    about: 'closed-ended funds',
    header: EQUITY_HEADER,
    rows: (fund) => [equityRow(fund, UPPER)],
  },
];

/** NSE's lists of securities, written anew every business day at 18:30 in India. */
export function nsePublications(world: World): readonly Publication[] {
  return LISTS.map(
    ({ list, path, about, header, rows, order = bySymbol, tail = [], lineEnd = '\n', encode }) => ({
      address: `nsearchives.nseindia.com/${path}`,
      about,
      contentType: 'text/csv',
      publishedAt: (day) => new Date(`${world.dateOf(day)}T18:30:00+05:30`),
      bytesOn: (day) => {
        const securities = world.securitiesOn(day).filter((security) => security.list === list);
        const lines = [header, ...securities.sort(order).flatMap(rows), ...tail];
        const text = lines.join(lineEnd) + lineEnd;
        return encode ? encode(text) : Buffer.from(text);
      },
    }),
  );
}

function equityRow(security: Security, write: (day: Day) => string): string {
  const { symbol, name, series, listedOn, paidUpValue, marketLot, isin, faceValue } = security;
  return [symbol, name, series, write(listedOn), paidUpValue, marketLot, isin, faceValue].join(',');
}

function bySymbol(one: Security, other: Security): number {
  return compare(one.symbol, other.symbol);
}

/** By code units: the same on every machine, unlike a locale's order. */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
