import { NOTHING_HELD } from '../../../test/support/nothing-held.js';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Outcome, PartFile, RawRow, SourceItem, Web } from '../source.js';
import { NSE_LISTS } from './lists.js';
import { inNseEquities } from './source.js';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
const HEADER =
  'SYMBOL,NAME OF COMPANY, SERIES, DATE OF LISTING, PAID UP VALUE, MARKET LOT, ISIN NUMBER, FACE VALUE';
const GOOD = '3ALPHA,3 Alpha Textiles Limited,EQ,06-OCT-2008,5,1,INE900A01013,5';

type ReadRow = { readonly row: RawRow; readonly outcome: Outcome<SourceItem> };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isinglass-nse-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function readPath(path: string, name: string): Promise<ReadRow[]> {
  const file: PartFile = { path, part: { name, scope: name }, editionOn: '2026-05-17' };
  const rows: ReadRow[] = [];
  for await (const row of inNseEquities.read(file))
    rows.push({ row, outcome: inNseEquities.toItem(row, file) });
  return rows;
}

const readFixture = (name: string): Promise<ReadRow[]> => readPath(join(FIXTURES, `${name}.csv`), name);

async function readContent(content: string | Buffer, name = 'EQUITY_L'): Promise<ReadRow[]> {
  const path = join(folder, 'list.csv');
  await writeFile(path, content);
  return readPath(path, name);
}

const readLine = async (
  line: string,
  name = 'EQUITY_L',
  header = HEADER,
): Promise<Outcome<SourceItem> | undefined> => (await readContent(`${header}\n${line}\n`, name))[0]?.outcome;

const fixtureText = (name: string): Promise<string> => readFile(join(FIXTURES, `${name}.csv`), 'utf8');
const outcomes = (rows: ReadRow[]): Outcome<SourceItem>[] => rows.map(({ outcome }) => outcome);
const codes = (outcome: Outcome<SourceItem> | undefined): string[] =>
  outcome !== undefined && 'rejected' in outcome ? outcome.rejected.map(({ code }) => code) : [];

/** Lines of a text as tables of cells, for texts without quotes. */
const tableOf = (text: string): string[][] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));

describe('the lists of the National Stock Exchange', () => {
  it.each(NSE_LISTS.map(({ name }) => name))('%s become these records', async (name) => {
    const rows = await readFixture(name);
    expect(
      rows.map(({ row, outcome }) => ({ line: row.line, rows: row.rows, ...outcome })),
    ).toMatchSnapshot();
  });

  it.each(NSE_LISTS.map(({ name }) => name))(
    '%s have every physical line in exactly one row',
    async (name) => {
      const lineCount = (await fixtureText(name)).trimEnd().split('\n').length;
      const rows = await readFixture(name);
      const lines = rows.flatMap(({ row }) =>
        Array.from({ length: row.rows }, (_, index) => row.line + index),
      );
      expect(lines).toEqual(Array.from({ length: lineCount - 1 }, (_, index) => index + 2));
    },
  );

  it.each(NSE_LISTS.map(({ name }) => name))(
    '%s give the same outcomes from the same bytes',
    async (name) => {
      expect(await readFixture(name)).toEqual(await readFixture(name));
    },
  );

  it.each(['EQUITY_L', 'SME_EQUITY_L', 'eq_etfseclist', 'mf_close-end', 'WARRANT'])(
    '%s say the same with their columns turned round',
    async (name) => {
      const table = tableOf(await fixtureText(name));
      // A nameless last column has its place at the end.
      const named =
        name === 'SME_EQUITY_L' || name === 'WARRANT'
          ? table[0]!.filter((cell) => cell !== '').length
          : undefined;
      const turned = table.map((cells) => [
        ...cells.slice(0, named).reverse(),
        ...(named === undefined ? [] : cells.slice(named)),
      ]);
      const rows = await readContent(`${turned.map((cells) => cells.join(',')).join('\n')}\n`, name);
      expect(outcomes(rows)).toEqual(outcomes(await readFixture(name)));
    },
  );

  it('say the same with their lines shuffled', async () => {
    const [header = '', ...lines] = (await fixtureText('EQUITY_L')).trimEnd().split('\n');
    const rows = await readContent(`${[header, ...lines.toReversed()].join('\n')}\n`);
    expect(outcomes(rows).toReversed()).toEqual(outcomes(await readFixture('EQUITY_L')));
  });

  it.each([
    ['quoted as in 2011', (text: string) => text.replace(/[^,\n]+/g, '"$&"')],
    ['with a byte order mark', (text: string) => `\uFEFF${text}`],
    ['with CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['with CR alone', (text: string) => text.replaceAll('\n', '\r')],
    ['with years of two digits', (text: string) => text.replace(/-(?:19|20)(\d\d)\b/g, '-$1')],
    [
      'with the header of a copy of 2026-06-21',
      (text: string) => text.replace('SYMBOL,NAME OF COMPANY', 'Symbol,Security Name'),
    ],
  ])('say the same %s', async (_case, change) => {
    const text = await fixtureText('EQUITY_L');
    expect(change(text)).not.toBe(text);
    expect(outcomes(await readContent(change(text)))).toEqual(outcomes(await readFixture('EQUITY_L')));
  });

  it('say the same in windows-1252 with CRLF, as the list of funds really comes', async () => {
    const text = (await fixtureText('eq_etfseclist')).replaceAll('\n', '\r\n').replace('–', '\x96');
    const rows = await readContent(Buffer.from(text, 'latin1'), 'eq_etfseclist');
    expect(outcomes(rows)).toEqual(outcomes(await readFixture('eq_etfseclist')));
  });

  it.each(NSE_LISTS.map(({ name }) => name))('%s are refused when a column is renamed', async (name) => {
    const text = (await fixtureText(name)).replace(/series|underlying/i, 'Kind');
    await expect(readContent(text, name)).rejects.toMatchObject({
      code: 'HEADER_INCOMPLETE',
      message: expect.stringMatching(
        new RegExp(`^in-nse-equities: ${name} of 2026-05-17: .*"Kind"`),
      ) as unknown,
    });
  });

  it('keep a new column under its own name and count it', async () => {
    const outcome = await readLine(`${GOOD},Stage II`, 'EQUITY_L', `${HEADER},ASM Stage`);
    expect(outcome).toMatchObject({
      item: { value: { details: { unmapped: { 'ASM Stage': 'Stage II' } } } },
      oddities: [{ code: 'COLUMN_UNKNOWN', field: 'ASM Stage' }],
    });
  });
});

describe('a row of a list', () => {
  it.each([
    ['ROW_LENGTH', `${GOOD},`],
    ['ROW_LENGTH', '3ALPHA,3 Alpha, Textiles Limited,EQ,06-OCT-2008,5,1,INE900A01013,5'],
    ['ROW_LENGTH', '3ALPHA,3 Alpha Textiles Limited,EQ,06-OCT-2008,5,1,INE900A01013'],
    ['NAME_MISSING', GOOD.replace('3 Alpha Textiles Limited', ' ')],
    ['SYMBOL_MISSING', GOOD.replace('3ALPHA', '')],
    ['ISIN_EMPTY', GOOD.replace('INE900A01013', '')],
    ['ISIN_CHECK_DIGIT', GOOD.replace('INE900A01013', 'INE900A01014')],
    ['ISIN_LENGTH', GOOD.replace('INE900A01013', 'INE900A0101')],
    ['ISIN_CHARACTERS', GOOD.replace('INE900A01013', 'INE900A0101?')],
    ['ISIN_PREFIX_UNKNOWN', GOOD.replace('INE900A01013', 'ZYE900A01013')],
  ])('is rejected with %s: %s', async (code, line) => {
    expect(codes(await readLine(line))).toContain(code);
  });

  it('is rejected with all its reasons at once, each with its field and text', async () => {
    const outcome = await readLine(',,EQ,06-OCT-2008,5,1,INE900A01019,5');
    expect(outcome).toEqual({
      rejected: [
        {
          code: 'ISIN_CHECK_DIGIT',
          field: 'isin',
          value: 'INE900A01019',
          message: expect.any(String) as unknown,
        },
        { code: 'NAME_MISSING', field: 'name', value: '', message: expect.any(String) as unknown },
        { code: 'SYMBOL_MISSING', field: 'symbol', value: '', message: expect.any(String) as unknown },
      ],
    });
  });

  it.each([
    ['DATE_UNREADABLE', 'listedOn', '06-OCT-2008', '31-FEB-2008'],
    ['DATE_UNREADABLE', 'listedOn', '06-OCT-2008', '2008/10/06'],
    ['NUMBER_UNREADABLE', 'faceValue', '013,5', '013,Rs 5'],
    ['NUMBER_UNREADABLE', 'marketLot', ',1,', ',1e3,'],
  ])('keeps what it can with %s in %s, and the text beside it', async (code, field, good, bad) => {
    const text = bad.replace(/^013,|^,|,$/g, '');
    expect(await readLine(GOOD.replace(good, bad))).toMatchObject({
      item: {
        value: {
          isin: 'INE900A01013',
          name: '3 Alpha Textiles Limited',
          details: { unreadable: { [field]: text } },
        },
      },
      oddities: [{ code, field, value: text }],
    });
  });

  it.each(['', ',,,,,,,', ' , ,,,,,,', ',,,'])('is skipped as blank: "%s"', async (line) => {
    expect((await readContent(`${HEADER}\n${line}\n${GOOD}\n`))[0]?.outcome).toEqual({ skipped: 'blank' });
  });

  it.each(['Note : see the circulars,,,,,,,', '* partly paid,,,,,,,', '"NOTE, please: as of today"'])(
    'is skipped as a footnote: %s',
    async (line) => {
      expect(await readLine(line)).toEqual({ skipped: 'footnote' });
    },
  );

  it.each(['NOTEBOOK,,,,,,,', 'Disclaimer,,,,,,,', '* x,Some Limited,,,,,,'])(
    'is not skipped only because little stands in it: %s',
    async (line) => {
      expect(codes(await readLine(line))).toContain('ISIN_EMPTY');
    },
  );

  it('reads an ISIN with blanks and small letters as what it means', async () => {
    expect(await readLine(GOOD.replace('INE900A01013', ' ine900a01013 '))).toMatchObject({
      item: { value: { isin: 'INE900A01013' } },
    });
  });

  it('prefers the usual series of a share, and the main board to the others', async () => {
    const precedence = async (line: string, list: string, header?: string): Promise<number> => {
      const outcome = await readLine(line, list, header);
      return outcome !== undefined && 'item' in outcome ? (outcome.precedence ?? NaN) : NaN;
    };
    const series = ['EQ', 'BE', 'BZ', 'IL'];
    const ranks = await series.reduce<Promise<number[]>>(
      async (ranked, name) => [...(await ranked), await precedence(GOOD.replace('EQ', name), 'EQUITY_L')],
      Promise.resolve([]),
    );
    const sme = await precedence(
      'ECHO,Echo Limited,SM,15-May-26,10,INE9X0101013,10,',
      'SME_EQUITY_L',
      'SYMBOL,NAME_OF_COMPANY,SERIES,DATE_OF_LISTING,PAID_UP_VALUE,ISIN_NUMBER,FACE_VALUE,',
    );
    expect([...ranks, sme]).toEqual([...ranks, sme].toSorted((a, b) => a - b));
    expect(new Set([...ranks, sme]).size).toBe(5);
  });
});

describe('preference shares', () => {
  it('become one row only while nothing but redemption and conversion differs', async () => {
    const [header = '', first = '', second = ''] = (await fixtureText('PREF')).split('\n');
    const other = second.replace('2.5,2.5,1', '3,2.5,1');
    const rows = await readContent(`${[header, first, other].join('\n')}\n`, 'PREF');
    expect(rows.map(({ row }) => row.rows)).toEqual([1, 1]);
  });

  it('keep the whole cell when one of its days cannot be read, and the days that can', async () => {
    const text = (await fixtureText('PREF')).replace('15-MAR-2018', 'MARCH');
    const [first] = outcomes(await readContent(text, 'PREF'));
    expect(first).toMatchObject({
      item: {
        value: {
          details: {
            redemptions: [
              { on: '2017-12-15', amount: '2.5' },
              { on: null, amount: '2.5' },
              { on: '2018-06-15', amount: null },
            ],
            unreadable: { redemptionOn: '15-DEC-2017\nMARCH\n15-JUN-2018' },
          },
        },
      },
    });
  });

  it('are rejected where the nameless last field is no ISIN', async () => {
    const text = (await fixtureText('PREF')).replaceAll('INE901A04023', '40');
    expect(codes(outcomes(await readContent(text, 'PREF')).at(-1))).toContain('ISIN_LENGTH');
  });
});

describe('a list that was cut', () => {
  it('never becomes a silently wrong record, wherever it was cut', async () => {
    const text = await fixtureText('EQUITY_L');
    const whole = outcomes(await readFixture('EQUITY_L'));
    const headerEnd = text.indexOf('\n');
    for (let end = headerEnd + 2; end < text.length; end += 1) {
      const rows = outcomes(await readContent(text.slice(0, end)));
      const last = rows.at(-1);
      expect(rows.slice(0, -1)).toEqual(whole.slice(0, rows.length - 1));
      const isWhole = text[end - 1] === '\n';
      if (isWhole) {
        expect(last).toEqual(whole[rows.length - 1]);
      } else {
        const isTold =
          'rejected' in last! ||
          ('item' in last! && last.oddities?.some(({ code }) => code === 'ROW_UNFINISHED'));
        expect(isTold).toBe(true);
      }
    }
  });

  it('has the value it ends in set aside, for 10 may have been 100', async () => {
    const rows = outcomes(await readContent(`${HEADER}\n${GOOD}`));
    expect(rows).toMatchObject([
      { item: { value: { isin: 'INE900A01013', details: { unreadable: { faceValue: '5' } } } } },
    ]);
    expect(rows[0]).not.toHaveProperty('item.value.details.faceValue');
  });

  it('is rejected where it ends in a name, which no check digit proves', async () => {
    const [header = '', line = ''] = [HEADER, GOOD].map((text) => {
      const [symbol, name, ...rest] = text.split(',');
      return [symbol, ...rest, name].join(',');
    });
    expect(outcomes(await readContent(`${header}\n${line}`))).toMatchObject([
      { rejected: [{ code: 'ROW_UNFINISHED', field: 'name' }] },
    ]);
  });

  it('is whole where it ends in an ISIN, for its check digit proves it', async () => {
    const text = await fixtureText('PREF');
    expect(outcomes(await readContent(text.trimEnd(), 'PREF'))).toEqual(outcomes(await readFixture('PREF')));
  });
});

describe('the parts of an edition', () => {
  it.each([
    ['EQUITY_L.csv', 'EQUITY_L'],
    ['EQUITY_L_2024-01-20.csv', 'EQUITY_L'],
    ['EQUITY_L (1).csv', 'EQUITY_L'],
    ['equity_l.CSV', 'EQUITY_L'],
    ['edited/EQUITY_L_2018-10-04_CRonly.csv', 'EQUITY_L'],
    ['C:\\lists\\SME_EQUITY_L.csv', 'SME_EQUITY_L'],
    ['eq_etfseclist.csv', 'eq_etfseclist'],
    ['REITS_L.csv', 'REITS_L'],
    ['INVITS_L.csv', 'INVITS_L'],
    ['PREF.csv', 'PREF'],
    ['WARRANT-2026.csv', 'WARRANT'],
    ['mf_close-end.csv', 'mf_close-end'],
    ['IDR_W9.csv', 'IDR_W9'],
  ])('are known by their names: %s', (fileName, name) => {
    expect(inNseEquities.partOf(fileName)).toMatchObject({
      name,
      scope: name,
      isOptional: name !== 'EQUITY_L',
    });
  });

  it.each([
    'eq_ilseclist.csv',
    'symbolchange.csv',
    'namechange.csv',
    'Eligible_T0_Securities_4.xlsx',
    'Permitted_Securities_20260421162554.xlsx',
    'EQUITY_L.xlsx',
    'EQUITY_LIST.csv',
    'PREFERRED.csv',
    'EQUITY_L.csv/readme.txt',
    '',
  ])('are nothing else: "%s"', (fileName) => {
    expect(inNseEquities.partOf(fileName)).toBeUndefined();
  });
});

describe('locating editions', () => {
  const asked: { url: string; headers: unknown }[] = [];
  const web = (lastModified: string | undefined): Web => ({
    text: async () => '',
    head: async (url, headers) => {
      asked.push({ url, headers });
      return {
        lastModified: lastModified === undefined ? undefined : new Date(lastModified),
        etag: undefined,
      };
    },
  });
  const now = new Date('2026-08-08T20:00:00Z');

  it.each([
    ['dates the edition by the day it is there', '2026-08-07T19:00:00Z', undefined, '2026-08-08'],
    ['takes today where the publisher does not say', undefined, undefined, '2026-08-09'],
    ['never dates it into the future', '2031-01-01T00:00:00Z', undefined, '2026-08-09'],
    [
      'gives the same day again, for it may be a correction',
      '2026-08-07T10:00:00Z',
      '2026-08-07',
      '2026-08-07',
    ],
    ['gives nothing older than what the house has', '2026-08-06T10:00:00Z', '2026-08-07', undefined],
  ])('%s', async (_promise, lastModified, editionOn, expected) => {
    const editions = await inNseEquities.locate(web(lastModified), { ...NOTHING_HELD, editionOn, now });
    expect(editions.map((edition) => edition.editionOn)).toEqual(expected === undefined ? [] : [expected]);
  });

  it('gives all nine lists, of which the shares alone are indispensable', async () => {
    const [edition] = await inNseEquities.locate(web(undefined), { ...NOTHING_HELD, now });
    expect(edition?.parts).toHaveLength(9);
    expect(edition?.parts.filter(({ isOptional }) => !isOptional).map(({ name }) => name)).toEqual([
      'EQUITY_L',
    ]);
    for (const { url } of edition?.parts ?? []) {
      expect(inNseEquities.hosts.some((host) => new URL(url).hostname.endsWith(`.${host}`))).toBe(true);
    }
  });

  it('introduces itself as a browser, or the archive would not answer', () => {
    expect(asked.at(-1)).toMatchObject({
      url: 'https://nsearchives.nseindia.com/content/equities/EQUITY_L.csv',
      headers: {
        'user-agent': expect.stringContaining('Mozilla') as unknown,
        accept: '*/*',
        referer: 'https://www.nseindia.com/',
      },
    });
  });
});
