import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isinCheckDigit } from '../../src/domain/isin.js';
import { leiCheckDigits } from '../../src/domain/lei.js';
import type { RunStory } from '../../src/ingestion/run-reader.js';
import { digestOf } from '../support/digest.js';
import { writeDelta, writeFullSet, type FirdsRow } from '../support/firds-file.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

const NSE = 'in-nse-equities';
const FIRDS = 'eu-esma-firds';
const MICS = 'xx-iso-mic';

/** One edition of each source is published; a scenario brings the next. */
let template: TestHouse;
/** Where everything is held: each scenario begins with what the one before has not changed. */
let house: TestHouse;

beforeAll(async () => {
  template = await openTestHouse();
  await publish(template, MICS, writeVenues('2026-01-12', VENUES));
  await publish(template, NSE, writeShares('2026-01-05', SHARES));
  await publish(template, FIRDS, writeFullSet('2026-01-03', 'E', LISTINGS));
  await template.app.close();
  await template.db.database.close();
  house = await openTestHouse({}, undefined, undefined, template.db.name);
});

afterAll(() => house.close());

async function publish(at: TestHouse, source: string, file: Promise<string>): Promise<RunStory> {
  const run = await at.ingest(source, { files: [await file] });
  expect({ source, state: run.state, error: run.error, findings: run.findings }).toEqual({
    source,
    state: 'published',
    error: null,
    findings: [],
  });
  return run;
}

function isinOf(country: string, number: number): string {
  const body = `${country}X${String(number).padStart(8, '0')}`;
  return body + isinCheckDigit(body);
}

const times = <Thing>(count: number, make: (nth: number) => Thing): Thing[] =>
  Array.from({ length: count }, (_, nth) => make(nth));

// Shares of the NSE: the columns as the exchange names them, each with other values, and a country of one in a hundred.

const SHARE_COLUMNS = [
  'SYMBOL',
  'NAME OF COMPANY',
  'SERIES',
  'DATE OF LISTING',
  'PAID UP VALUE',
  'MARKET LOT',
  'ISIN NUMBER',
  'FACE VALUE',
] as const;
type ShareColumn = (typeof SHARE_COLUMNS)[number];
type Share = Readonly<Record<ShareColumn, string>>;

const share = (nth: number, isin = isinOf('IN', nth)): Share => ({
  SYMBOL: `SYM${nth}`,
  'NAME OF COMPANY': `Invented Company ${nth} Limited`,
  SERIES: 'EQ',
  'DATE OF LISTING': '06-OCT-2008',
  'PAID UP VALUE': '5',
  'MARKET LOT': '1',
  'ISIN NUMBER': isin,
  'FACE VALUE': '10',
});
const SENTINELS = ['INE002A01018', 'INE467B01029', 'INE009A01021'].map((isin, nth) =>
  share(5_000 + nth, isin),
);
const US_SHARES = times(24, (nth) => share(4_000 + nth, isinOf('US', nth)));
const IN_SHARES = times(2_473, (nth) => share(nth));
const SHARES = [...SENTINELS, ...US_SHARES, ...IN_SHARES];

const newShares = (count: number): readonly Share[] => times(count, (nth) => share(10_000 + nth));

/** All but the last so many. */
const without = <Thing>(things: readonly Thing[], count: number): readonly Thing[] =>
  things.slice(0, things.length - count);

/** The first so many are changed; the sentinels among them keep their keys. */
const changed = <Thing>(things: readonly Thing[], count: number, change: (thing: Thing) => Thing): Thing[] =>
  things.map((thing, nth) => (nth < count ? change(thing) : thing));

async function written(name: string, lines: readonly (readonly string[])[]): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'isinglass-gate-')), name);
  const text = lines.map((cells) => cells.map((cell) => `"${cell}"`).join(','));
  await writeFile(path, `${text.join('\n')}\n`);
  return path;
}

/** @param place what stands where a column is said to be; the header stays as it is */
function writeShares(
  day: string,
  shares: readonly Share[],
  place: (column: ShareColumn) => ShareColumn = (column) => column,
  list = 'EQUITY_L',
): Promise<string> {
  const rows = shares.map((each) => SHARE_COLUMNS.map((column) => each[place(column)]));
  return written(`${list}_${day}.csv`, [SHARE_COLUMNS, ...rows]);
}

const swapping =
  (one: ShareColumn, other: ShareColumn) =>
  (column: ShareColumn): ShareColumn =>
    column === one ? other : column === other ? one : column;

/** Each value stands one column too far to the right. */
const shifted = (column: ShareColumn): ShareColumn =>
  SHARE_COLUMNS.at(SHARE_COLUMNS.indexOf(column) - 1) ?? column;

// Shares in FIRDS, on two venues of a usual size and two small ones.

function leiOf(number: number): string {
  const body = `529900${String(number).padStart(12, '0')}`;
  return body + leiCheckDigits(body);
}

const listing = (nth: number, mic: string, country = 'DE', currency = 'EUR'): FirdsRow => ({
  isin: isinOf(country, nth),
  mic,
  name: `COMPANY ${nth} SHARE`,
  shortName: `COMPANY ${nth}/SH`,
  issuer: leiOf(nth),
  currency,
  relevantMic: 'XETR',
  firstTrade: '2020-01-02',
  termination: '2030-01-02',
});
const LISTINGS = [
  ...times(3_000, (nth) => listing(nth, 'XETR')),
  ...times(1_000, (nth) => listing(nth, 'XMUN')),
  ...times(30, (nth) => listing(20_000 + nth, 'XPAR', 'FR')),
  ...times(30, (nth) => listing(30_000 + nth, 'XETR', 'LU')),
  ...times(30, (nth) => listing(40_000 + nth, 'XETR', 'DE', 'SEK')),
];
const newListings = (count: number, mic = 'XETR'): readonly FirdsRow[] =>
  times(count, (nth) => listing(50_000 + nth, mic));

const WEEK_LATER = '2026-01-10';
const writeListings = (rows: readonly FirdsRow[], day = WEEK_LATER): Promise<string> =>
  writeFullSet(day, 'E', rows);

// The list of markets.

type Venue = readonly string[];
const VENUE_COLUMNS = (
  'MIC|OPERATING MIC|OPRT/SGMT|MARKET NAME-INSTITUTION DESCRIPTION|LEGAL ENTITY NAME|LEI|MARKET CATEGORY CODE|ACRONYM|' +
  'ISO COUNTRY CODE (ISO 3166)|CITY|WEBSITE|STATUS|CREATION DATE|LAST UPDATE DATE|LAST VALIDATION DATE|EXPIRY DATE|COMMENTS'
).split('|');
const at = (column: string): number => VENUE_COLUMNS.findIndex((name) => name.startsWith(column));

const venue = (mic: string, nth: number, country = 'DE', category = 'MLTF'): Venue => [
  ...[
    mic,
    mic,
    'OPRT',
    `MARKET ${nth}`,
    `MARKET ${nth} AG`,
    leiOf(nth),
    category,
    `M${nth}`,
    country,
    'CITY',
  ],
  ...[`WWW.M${nth}.EXAMPLE`, 'ACTIVE', '20200102', '20200102', '20200102', '', ''],
];
const VENUES = [
  ...['XNYS', 'XLON', 'XETR', 'XPAR', 'XNSE', 'XMUN'].map((mic, nth) => venue(mic, nth)),
  ...times(1_000, (nth) => venue(`M${String(nth).padStart(3, '0')}`, 100 + nth)),
  ...times(950, (nth) => venue(`N${String(nth).padStart(3, '0')}`, 3_000 + nth)),
  ...times(22, (nth) => venue(`F${String(nth).padStart(3, '0')}`, 5_000 + nth, 'FI')),
  ...times(22, (nth) => venue(`R${String(nth).padStart(3, '0')}`, 6_000 + nth, 'DE', 'RMKT')),
];
const writeVenues = (day: string, venues: readonly Venue[]): Promise<string> =>
  written(`ISO10383_MIC_${day}.csv`, [VENUE_COLUMNS, ...venues]);
const writeChangedVenues = (count: number, column: string, value: string): Promise<string> =>
  writeVenues(
    '2026-02-09',
    changed(VENUES, count, (each) => each.with(at(column), value)),
  );

interface Scenario {
  readonly name: string;
  readonly source: string;
  readonly file: () => Promise<string>;
  /** Codes of what stops it, in their order; none when it is published. */
  readonly stops: readonly string[];
  /** Codes of what it is published with, but for notes. */
  readonly warnings?: readonly string[];
}

const nextDay = (
  name: string,
  shares: readonly Share[],
  stops: readonly string[],
  warnings: readonly string[] = [],
): Scenario => ({ name, source: NSE, file: () => writeShares('2026-01-06', shares), stops, warnings });

const nextWeek = (
  name: string,
  rows: readonly FirdsRow[],
  stops: readonly string[],
  warnings: readonly string[] = [],
): Scenario => ({ name, source: FIRDS, file: () => writeListings(rows), stops, warnings });

const nextDelta = (
  name: string,
  events: Parameters<typeof writeDelta>[1],
  stops: readonly string[],
): Scenario => ({ name, source: FIRDS, file: () => writeDelta('2026-01-04', events), stops });

const nextMonth = (
  name: string,
  file: () => Promise<string>,
  stops: readonly string[],
  warnings: readonly string[] = [],
): Scenario => ({ name, source: MICS, file, stops, warnings });

const rename = (each: Share): Share => ({ ...each, 'NAME OF COMPANY': `Renamed ${each.SYMBOL}` });
const end = (each: FirdsRow): FirdsRow => ({ ...each, termination: '2025-11-03' });

const SCENARIOS: readonly Scenario[] = [
  // What goes.
  nextDay('1 % of the records are gone', without(SHARES, 25), []),
  nextDay('2.1 % of the records are gone', without(SHARES, 53), [], ['MASS_MISSING']),
  nextDay('4.9 % of the records are gone', without(SHARES, 122), [], ['MASS_MISSING']),
  nextDay('5.1 % of the records are gone', without(SHARES, 128), ['EDITION_SHRUNK', 'MASS_MISSING']),
  nextDay(
    '5.1 % of the records are gone, and as many are new',
    [...without(SHARES, 128), ...newShares(128)],
    ['MASS_MISSING'],
  ),
  nextDay('60 % of the records are gone', without(SHARES, 1_500), [
    'EDITION_SHRUNK',
    'MASS_MISSING',
    'GROUP_SHRUNK',
    'GROUP_SHRUNK',
    'GROUP_SHRUNK',
    'GROUP_SHRUNK',
  ]),
  nextDay('the list is shorter than any healthy one', without(SHARES, 1_600), [
    'RECORDS_OUT_OF_BOUNDS',
    'EDITION_SHRUNK',
    'MASS_MISSING',
    'GROUP_SHRUNK',
    'GROUP_SHRUNK',
    'GROUP_SHRUNK',
    'GROUP_SHRUNK',
  ]),
  nextDay('a sentinel is gone', SHARES.slice(1), ['SENTINEL_ABSENT']),
  // What comes.
  nextDay('19 % more records', [...SHARES, ...newShares(475)], []),
  nextDay('21 % more records', [...SHARES, ...newShares(525)], ['EDITION_GROWN', 'MASS_NEW']),
  // Groups.
  nextDay(
    'one country vanishes, and the list shrinks by less than 1 %',
    [...SENTINELS, ...IN_SHARES],
    ['GROUP_SHRUNK'],
  ),
  nextDay(
    'a country loses less than twenty records',
    [...SENTINELS, ...US_SHARES.slice(19), ...IN_SHARES],
    [],
  ),
  nextWeek(
    'one country of two venues vanishes',
    LISTINGS.filter(({ isin }) => !isin.startsWith('LU')),
    ['GROUP_SHRUNK'],
  ),
  nextWeek(
    'a venue and the country on it vanish',
    LISTINGS.filter(({ mic }) => mic !== 'XPAR'),
    ['GROUP_SHRUNK', 'GROUP_SHRUNK'],
  ),
  nextWeek(
    'a venue loses half of its records',
    LISTINGS.filter(({ mic }, nth) => mic !== 'XPAR' || nth % 2 === 0),
    [],
  ),
  nextWeek('a venue comes with a small share of the records', [...LISTINGS, ...newListings(150, 'XLON')], []),
  nextWeek(
    'a venue comes with a twentieth of the records',
    [...LISTINGS, ...newListings(220, 'XLON')],
    ['GROUP_GROWN'],
  ),
  nextWeek(
    'a currency vanishes',
    changed(LISTINGS, LISTINGS.length, (each) => ({ ...each, currency: 'EUR' })),
    ['GROUP_SHRUNK'],
  ),
  nextWeek(
    'a tenth of the records have another currency',
    changed(LISTINGS, 400, (each) => ({ ...each, currency: 'USD' })),
    ['GROUP_GROWN'],
  ),
  nextWeek(
    'two currencies change places',
    LISTINGS.map((each) => ({ ...each, currency: each.currency === 'EUR' ? 'SEK' : 'EUR' })),
    ['MASS_CHANGE', 'GROUP_SHRUNK', 'GROUP_GROWN'],
  ),
  nextWeek(
    'a CFI category vanishes, because its letters cannot be read',
    LISTINGS.map((each) => ({ ...each, cfi: 'shares' })),
    ['EDITION_SHRUNK', 'GROUP_SHRUNK', 'GROUP_SHRUNK', 'GROUP_SHRUNK', 'GROUP_SHRUNK', 'VALUES_INVALID'],
  ),
  nextMonth(
    'a country of the markets vanishes',
    () =>
      writeVenues(
        '2026-02-09',
        VENUES.filter((each) => each[at('ISO C')] !== 'FI'),
      ),
    ['GROUP_SHRUNK'],
  ),
  nextMonth(
    'a category of the markets vanishes',
    () =>
      writeVenues(
        '2026-02-09',
        VENUES.filter((each) => each[at('MARKET C')] !== 'RMKT'),
      ),
    ['GROUP_SHRUNK'],
  ),
  // Columns.
  nextWeek(
    'no record names its issuer',
    LISTINGS.map((each) => ({ ...each, issuer: null })),
    ['MASS_CHANGE', 'COLUMN_EMPTIED'],
  ),
  nextWeek(
    '4.9 % of the records name no issuer any more',
    changed(LISTINGS, 200, (each) => ({ ...each, issuer: null })),
    [],
  ),
  nextWeek(
    '5.1 % of the records name no issuer any more',
    changed(LISTINGS, 209, (each) => ({ ...each, issuer: null })),
    ['COLUMN_EMPTIED'],
  ),
  nextMonth('no market names its city', () => writeChangedVenues(VENUES.length, 'CITY', ''), [
    'MASS_CHANGE',
    'COLUMN_EMPTIED',
  ]),
  nextMonth(
    'nearly half of the markets come with comments where none had any',
    () => writeChangedVenues(900, 'COMMENTS', 'SEE THERE'),
    [],
    ['COLUMN_FILLED'],
  ),
  nextDay(
    'no share has a date',
    SHARES.map((each) => ({ ...each, 'DATE OF LISTING': '' })),
    ['MASS_CHANGE', 'COLUMN_EMPTIED'],
  ),
  // Values.
  nextDay(
    '1 % of the dates cannot be read',
    changed(SHARES, 25, (each) => ({ ...each, 'DATE OF LISTING': 'soon' })),
    [],
    ['DATE_UNREADABLE'],
  ),
  nextDay(
    '1.1 % of the dates cannot be read',
    changed(SHARES, 28, (each) => ({ ...each, 'DATE OF LISTING': 'soon' })),
    ['VALUES_INVALID'],
  ),
  nextDay(
    '2 % of the ISINs have a wrong check digit',
    SHARES.map((each, nth) =>
      nth % 50 === 7
        ? {
            ...each,
            'ISIN NUMBER': each['ISIN NUMBER'].replace(/.$/, (digit) => String((Number(digit) + 1) % 10)),
          }
        : each,
    ),
    ['REJECT_SHARE', 'VALUES_INVALID'],
  ),
  nextWeek(
    '1.1 % of the LEIs have wrong check digits',
    changed(LISTINGS, 46, (each) => ({ ...each, issuer: '5299000J2N45DDNE4Y29' })),
    ['VALUES_INVALID'],
  ),
  nextWeek(
    '1.1 % of the currencies are none',
    changed(LISTINGS, 46, (each) => ({ ...each, currency: 'EUX' })),
    ['VALUES_INVALID'],
  ),
  nextWeek(
    '0.9 % of the currencies are none',
    changed(LISTINGS, 36, (each) => ({ ...each, currency: 'EUX' })),
    [],
  ),
  nextWeek(
    '3 % of the records are on a venue that nobody knows',
    [...LISTINGS, ...newListings(130, 'QQQQ')],
    ['VALUES_INVALID'],
  ),
  nextWeek('a few records are on a venue that nobody knows', [...LISTINGS, ...newListings(40, 'QQQQ')], []),
  nextMonth('2 % of the LEIs of the markets are none', () => writeChangedVenues(40, 'LEI', '529900'), [
    'VALUES_INVALID',
  ]),
  // Mass flips.
  nextDay('19 % of the records have another name', changed(SHARES, 475, rename), []),
  nextDay('21 % of the records have another name', changed(SHARES, 525, rename), ['MASS_RENAMED']),
  nextDay(
    'all names come in capitals',
    SHARES.map((each) => ({ ...each, 'NAME OF COMPANY': each['NAME OF COMPANY'].toUpperCase() })),
    [],
  ),
  nextWeek('39 % of the records have ended', changed(LISTINGS, 1_595, end), []),
  nextWeek('41 % of the records have ended', changed(LISTINGS, 1_680, end), ['MASS_STATUS']),
  nextMonth('21 % of the markets have expired', () => writeChangedVenues(420, 'STATUS', 'EXPIRED'), [
    'MASS_STATUS',
  ]),
  nextMonth(
    '21 % of the markets have another name',
    () => writeChangedVenues(420, 'MARKET NAME', 'A MARKET'),
    ['MASS_RENAMED'],
  ),
  // Deltas.
  nextDelta(
    'a delta ends 39 % of the records',
    LISTINGS.slice(0, 1_595).map((each) => ['TermntdRcrd', each]),
    [],
  ),
  nextDelta(
    'a delta ends 41 % of the records',
    LISTINGS.slice(0, 1_680).map((each) => ['TermntdRcrd', each]),
    ['MASS_STATUS'],
  ),
  nextDelta(
    'a delta gives 21 % of the records another name',
    LISTINGS.slice(0, 860).map((each) => ['ModfdRcrd', { ...each, name: 'A SHARE' }]),
    ['MASS_RENAMED'],
  ),
  nextDelta(
    'a delta brings as many records again',
    newListings(4_000).map((each) => ['NewRcrd', each]),
    [],
  ),
  // Columns in other places than the header says.
  nextWeek(
    'names and short names change places',
    LISTINGS.map((each) => ({ ...each, name: each.shortName ?? '', shortName: each.name })),
    ['MASS_CHANGE', 'MASS_RENAMED'],
  ),
  nextWeek(
    'first and last day of trade change places',
    LISTINGS.map((each) => ({ ...each, firstTrade: each.termination, termination: each.firstTrade })),
    ['MASS_CHANGE', 'MASS_STATUS'],
  ),
  nextWeek(
    'venue and relevant venue change places',
    LISTINGS.map((each) => ({ ...each, mic: each.relevantMic, relevantMic: each.mic })),
    ['EDITION_SHRUNK', 'MASS_MISSING', 'GROUP_SHRUNK'],
  ),
  nextWeek(
    'CFI and currency change places',
    LISTINGS.map((each) => ({ ...each, cfi: each.currency, currency: 'ESVUFR' })),
    [
      'EDITION_SHRUNK',
      'GROUP_SHRUNK',
      'GROUP_SHRUNK',
      'GROUP_SHRUNK',
      'GROUP_SHRUNK',
      'VALUES_INVALID',
      'VALUES_INVALID',
    ],
  ),
];

/** Each pair of columns of the exchange's list, and what stops a file in which they have changed places. */
const SWAPS: readonly (readonly [ShareColumn, ShareColumn, readonly string[]])[] = [
  ['SYMBOL', 'NAME OF COMPANY', ['MASS_CHANGE', 'MASS_RENAMED']],
  ['SYMBOL', 'SERIES', ['MASS_CHANGE']],
  ['SYMBOL', 'DATE OF LISTING', ['MASS_CHANGE', 'COLUMN_EMPTIED', 'VALUES_INVALID']],
  ['SYMBOL', 'PAID UP VALUE', ['MASS_CHANGE', 'VALUES_INVALID']],
  ['SYMBOL', 'MARKET LOT', ['MASS_CHANGE', 'VALUES_INVALID']],
  ['SYMBOL', 'ISIN NUMBER', ['EDITION_EMPTY']],
  ['SYMBOL', 'FACE VALUE', ['MASS_CHANGE', 'VALUES_INVALID']],
  ['NAME OF COMPANY', 'SERIES', ['MASS_CHANGE', 'MASS_RENAMED']],
  ['NAME OF COMPANY', 'DATE OF LISTING', ['MASS_CHANGE', 'MASS_RENAMED', 'COLUMN_EMPTIED', 'VALUES_INVALID']],
  ['NAME OF COMPANY', 'PAID UP VALUE', ['MASS_CHANGE', 'MASS_RENAMED', 'VALUES_INVALID']],
  ['NAME OF COMPANY', 'MARKET LOT', ['MASS_CHANGE', 'MASS_RENAMED', 'VALUES_INVALID']],
  ['NAME OF COMPANY', 'ISIN NUMBER', ['EDITION_EMPTY']],
  ['NAME OF COMPANY', 'FACE VALUE', ['MASS_CHANGE', 'MASS_RENAMED', 'VALUES_INVALID']],
  ['SERIES', 'DATE OF LISTING', ['MASS_CHANGE', 'COLUMN_EMPTIED', 'VALUES_INVALID']],
  ['SERIES', 'PAID UP VALUE', ['MASS_CHANGE', 'VALUES_INVALID']],
  ['SERIES', 'MARKET LOT', ['MASS_CHANGE', 'VALUES_INVALID']],
  ['SERIES', 'ISIN NUMBER', ['EDITION_EMPTY']],
  ['SERIES', 'FACE VALUE', ['MASS_CHANGE', 'VALUES_INVALID']],
  ['DATE OF LISTING', 'PAID UP VALUE', ['MASS_CHANGE', 'COLUMN_EMPTIED', 'VALUES_INVALID', 'VALUES_INVALID']],
  ['DATE OF LISTING', 'MARKET LOT', ['MASS_CHANGE', 'COLUMN_EMPTIED', 'VALUES_INVALID', 'VALUES_INVALID']],
  ['DATE OF LISTING', 'ISIN NUMBER', ['EDITION_EMPTY']],
  ['DATE OF LISTING', 'FACE VALUE', ['MASS_CHANGE', 'COLUMN_EMPTIED', 'VALUES_INVALID', 'VALUES_INVALID']],
  ['PAID UP VALUE', 'MARKET LOT', ['MASS_CHANGE']],
  ['PAID UP VALUE', 'ISIN NUMBER', ['EDITION_EMPTY']],
  ['PAID UP VALUE', 'FACE VALUE', ['MASS_CHANGE']],
  ['MARKET LOT', 'ISIN NUMBER', ['EDITION_EMPTY']],
  ['MARKET LOT', 'FACE VALUE', ['MASS_CHANGE']],
  ['ISIN NUMBER', 'FACE VALUE', ['EDITION_EMPTY']],
];

async function bring(to: TestHouse, { source, file }: Scenario): Promise<RunStory> {
  return to.ingest(source, { files: [await file()] });
}

const codesOf = (run: RunStory, severity: 'stop' | 'warning'): string[] =>
  run.findings.filter((finding) => finding.severity === severity).map(({ code }) => code);

async function inCopy(work: (copy: TestHouse) => Promise<void>): Promise<void> {
  const copy = await openTestHouse({}, undefined, undefined, template.db.name);
  try {
    await work(copy);
  } finally {
    await copy.close();
  }
}

describe('an edition is held, and readers see what they saw before, when', () => {
  const held = SCENARIOS.filter(({ stops }) => stops.length > 0);

  it.each(held.map((scenario) => [scenario.name, scenario] as const))('%s', async (_name, scenario) => {
    const before = await digestOf(house.db.database);
    const run = await bring(house, scenario);
    expect({ state: run.state, stops: codesOf(run, 'stop') }).toEqual({
      state: 'held',
      stops: scenario.stops,
    });
    expect(run.error?.code).toBe(scenario.stops[0]);
    expect(run.error?.nextStep).toMatch(/npx isinglass approve/);
    expect(await digestOf(house.db.database)).toBe(before);
  });

  it.each(SWAPS)('%s and %s change places', async (one, other, stops) => {
    const before = await digestOf(house.db.database);
    const file = await writeShares('2026-01-06', SHARES, swapping(one, other));
    const run = await house.ingest(NSE, { files: [file] });
    expect(run.publication).toBeNull();
    expect(run.state === 'held' ? codesOf(run, 'stop') : [run.error?.code]).toEqual(stops);
    expect(await digestOf(house.db.database)).toBe(before);
  });

  it.each([
    [
      'all values stand one column too far to the right',
      NSE,
      () => writeShares('2026-01-06', SHARES, shifted),
    ],
    [
      'ISIN and LEI of the issuer change places',
      FIRDS,
      () => writeListings(LISTINGS.map((each) => ({ ...each, isin: each.issuer ?? '', issuer: each.isin }))),
    ],
    [
      'currency and venue change places',
      FIRDS,
      () => writeListings(LISTINGS.map((each) => ({ ...each, currency: each.mic, mic: each.currency }))),
    ],
    ['all records are gone', NSE, () => writeShares('2026-01-06', [])],
  ] as const)('%s, which no approval helps', async (_name, source, file) => {
    const before = await digestOf(house.db.database);
    const run = await house.ingest(source, { files: [await file()], approval: 'it must be right' });
    expect(run).toMatchObject({ state: 'refused', publication: null, error: { code: 'EDITION_EMPTY' } });
    expect(await digestOf(house.db.database)).toBe(before);
  });

  it('nothing of which moves what is usual', async () => {
    await publish(
      house,
      NSE,
      writeShares('2026-01-06', SHARES.map(rename).slice(0, 1).concat(SHARES.slice(1))),
    );
    const again = await house.ingest(NSE, { files: [await writeShares('2026-01-07', without(SHARES, 128))] });
    expect(codesOf(again, 'stop')).toEqual(['EDITION_SHRUNK', 'MASS_MISSING']);
  });
});

describe('an edition is published when', () => {
  const published = SCENARIOS.filter(({ stops }) => stops.length === 0);

  it.each(published.map((scenario) => [scenario.name, scenario] as const))('%s', async (_name, scenario) => {
    await inCopy(async (copy) => {
      const run = await bring(copy, scenario);
      expect(run).toMatchObject({ state: 'published', error: null });
      expect(codesOf(run, 'warning')).toEqual(scenario.warnings ?? []);
    });
  });

  it('it is the first, whatever its size', async () => {
    const first = await openTestHouse();
    try {
      await publish(first, NSE, writeShares('2026-01-05', [...SHARES, ...newShares(4_000)]));
      await publish(first, FIRDS, writeFullSet('2026-01-03', 'E', LISTINGS.slice(0, 1)));
    } finally {
      await first.close();
    }
  });

  it('a tiny list is turned over', async () => {
    await inCopy(async (copy) => {
      const rows = times(20, (nth) => listing(nth, 'XETR'));
      await publish(
        copy,
        FIRDS,
        writeFullSet(
          '2026-01-03',
          'C',
          rows.map((row) => ({ ...row, cfi: 'CEOGES' })),
        ),
      );
      const next = [...rows.slice(5), ...times(20, (nth) => listing(50 + nth, 'XMUN', 'FR', 'SEK'))];
      await publish(
        copy,
        FIRDS,
        writeFullSet(
          '2026-01-10',
          'C',
          next.map((row) => ({ ...row, cfi: 'CEOGES' })),
        ),
      );
    });
  });

  it('what went comes back, again and again', async () => {
    await inCopy(async (copy) => {
      for (let day = 6; day < 16; day += 1) {
        const shares = day % 2 === 0 ? without(SHARES, 49) : SHARES;
        await publish(copy, NSE, writeShares(`2026-01-${String(day).padStart(2, '0')}`, shares));
      }
    });
  });

  it('a person approves it with a reason, and then it is what the next one is measured by', async () => {
    await inCopy(async (copy) => {
      const half = without(SHARES, 1_250);
      const approved = await copy.ingest(NSE, {
        files: [await writeShares('2026-01-06', half)],
        approval: 'the exchange split its list',
      });
      expect(approved).toMatchObject({ state: 'published', totals: { records: { ended: 1_250 } } });
      expect(codesOf(approved, 'stop')).toContain('EDITION_SHRUNK');
      expect(approved.findings.at(-1)).toMatchObject({
        code: 'APPROVED',
        message: 'published all the same: the exchange split its list',
      });
      await publish(copy, NSE, writeShares('2026-01-07', changed(half, 1, rename)));
      await publish(copy, NSE, writeShares('2026-01-08', changed(half, 2, rename)));
      const whole = await copy.ingest(NSE, { files: [await writeShares('2026-01-09', SHARES)] });
      // What comes back has not changed.
      expect(codesOf(whole, 'stop')).toEqual(['EDITION_GROWN', 'GROUP_GROWN']);
    });
  });
});

describe('what a person reads of a finding', () => {
  it('is how many of how many, what is expected, and a few examples', async () => {
    const run = await house.ingest(FIRDS, {
      files: [await writeListings(LISTINGS.filter(({ mic }) => mic !== 'XPAR'))],
    });
    expect(run.error?.message).toBe(
      'eu-esma-firds: the edition of 2026-01-10 is held (GROUP_SHRUNK): E: country FR has 0 records, 30 are usual',
    );
    const [country, ofVenue] = await house.db.database.query<{ fields: { examples: string[] } }>(
      `SELECT fields FROM finding WHERE run_id = $1 AND severity = 'stop' ORDER BY id`,
      [run.id],
    );
    expect(country?.fields).toMatchObject({
      scope: 'E',
      kind: 'country',
      groups: [{ name: 'FR', records: 0, usual: 30 }],
    });
    expect(ofVenue?.fields.examples).toHaveLength(5);
    for (const example of ofVenue?.fields.examples ?? []) expect(example).toMatch(/^FR[A-Z0-9]{9}\d XPAR$/);
  });

  it.each([
    [
      'MASS_RENAMED',
      NSE,
      () => writeShares('2026-01-08', changed(SHARES, 525, rename)),
      /^(?:IN|US).{10} XNSE$/,
    ],
    [
      'COLUMN_EMPTIED',
      FIRDS,
      () => writeListings(changed(LISTINGS, 209, (each) => ({ ...each, issuer: null }))),
      /^DE.{10} XETR$/,
    ],
    ['GROUP_GROWN', FIRDS, () => writeListings([...LISTINGS, ...newListings(220, 'XLON')]), /^DE.{10} XLON$/],
    ['MASS_STATUS', MICS, () => writeChangedVenues(420, 'STATUS', 'EXPIRED'), /^[A-Z0-9]{4}$/],
    ['COLUMN_EMPTIED', MICS, () => writeChangedVenues(900, 'CITY', ''), /^[A-Z0-9]{4}$/],
    [
      'GROUP_SHRUNK',
      MICS,
      () =>
        writeVenues(
          '2026-02-09',
          VENUES.filter((each) => each[at('ISO C')] !== 'FI'),
        ),
      /^F\d{3}$/,
    ],
  ] as const)('of %s in %s has examples of what it is about', async (code, source, file, example) => {
    const run = await house.ingest(source, { files: [await file()] });
    const rows = await house.db.database.query<{ fields: { examples?: string[] } }>(
      `SELECT fields FROM finding WHERE run_id = $1 AND code = $2`,
      [run.id, code],
    );
    const examples = rows.flatMap(({ fields }) => fields.examples ?? []);
    expect(examples.length).toBe(5);
    for (const each of examples) expect(each).toMatch(example);
  });
});

describe('a first edition', () => {
  it('is held when its values are none', async () => {
    const first = await openTestHouse();
    try {
      const file = await writeShares('2026-01-05', SHARES, swapping('DATE OF LISTING', 'MARKET LOT'));
      const run = await first.ingest(NSE, { files: [file] });
      expect(codesOf(run, 'stop')).toEqual(['VALUES_INVALID', 'VALUES_INVALID']);
    } finally {
      await first.close();
    }
  });
});

describe('twenty days', () => {
  const dayOf = (day: number): string => new Date(Date.UTC(2026, 0, 6 + day)).toISOString().slice(0, 10);

  /** Each day some of the shares go, and as many new ones may come. @returns the day it is held, and why */
  async function drip(
    perDay: number,
    isReplaced: boolean,
  ): Promise<readonly [number, string | undefined] | null> {
    let stopped: readonly [number, string | undefined] | null = null;
    await inCopy(async (copy) => {
      for (let day = 0; day < 20 && stopped === null; day += 1) {
        const gone = perDay * (day + 1);
        const shares = [...without(SHARES, gone), ...(isReplaced ? newShares(gone) : [])];
        const run = await copy.ingest(NSE, { files: [await writeShares(dayOf(day), shares)] });
        if (run.state !== 'published') stopped = [day, run.error?.code];
      }
    });
    return stopped;
  }

  it('of 4.9 % less each day are stopped on the second', async () => {
    expect(await drip(122, false)).toEqual([1, 'EDITION_SHRUNK']);
  });

  it('of 4.9 % going each day while as many come are stopped on the third', async () => {
    expect(await drip(122, true)).toEqual([2, 'SLOW_DRIP']);
  });

  it('of one in a hundred going each day are stopped in the end', async () => {
    expect(await drip(25, true)).toEqual([10, 'SLOW_DRIP']);
  });

  it('of one in five hundred going each day pass', async () => {
    expect(await drip(5, false)).toBeNull();
  });
});

describe('the median', () => {
  it('sees a list that grows too quickly though never too much in a day', async () => {
    await inCopy(async (copy) => {
      await publish(copy, NSE, writeShares('2026-01-06', [...SHARES, ...newShares(375)]));
      const run = await copy.ingest(NSE, {
        files: [await writeShares('2026-01-07', [...SHARES, ...newShares(800)])],
      });
      expect(codesOf(run, 'stop')).toEqual(['EDITION_GROWN']);
    });
  });

  it('of half a year ago only warns', async () => {
    await inCopy(async (copy) => {
      const run = await copy.ingest(NSE, {
        files: [await writeShares('2026-07-10', [...SHARES, ...newShares(800)])],
      });
      expect(run.state).toBe('published');
      expect(codesOf(run, 'warning')).toEqual(['EDITION_GROWN', 'MASS_NEW']);
    });
  });
});
