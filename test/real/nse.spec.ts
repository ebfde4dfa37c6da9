import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { InstrumentRecord } from '../../src/domain/record.js';
import { inNseEquities } from '../../src/sources/in-nse-equities/source.js';
import type { PartFile, Reason } from '../../src/sources/source.js';

const DATA = fileURLToPath(new URL('../../../shared/data/nse/', import.meta.url));
const isThere = existsSync(DATA);
const describeIfThere = isThere ? describe : describe.skip;
const why = isThere ? '' : ' (skipped: the real files are not in ../shared/data)';

interface Read {
  readonly items: InstrumentRecord[];
  readonly rows: number;
  readonly rejected: readonly Reason[][];
  readonly skipped: Readonly<Record<string, number>>;
  readonly oddities: readonly Reason[];
}

async function readReal(fileName: string): Promise<Read> {
  const part = inNseEquities.partOf(fileName);
  if (part === undefined) throw new Error(`${fileName} is no list.`);
  const file: PartFile = { path: DATA + fileName, part, editionOn: '2026-08-08' };
  const items: InstrumentRecord[] = [];
  const rejected: Reason[][] = [];
  const skipped: Record<string, number> = {};
  const oddities: Reason[] = [];
  let rows = 0;
  for await (const row of inNseEquities.read(file)) {
    rows += row.rows;
    const outcome = inNseEquities.toItem(row, file);
    if ('item' in outcome) {
      items.push(outcome.item.value);
      oddities.push(...(outcome.oddities ?? []));
    } else if ('rejected' in outcome) {
      rejected.push([...outcome.rejected]);
    } else {
      skipped[outcome.skipped] = (skipped[outcome.skipped] ?? 0) + 1;
    }
  }
  return { items, rows, rejected, skipped, oddities };
}

const SHARE_LISTS: [string, number][] = [
  ['EQUITY_L_2020-05-11.csv', 1_639],
  ['EQUITY_L_2021-03-07.csv', 1_659],
  ['EQUITY_L_2023-12-03.csv', 1_936],
  ['EQUITY_L_2024-01-20.csv', 1_935],
  ['set_2026-05-17/EQUITY_L.csv', 2_365],
  ['edited/EQUITY_L_2026-06-21.csv', 2_367],
  ['EQUITY_L_2026-08-08.csv', 2_397],
];

const SIBLINGS: [string, number, Read['skipped']][] = [
  ['SME_EQUITY_L', 545, {}],
  ['eq_etfseclist', 320, {}],
  ['REITS_L', 3, { blank: 1, footnote: 1 }],
  ['INVITS_L', 5, { blank: 1, footnote: 1 }],
  ['WARRANT', 1, {}],
  ['mf_close-end', 143, {}],
  ['IDR_W9', 1, { blank: 2, footnote: 1 }],
];

describeIfThere(`the real lists of the National Stock Exchange${why}`, () => {
  it.each(SHARE_LISTS)('%s has %i shares, and nothing that is not understood', async (fileName, count) => {
    const { items, ...rest } = await readReal(fileName);
    expect(rest).toEqual({ rows: count, rejected: [], skipped: {}, oddities: [] });
    expect(new Set(items.map(({ isin }) => isin)).size).toBe(count);
    for (const item of items) {
      expect(item.firstTradeOn).toMatch(/^(?:19|20)\d\d-\d\d-\d\d$/);
      expect(item.details).toMatchObject({
        list: 'EQUITY_L',
        series: expect.stringMatching(/^(?:EQ|BE|BZ)$/) as unknown,
        faceValue: expect.stringMatching(/^\d+$/) as unknown,
        paidUpValue: expect.any(String) as unknown,
        marketLot: expect.any(String) as unknown,
      });
    }
  });

  it('reads the list of 2018 that Excel for Mac saved, whose last value no line end confirms', async () => {
    const { items, rows, rejected, skipped, oddities } = await readReal(
      'edited/EQUITY_L_2018-10-04_CRonly.csv',
    );
    expect({ rows, items: items.length, rejected, skipped }).toEqual({
      rows: 1_626,
      items: 1_626,
      rejected: [],
      skipped: {},
    });
    expect(oddities.map(({ code, field }) => [code, field])).toEqual([['ROW_UNFINISHED', 'faceValue']]);
    expect(items.find(({ symbol }) => symbol === 'JCHAC')?.name).toBe(
      'Johnson Controls – Hitachi Air Conditioning India Limited',
    );
    // 03-May-95.
    expect(items.find(({ symbol }) => symbol === '21STCENMGM')?.firstTradeOn).toBe('1995-05-03');
  });

  it.each(SIBLINGS)(
    '%s has %i securities, and nothing that is not understood',
    async (name, count, skipped) => {
      const { items, ...rest } = await readReal(`set_2026-05-17/${name}.csv`);
      const rows = Object.values(skipped).reduce((sum, each) => sum + each, count);
      expect(rest).toEqual({ rows, rejected: [], skipped, oddities: [] });
      expect(new Set(items.map(({ isin }) => isin)).size).toBe(count);
    },
  );

  it('reads the four rows of the one preference share as one record with four redemptions', async () => {
    const { items, rows, rejected } = await readReal('set_2026-05-17/PREF.csv');
    expect({ rows, rejected }).toEqual({ rows: 4, rejected: [] });
    expect(items).toMatchObject([
      {
        isin: 'INE019A04016',
        symbol: 'JSWSTEEL',
        details: {
          faceValue: '2.5',
          redemptions: [
            { on: '2017-12-15', amount: '2.5' },
            { on: '2018-03-15', amount: '2.5' },
            { on: '2018-06-15', amount: '2.5' },
            { on: '2018-09-15', amount: '2.5' },
          ],
        },
      },
    ]);
  });

  it('reads the odd bytes of the list of funds', async () => {
    const { items } = await readReal('set_2026-05-17/eq_etfseclist.csv');
    const underlyings = items.map(({ details }) => details.underlying as string);
    expect(underlyings).toContain('Nifty PSE Index – TRI');
    expect(underlyings).toContain('Nifty India Infrastructure & Logistics');
    expect(underlyings.filter((text) => text !== text.trim())).toEqual([]);
  });

  it('finds the sentinels in every edition of the shares', async () => {
    const sentinels = inNseEquities.bounds.sentinels.EQUITY_L ?? [];
    expect(sentinels).toHaveLength(3);
    const files = [...SHARE_LISTS.map(([fileName]) => fileName), 'edited/EQUITY_L_2018-10-04_CRonly.csv'];
    for (const fileName of files) {
      const isins = new Set((await readReal(fileName)).items.map(({ isin }) => isin));
      expect(sentinels.filter((isin) => !isins.has(isin))).toEqual([]);
    }
  });

  it('has every list within its bounds', async () => {
    for (const name of ['EQUITY_L', 'PREF', ...SIBLINGS.map(([sibling]) => sibling)]) {
      const { items } = await readReal(`set_2026-05-17/${name}.csv`);
      const { min, max } = inNseEquities.bounds.records[name] ?? { min: NaN, max: NaN };
      expect(items.length).toBeGreaterThanOrEqual(min);
      expect(items.length).toBeLessThanOrEqual(max);
    }
  });

  it('has no security in two lists of one day', async () => {
    const lists = ['EQUITY_L', 'PREF', ...SIBLINGS.map(([name]) => name)];
    const reads = await Promise.all(lists.map((name) => readReal(`set_2026-05-17/${name}.csv`)));
    const isins = reads.flatMap(({ items }) => items.map(({ isin }) => isin));
    expect(isins).toHaveLength(3_384);
    expect(new Set(isins).size).toBe(isins.length);
  });

  it.each(['eq_ilseclist.csv', 'symbolchange.csv', 'namechange.csv', 'Eligible_T0_Securities_4.xlsx'])(
    'knows that %s is no list with ISINs',
    (fileName) => {
      expect(inNseEquities.partOf(`set_2026-05-17/${fileName}`)).toBeUndefined();
    },
  );

  it.each([
    ['Eligible_T0_Securities_4.xlsx', 'FILE_IS_ZIP'],
    ['symbolchange.csv', 'HEADER_UNKNOWN'],
    ['eq_etfseclist.csv', 'HEADER_INCOMPLETE'],
  ])('refuses %s in place of the shares with %s', async (fileName, code) => {
    const part = { name: 'EQUITY_L', scope: 'EQUITY_L' };
    const rows = inNseEquities.read({
      path: `${DATA}set_2026-05-17/${fileName}`,
      part,
      editionOn: '2026-05-17',
    });
    await expect(rows[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code });
  });
});
