import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FIELDS } from '../../src/sources/families/firds/fields.js';
import { firdsReader } from '../../src/sources/families/firds/reader.js';
import type { BulkFile } from '../../src/sources/source.js';
import { readBulk, type BulkRead, type CopyLine } from '../support/copy-lines.js';

const DATA = fileURLToPath(new URL('../../../shared/data/esma/', import.meta.url));
const isThere = existsSync(DATA);
const describeIfThere = isThere ? describe : describe.skip;
const why = isThere ? '' : ' (skipped: the real files are not in ../shared/data)';

function deltaOf(fileName: string): BulkFile {
  return {
    path: DATA + fileName,
    part: { name: 'DLTINS_01of01', scope: '*' },
    editionOn: '2021-01-17',
    kind: 'delta',
    profile: { letters: null, mics: null },
  };
}

interface Details {
  readonly isLate?: true;
  readonly endsBeforeItBegins?: true;
  readonly sentinels?: Readonly<Record<string, string>>;
  readonly derivative?: {
    readonly underlying?: {
      readonly isins?: readonly string[];
      readonly leis?: readonly string[];
      readonly isBasket?: true;
    };
    readonly strike?: Readonly<Record<string, unknown>>;
  };
}

function detailsOf(line: CopyLine): Details {
  return JSON.parse(line.details ?? 'null') as Details;
}

function countBy<T>(things: readonly T[], key: (thing: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const thing of things) counts[key(thing)] = (counts[key(thing)] ?? 0) + 1;
  return counts;
}

describeIfThere(`the delta of 2021-01-17${why}`, () => {
  let read: BulkRead;
  let details: readonly Details[];

  beforeAll(async () => {
    read = await readBulk(firdsReader, deltaOf('DLTINS_20210117_01of01.zip'));
    details = read.lines.map(detailsOf);
  });

  it('is read whole: 141,381 records, none rejected, nothing odd about any', () => {
    const { rows, items, rejects, skipped, odd, lines } = read;
    expect({ rows, items, rejects, skipped, odd }).toEqual({
      rows: 141_381,
      items: 141_381,
      rejects: [],
      skipped: {},
      odd: {},
    });
    expect(lines).toHaveLength(141_381);
    expect(lines.at(-1)?.line).toBe('141381');
    expect(new Set(lines.map(({ isin, mic }) => `${isin} ${mic}`)).size).toBe(141_381);
  });

  it('says of each record what it reports and where that leaves it', () => {
    expect(countBy(read.lines, ({ action, is_open }) => `${action} ${is_open}`)).toEqual({
      'terminated f': 101_648,
      'modified t': 38_571,
      'new t': 1_162,
    });
    // The one modified record whose termination is past ended two days before, which is how it is reported.
    expect(countBy(read.lines, ({ action, status }) => `${action} ${status}`)).toEqual({
      'terminated terminated': 101_648,
      'modified active': 38_569,
      'modified pending': 2,
      'new active': 37,
      'new pending': 1_125,
    });
  });

  it('tells late terminations from those that end a version', () => {
    expect(details.filter(({ isLate }) => isLate)).toHaveLength(12_654);
    expect(details.filter(({ endsBeforeItBegins }) => endsBeforeItBegins)).toHaveLength(0);
    const periods = countBy(read.lines, ({ action, valid_to }) => `${action} to ${valid_to}`);
    expect(periods).toEqual({
      'terminated to 2021-01-16': 101_648,
      'modified to null': 38_571,
      'new to null': 1_162,
    });
  });

  it('keeps days that mean "never" aside', () => {
    const names = details.flatMap(({ sentinels }) => Object.keys(sentinels ?? {}));
    expect(countBy(names, (name) => name)).toEqual({
      'derivative.expiryDate': 46_419,
      terminationOn: 768,
      'debt.maturityDate': 159,
    });
  });

  it('keeps every underlying', () => {
    const underlyings = details.map(({ derivative }) => derivative?.underlying);
    const single = underlyings.filter((underlying) => underlying && !underlying.isBasket);
    const baskets = underlyings.filter((underlying) => underlying?.isBasket);
    const count = (list: typeof underlyings, key: 'isins' | 'leis') =>
      list.reduce((total, underlying) => total + (underlying?.[key]?.length ?? 0), 0);
    expect(count(single, 'isins')).toBe(118_442);
    expect(count(baskets, 'isins')).toBe(569);
    expect(count(baskets, 'leis')).toBe(51);
    expect(Math.max(...baskets.map((basket) => basket?.isins?.length ?? 0))).toBe(35);
  });

  it('reads its first record to the last digit', () => {
    const [first] = read.lines;
    const { details: json, content_hash, exact_hash, ...columns } = first!;
    expect(columns).toEqual({
      part: 'DLTINS_01of01',
      line: '1',
      precedence: '0',
      isin: 'DE000A1R07V3',
      mic: 'XEUB',
      scope: 'D',
      status: 'terminated',
      action: 'terminated',
      is_open: 'f',
      valid_from: '2021-01-17',
      valid_to: '2021-01-16',
      name: 'Kreditanst.f.Wiederaufbau     Anl.v.2014 (2021)',
      short_name: 'KFW/1.625 ANL 20210115 GGAR',
      cfi: 'DBFTFB',
      currency: 'EUR',
      issuer_lei: '549300GDPG70E3MBBU98',
      symbol: null,
      first_trade_on: '2014-01-14',
      termination_on: '2017-12-15',
      relevant_mic: 'MANL',
    });
    expect(JSON.parse(json ?? '')).toEqual({
      isCommodityDerivative: false,
      admission: { issuerRequested: false, firstTradeAt: '2014-01-14T09:00:00Z' },
      debt: {
        issuedAmount: '5000000000',
        issuedCurrency: 'EUR',
        maturityDate: '2021-01-15',
        nominalPerUnit: '1000',
        nominalCurrency: 'EUR',
        fixedRate: '1.625',
      },
      competentAuthority: 'DE',
      isLate: true,
    });
    expect(content_hash).toMatch(/^[0-9a-f]{32}$/);
    expect(exact_hash).toBe(content_hash);
  });

  it('keeps a TAB in a short name', () => {
    const withTab = read.lines.filter(({ short_name }) => short_name?.includes('\t'));
    expect(withTab.map(({ isin }) => isin)).toContain('XS1273327897');
  });

  it('comes in blocks of a quarter of a megabyte', () => {
    expect(Math.min(...read.blockBytes.slice(0, -1))).toBeGreaterThanOrEqual(256 * 1024);
    expect([...read.shares].sort((a, b) => a - b)).toEqual(read.shares);
    expect(read.shares.at(-1)).toBe(1);
  });

  it('is the same with its excerpt, unzipped, for the records both have', async () => {
    const excerpt = await readBulk(firdsReader, deltaOf('EXTRACT_DLTINS_20210117.xml'));
    expect(excerpt.items).toBe(209);
    const hashes = new Map(read.lines.map((line) => [`${line.isin} ${line.mic}`, line.content_hash]));
    const different = excerpt.lines.filter(
      ({ isin, mic, content_hash }) => hashes.get(`${isin} ${mic}`) !== content_hash,
    );
    expect(different).toEqual([]);
  });

  it('is read in part by a profile', async () => {
    const file = { ...deltaOf('DLTINS_20210117_01of01.zip'), profile: { letters: ['D'], mics: ['XEUB'] } };
    const { items, rows, skipped, lines } = await readBulk(firdsReader, file);
    const expected = read.lines.filter(({ scope, mic }) => scope === 'D' && mic === 'XEUB');
    expect(expected.length).toBeGreaterThan(0);
    expect(lines.map(({ isin }) => isin)).toEqual(expected.map(({ isin }) => isin));
    expect({ items, rows, skipped }).toEqual({
      items: expected.length,
      rows: 141_381,
      skipped: { 'outside-profile': 141_381 - expected.length },
    });
  });
});

describeIfThere(`the published list of 175 paths${why}`, () => {
  it('is the table of fields, path by path', () => {
    const csv = readFileSync(`${DATA}firds_leaf_paths.csv`, 'utf8').trim().split('\n').slice(1);
    const published = csv.map((line) => line.slice(0, line.indexOf(','))).sort();
    expect(FIELDS.flatMap(({ paths }) => paths).sort()).toEqual(published);
    expect(published).toHaveLength(175);
  });
});
