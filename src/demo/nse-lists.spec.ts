import { createHash } from 'node:crypto';

import { nsePublications } from './nse-lists.js';
import { World } from './world.js';

const world = new World();
const publications = nsePublications(world);

/** The bytes of a list, one character each. */
const bytesOf = (name: string, day = 0) => publicationOf(name).bytesOn(day).toString('latin1');
const publicationOf = (name: string) => {
  const publication = publications.find(({ address }) => address.endsWith(`/${name}.csv`));
  if (!publication) throw new Error(`${name} is not published`);
  return publication;
};
const rowsOf = (name: string) =>
  bytesOf(name)
    .split(/\r?\n/)
    .slice(1, -1)
    .map((row) => row.split(','));

const ISIN = /^IN[EF9][A-Z0-9]{8}[0-9]$/;
const FUND_ISIN = /^INF[A-Z0-9]{8}[0-9]$/;
const NUMBER = /^[0-9]+(\.[0-9]+)?$/;
const SHORT_DAY = /^[0-3][0-9]-[A-Z][a-z]{2}-[0-9]{2}$/;
/** The rows that have another number of cells, or a cell that does not look as it should. */
const oddRows = (rows: readonly string[][], shape: readonly RegExp[]) =>
  rows.filter(
    (row) => row.length !== shape.length || !row.every((cell, column) => shape[column]?.test(cell)),
  );

describe('the addresses', () => {
  it('are those of the National Stock Exchange', () => {
    expect(publications.map(({ address }) => address)).toEqual([
      'nsearchives.nseindia.com/content/equities/EQUITY_L.csv',
      'nsearchives.nseindia.com/emerge/corporates/content/SME_EQUITY_L.csv',
      'nsearchives.nseindia.com/content/equities/eq_etfseclist.csv',
      'nsearchives.nseindia.com/content/equities/REITS_L.csv',
      'nsearchives.nseindia.com/content/equities/INVITS_L.csv',
      'nsearchives.nseindia.com/content/equities/IDR_W9.csv',
      'nsearchives.nseindia.com/content/equities/PREF.csv',
      'nsearchives.nseindia.com/content/equities/WARRANT.csv',
      'nsearchives.nseindia.com/content/equities/mf_close-end.csv',
    ]);
  });
});

describe('every list', () => {
  it('is published at 18:30 in India on its day', () => {
    for (const publication of publications) {
      expect(publication.publishedAt(1).toISOString()).toBe('2026-01-06T13:00:00.000Z');
    }
  });

  it('has the same bytes for the same seed and day on every machine', () => {
    const digest = (of: readonly { bytesOn(day: number): Buffer }[]) =>
      of
        .reduce((hash, publication) => hash.update(publication.bytesOn(3)), createHash('sha256'))
        .digest('hex');
    expect(digest(nsePublications(new World()))).toBe(digest(publications));
    // Written down, because two machines cannot be compared here. It changes with every change of what is invented.
    expect(digest(publications)).toBe('75c9f6f4d105f9a8ad98fcd8a6858de5a860818931416a7542541c8e07f511ba');
  });

  it('changes from day to day where the world does', () => {
    expect(bytesOf('EQUITY_L', 1)).not.toBe(bytesOf('EQUITY_L', 0));
    expect(bytesOf('IDR_W9', 1)).toBe(bytesOf('IDR_W9', 0));
  });
});

describe('EQUITY_L', () => {
  it('has blanks before six of its names, LF, and the sentinels as they are', () => {
    const text = bytesOf('EQUITY_L');
    expect(text).toMatch(
      /^SYMBOL,NAME OF COMPANY, SERIES, DATE OF LISTING, PAID UP VALUE, MARKET LOT, ISIN NUMBER, FACE VALUE\n/,
    );
    expect(text).not.toMatch(/[\r"]|[^\n]$/);
    expect(text).toContain('\nRELIANCE,Reliance Industries Limited,EQ,29-NOV-1995,10,1,INE002A01018,10\n');
    expect(text).toContain('\nTCS,Tata Consultancy Services Limited,EQ,25-AUG-2004,1,1,INE467B01029,1\n');
    expect(text).toContain('\nINFY,Infosys Limited,EQ,08-FEB-1995,5,1,INE009A01021,5\n');
  });

  it('has eight well-formed cells in every row, by symbol', () => {
    const rows = rowsOf('EQUITY_L');
    expect(rows).toHaveLength(3_500);
    expect(
      oddRows(rows, [
        /./,
        /./,
        /^(EQ|BE|BZ)$/,
        /^[0-3][0-9]-[A-Z]{3}-[12][0-9]{3}$/,
        NUMBER,
        NUMBER,
        ISIN,
        NUMBER,
      ]),
    ).toEqual([]);
    const symbols = rows.map(([symbol]) => symbol);
    expect(symbols).toEqual(symbols.toSorted());
  });

  it('has symbols with & and -, names with &, lots other than 1 and partly paid shares', () => {
    const rows = rowsOf('EQUITY_L');
    expect(rows.some(([symbol]) => symbol?.includes('&'))).toBe(true);
    expect(rows.some(([symbol]) => symbol?.includes('-'))).toBe(true);
    expect(rows.some(([, name]) => name?.includes(' & '))).toBe(true);
    expect(rows.some((row) => row[5] !== '1')).toBe(true);
    expect(rows.filter((row) => row[4] !== row[7]).every((row) => row[6]?.startsWith('IN9'))).toBe(true);
    expect(rows.some((row) => row[6]?.startsWith('IN9'))).toBe(true);
  });
});

describe('SME_EQUITY_L', () => {
  it('has underscores, an empty last column without a name, and two-digit years, the newest first', () => {
    expect(bytesOf('SME_EQUITY_L')).toMatch(
      /^SYMBOL,NAME_OF_COMPANY,SERIES,DATE_OF_LISTING,PAID_UP_VALUE,ISIN_NUMBER,FACE_VALUE,\n/,
    );
    const rows = rowsOf('SME_EQUITY_L');
    expect(oddRows(rows, [/./, /./, /^(SM|ST)$/, SHORT_DAY, NUMBER, ISIN, NUMBER, /^$/])).toEqual([]);
    expect(rows.at(0)?.[3]).toMatch(/-25$/);
    expect(rows.at(-1)?.[3]).toMatch(/-16$/);
  });
});

describe('eq_etfseclist', () => {
  it('has CRLF throughout and its own column names', () => {
    const text = bytesOf('eq_etfseclist');
    expect(text).toMatch(/^Symbol,Underlying,SecurityName,DateofListing,MarketLot,ISINNumber,FaceValue\r\n/);
    expect(text.endsWith('\r\n')).toBe(true);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  it('has en dashes, apostrophes and no-break spaces as cp1252 bytes, and is no UTF-8', () => {
    const text = bytesOf('eq_etfseclist');
    for (const byte of ['\x96', '\x92', '\xa0']) expect(text).toContain(byte);
    const decoder = new TextDecoder('utf-8', { fatal: true });
    expect(() => decoder.decode(publicationOf('eq_etfseclist').bytesOn(0))).toThrow('not valid');
    expect(new TextDecoder('windows-1252').decode(publicationOf('eq_etfseclist').bytesOn(0))).toContain(
      'Index – TRI,',
    );
  });

  it('has funds only, the oldest first, and tabs where nobody expects them', () => {
    const rows = rowsOf('eq_etfseclist');
    expect(oddRows(rows, [/./, /./, /./, SHORT_DAY, /^1$/, FUND_ISIN, NUMBER])).toEqual([]);
    expect(rows.at(0)?.[3]).toMatch(/-16$/);
    expect(rows.some(([, underlying]) => underlying?.endsWith('\t'))).toBe(true);
    expect(rows.some((row) => row[6]?.includes('.'))).toBe(true);
  });
});

describe.each([
  ['REITS_L', 'RR', 'Note: '],
  ['INVITS_L', 'IV', 'Note : '],
])('%s', (name, series, note) => {
  it('has CRLF, days without a leading zero, a blank row and a quoted footnote at the end', () => {
    const text = bytesOf(name);
    expect(text).toMatch(/^SYMBOL,NAME OF COMPANY, SERIES, .*, FACE VALUE\r\n/);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    const lines = text.split('\r\n');
    expect(lines.slice(-3)).toEqual([',,,,,,,', expect.stringMatching(/^".*,.* ",,,,,,,$/), '']);
    expect(lines.at(-2)?.startsWith(`"${note}`)).toBe(true);
    const rows = rowsOf(name).slice(0, -2);
    expect(rows.length).toBeGreaterThanOrEqual(3);
    for (const row of rows) {
      expect(row).toEqual(expect.arrayContaining([series]));
      expect(row[3]).toMatch(/^[1-3]?[0-9]-[A-Z][a-z]{2}-[0-9]{2}$/);
      expect(row[6]).toMatch(ISIN);
    }
  });
});

describe('IDR_W9', () => {
  it('has an asterisk at a name, dashes for numbers, two blank rows and a footnote', () => {
    const lines = bytesOf('IDR_W9').split('\n');
    expect(lines[0]).toMatch(/, FACE VALUE\*$/);
    expect(lines[1]).toMatch(
      /^[A-Z0-9]+,.* PLC,DR,[0-3][0-9]-[A-Z][a-z]{2}-[0-9]{2},-,1,INE[A-Z0-9]{8}[0-9],-$/,
    );
    expect(lines.slice(-4)).toEqual([',,,,,,,', ',,,,,,,', expect.stringMatching(/^\* .*,,,,,,,$/), '']);
  });
});

describe('PREF', () => {
  it('has fourteen names and fifteen cells, the last of which is an ISIN that spans several rows', () => {
    expect(bytesOf('PREF').split('\n')[0]?.split(',')).toHaveLength(14);
    const rows = rowsOf('PREF');
    expect(rows.every((row) => row.length === 15 && ISIN.test(row[14] ?? ''))).toBe(true);
    const byIsin = Map.groupBy(rows, (row) => row[14]);
    const [four] = [...byIsin.values()].filter((group) => group.length === 4);
    // They differ in the day of redemption and in nothing else.
    expect(new Set(four?.map((row) => row[10])).size).toBe(4);
    expect(new Set(four?.map((row) => row.with(10, '').join())).size).toBe(1);
  });
});

describe('WARRANT', () => {
  it('has five names and six cells, the last of which is the ISIN', () => {
    expect(bytesOf('WARRANT')).toMatch(/^SYMBOL, NAME OF COMPANY, SERIES, DATE OF LISTING, MARKET LOT\n/);
    const rows = rowsOf('WARRANT');
    expect(rows.length).toBeGreaterThanOrEqual(2);
    expect(rows.every((row) => row.length === 6 && row[2] === 'W1' && ISIN.test(row[5] ?? ''))).toBe(true);
  });
});

describe('mf_close-end', () => {
  it('is laid out like EQUITY_L, with funds, some of whose names begin with a blank', () => {
    expect(bytesOf('mf_close-end').split('\n')[0]).toBe(bytesOf('EQUITY_L').split('\n')[0]);
    const rows = rowsOf('mf_close-end');
    expect(rows.every((row) => row.length === 8 && row[2] === 'MF' && /^INF/.test(row[6] ?? ''))).toBe(true);
    expect(rows.some(([, name]) => name?.startsWith(' '))).toBe(true);
  });
});
