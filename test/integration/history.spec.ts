import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isinCheckDigit } from '../../src/domain/isin.js';
import { IngestionService } from '../../src/ingestion/ingestion.service.js';
import { InstrumentReader } from '../../src/instruments/instrument-reader.js';
import { digestOf, litterIn } from '../support/digest.js';
import { equityRows, writeEquityList, type EquityRow } from '../support/nse-file.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

const SOURCE = 'in-nse-equities';
const rows = equityRows();
const at = (index: number): EquityRow => rows[index] ?? fail(`no row ${index}`);

function fail(message: string): never {
  throw new Error(message);
}

let house: TestHouse;
beforeEach(async () => {
  house = await openTestHouse();
});
afterEach(() => house.close());

async function bring(day: string, list: readonly EquityRow[], request = {}) {
  const path = await writeEquityList(house.home, day, list);
  return house.ingest(SOURCE, { files: [path], ...request });
}

const without = (...indexes: number[]): EquityRow[] => rows.filter((_, index) => !indexes.includes(index));
const withRow = (index: number, change: Partial<EquityRow>): EquityRow[] =>
  rows.map((row, place) => (place === index ? { ...row, ...change } : row));

describe('publishing editions', () => {
  it('makes every row a record and an instrument, numbered from publication 1', async () => {
    const run = await bring('2026-01-05', rows);
    expect(run).toMatchObject({
      state: 'published',
      publication: 1,
      edition: '2026-01-05',
      totals: {
        rows: 1200,
        rejected: 0,
        records: { new: 1200, changed: 0, unchanged: 0, ended: 0 },
        instruments: { new: 1200, changed: 0, ended: 0 },
      },
    });
    expect(run.steps.map(({ name, state }) => `${name}: ${state}`)).toEqual([
      'locate: done',
      'load EQUITY_L: done',
      'gate: done',
      'publish: done',
    ]);
    expect(await litterIn(house.db.database)).toEqual([]);
  });

  it('changes nothing when the same edition is applied twice', async () => {
    await bring('2026-01-05', rows);
    const before = await digestOf(house.db.database);
    const again = await bring('2026-01-05', rows);
    expect(again).toMatchObject({
      state: 'unchanged',
      publication: null,
      totals: { rows: 1200, records: { new: 0, changed: 0, unchanged: 1200, ended: 0 } },
    });
    expect(await digestOf(house.db.database)).toBe(before);
  });

  it('gives a later edition with the same content a publication of its own, without a change', async () => {
    await bring('2026-01-05', rows);
    const next = await bring('2026-01-06', [...rows].reverse());
    expect(next).toMatchObject({
      state: 'published',
      publication: 2,
      totals: { records: { unchanged: 1200 } },
    });
    expect(await house.db.database.query(`SELECT FROM change WHERE publication = 2`)).toHaveLength(0);
  });

  it('keeps the older version when a record changes, on both clocks', async () => {
    await bring('2026-01-05', rows);
    const next = await bring('2026-01-06', withRow(10, { name: 'Renamed Limited' }));
    expect(next.totals).toMatchObject({
      records: { changed: 1, unchanged: 1199 },
      instruments: { changed: 1 },
    });

    const versions = await house.db.database.query<{ name: string; valid_from: string; recorded_at: Date }>(
      `SELECT name, valid_from, recorded_at FROM record WHERE isin = $1
       UNION ALL SELECT name, valid_from, recorded_at FROM record_history WHERE isin = $1 ORDER BY recorded_at`,
      [at(10).isin],
    );
    expect(versions.map(({ name, valid_from }) => [name, valid_from])).toEqual([
      [at(10).name, '2026-01-05'],
      ['Renamed Limited', '2026-01-06'],
    ]);
    const golden = await house.db.database.query(`SELECT name FROM instrument_history WHERE isin = $1`, [
      at(10).isin,
    ]);
    expect(golden).toEqual([{ name: at(10).name }]);
    const changes = await house.db.database.query(
      `SELECT isin, kind, fields FROM change WHERE publication = 2`,
    );
    expect(changes).toEqual([{ isin: at(10).isin, kind: 'changed', fields: ['name', 'listings'] }]);
  });

  it('answers as of a valid day, as known at a moment', async () => {
    await bring('2026-01-05', rows);
    const [first] = await house.db.database.query<{ at: Date }>(`SELECT published_at AS at FROM publication`);
    await bring('2026-01-08', withRow(10, { name: 'Renamed Limited' }));
    const asOf = async (validOn: string, knownAt: Date | string): Promise<unknown> => {
      const found = await house.db.database.query<{ name: string }>(
        `SELECT name FROM (SELECT * FROM record UNION ALL SELECT * FROM record_history) v
         WHERE isin = $1 AND valid_from <= $2 AND recorded_at <= $3
         ORDER BY valid_from DESC, recorded_at DESC LIMIT 1`,
        [at(10).isin, validOn, knownAt],
      );
      return found[0]?.name;
    };
    expect(await asOf('2026-01-04', 'infinity')).toBeUndefined();
    expect(await asOf('2026-01-07', 'infinity')).toBe(at(10).name);
    expect(await asOf('2026-01-08', 'infinity')).toBe('Renamed Limited');
    expect(await asOf('2026-01-08', first?.at ?? fail('no publication'))).toBe(at(10).name);
  });

  it('marks an ISIN that leaves the list missing, and active again when it returns', async () => {
    await bring('2026-01-05', rows);
    const gone = await bring('2026-01-06', without(10, 11));
    expect(gone.totals).toMatchObject({ records: { ended: 2, unchanged: 1198 }, instruments: { ended: 2 } });
    const status = async (): Promise<unknown> =>
      (
        await house.db.database.query<{ status: string }>(`SELECT status FROM instrument WHERE isin = $1`, [
          at(10).isin,
        ])
      )[0]?.status;
    expect(await status()).toBe('missing');

    const stillGone = await bring('2026-01-07', without(10, 11));
    expect(stillGone.totals?.records.ended).toBe(0);

    const back = await bring('2026-01-08', rows);
    expect(back.totals).toMatchObject({ records: { changed: 2, new: 0 } });
    expect(await status()).toBe('active');
    const kinds = await house.db.database.query<{ kind: string }>(
      `SELECT kind FROM change WHERE isin = $1 ORDER BY publication`,
      [at(10).isin],
    );
    expect(kinds.map(({ kind }) => kind)).toEqual(['new', 'ended', 'changed']);
  });

  it('shows of what has gone the file that last named it', async () => {
    await bring('2026-01-05', rows);
    await bring('2026-01-06', without(10));
    const gone = await house.app.get(InstrumentReader).find(at(10).isin);
    expect(gone).toMatchObject({
      status: 'missing',
      publication: 2,
      provenance: { name: { edition: '2026-01-05', file: { name: 'EQUITY_L_2026-01-05.csv' } } },
    });
  });

  it('counts cosmetic differences and makes no version of them', async () => {
    await bring('2026-01-05', rows);
    const before = await digestOf(house.db.database);
    const cosmetic = rows.map((row, index) =>
      index === 10
        ? { ...row, name: row.name.toUpperCase() }
        : index === 11
          ? { ...row, name: row.name.replace(' ', '\u00a0 ') }
          : row,
    );
    const run = await bring('2026-01-05', cosmetic);
    expect(run.totals).toMatchObject({ cosmetic: 2, records: { changed: 0, unchanged: 1200 } });
    const after = await house.db.database.query(`SELECT FROM record_history`);
    expect(after).toHaveLength(0);
    // The publication is new, because the bytes of the day are; nothing that readers see of an instrument is.
    expect(run.publication).toBe(2);
    expect(before).not.toBe(await digestOf(house.db.database));
  });

  it('takes other bytes for the same day as a correction', async () => {
    await bring('2026-01-05', rows);
    const corrected = await bring('2026-01-05', withRow(10, { faceValue: '5' }));
    expect(corrected).toMatchObject({
      state: 'published',
      publication: 2,
      totals: { records: { changed: 1 } },
    });
    const changes = await house.db.database.query(`SELECT fields FROM change WHERE publication = 2`);
    expect(changes).toEqual([{ fields: ['listings'] }]);
  });

  it('refuses an edition that is older than the one published', async () => {
    await bring('2026-01-06', rows);
    const before = await digestOf(house.db.database);
    const older = await bring('2026-01-05', without(10));
    expect(older).toMatchObject({ state: 'refused', publication: null, error: { code: 'EDITION_OLDER' } });
    expect(older.error?.message).toContain('publication 1');
    expect(await digestOf(house.db.database)).toBe(before);
    expect(await litterIn(house.db.database)).toEqual([]);
  });

  it('explains a key that stands twice in a file, and keeps the one with precedence', async () => {
    const twice = [...rows, { ...at(10), series: 'BE', symbol: 'OTHER' }];
    const run = await bring('2026-01-05', twice);
    expect(run).toMatchObject({
      state: 'published',
      totals: { rows: 1201, rejected: 1, records: { new: 1200 } },
    });
    expect(run.rejects).toMatchObject([
      { part: 'EQUITY_L', line: 1202, reasons: [{ code: 'DUPLICATE_KEY' }] },
    ]);
    const [kept] = await house.db.database.query(`SELECT symbol FROM record WHERE isin = $1`, [at(10).isin]);
    expect(kept).toEqual({ symbol: at(10).symbol });
  });

  it('says nothing of lists that the edition does not hold', async () => {
    await bring('2026-01-05', rows);
    const sme = `SYMBOL,NAME_OF_COMPANY,SERIES,DATE_OF_LISTING,PAID_UP_VALUE,ISIN_NUMBER,FACE_VALUE,\n${equityRows(
      63,
    )
      .slice(3)
      .map(
        ({ isin }, index) =>
          `M${index},Small Company ${index},SM,15-May-26,10,${isin.replace('INEX', 'INEY')},10,`,
      )
      .join('\n')}\n`;
    const valid = sme.replace(/INEY\w{8}/g, (isin) => isin.slice(0, 11) + isinCheckDigit(isin.slice(0, 11)));
    await writeFile(`${house.home}/SME_EQUITY_L.csv`, valid);
    const run = await house.ingest(SOURCE, {
      files: [`${house.home}/SME_EQUITY_L.csv`],
      editionOn: '2026-01-06',
    });
    expect(run).toMatchObject({ state: 'published', totals: { records: { new: 60, ended: 0 } } });
  });
});

describe('lists that name the same ISIN on different days', () => {
  const smeList = async (name: string): Promise<string> => {
    const others = equityRows(63)
      .slice(3)
      .map(({ isin }, index) => {
        const body = isin.replace('INEX', 'INEY').slice(0, 11);
        return `M${index},Small Company ${index},SM,15-May-26,10,${body}${isinCheckDigit(body)},10,`;
      });
    const header = 'SYMBOL,NAME_OF_COMPANY,SERIES,DATE_OF_LISTING,PAID_UP_VALUE,ISIN_NUMBER,FACE_VALUE,';
    const path = join(house.home, 'SME_EQUITY_L.csv');
    await writeFile(
      path,
      [header, `BOTH,${name},SM,15-May-26,10,${at(10).isin},10,`, ...others, ''].join('\n'),
    );
    return path;
  };
  const name = async (): Promise<unknown> =>
    (await house.db.database.query(`SELECT name FROM instrument WHERE isin = $1`, [at(10).isin]))[0]?.[
      'name'
    ];

  it('come to rest: the later day wins, and bringing both again changes nothing', async () => {
    await bring('2026-01-05', rows);
    const sme = await smeList('Named by the SME list');
    await house.ingest(SOURCE, { files: [sme], editionOn: '2026-01-20' });
    expect(await name()).toBe('Named by the SME list');
    await bring('2026-01-06', rows);
    expect(await name()).toBe('Named by the SME list');

    const before = await digestOf(house.db.database);
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await house.ingest(SOURCE, { files: [sme], editionOn: '2026-01-20' })).toMatchObject({
        state: 'unchanged',
      });
      expect(await bring('2026-01-06', rows)).toMatchObject({ state: 'unchanged' });
    }
    expect(await digestOf(house.db.database)).toBe(before);
  });
});

describe('the gate', () => {
  it.each([
    ['RECORDS_OUT_OF_BOUNDS', 'fewer records than a healthy edition', () => rows.slice(0, 500)],
    ['EDITION_SHRUNK', 'a tenth fewer records than before', () => rows.slice(0, 1050)],
    ['SENTINEL_ABSENT', 'an edition without a share that is always there', () => without(0)],
    ['MASS_CHANGE', 'most records changed at once', () => rows.map((row) => ({ ...row, faceValue: '1' }))],
    [
      'REJECT_SHARE',
      'one row in twenty unreadable',
      () => rows.map((row, i) => (i % 20 === 10 ? { ...row, isin: 'INE000000000' } : row)),
    ],
    [
      'MASS_MISSING',
      'a quarter of the records replaced by others',
      () => [...rows.slice(0, 900), ...equityRows(1_500).slice(1_200)],
    ],
  ])('holds on %s: %s', async (code, _what, list) => {
    await bring('2026-01-05', rows);
    const before = await digestOf(house.db.database);
    const held = await bring('2026-01-06', list());
    expect(held).toMatchObject({ state: 'held', publication: null });
    expect(held.findings.map((finding) => [finding.severity, finding.code])).toContainEqual(['stop', code]);
    expect(await digestOf(house.db.database)).toBe(before);
    expect(await litterIn(house.db.database)).toEqual([]);
  });

  it('publishes what a person approved, and keeps the reason', async () => {
    await bring('2026-01-05', rows);
    const approved = await bring('2026-01-06', rows.slice(0, 1050), {
      approval: 'the exchange delisted 150',
    });
    expect(approved).toMatchObject({ state: 'published', totals: { records: { ended: 150 } } });
    expect(approved.findings).toContainEqual({
      code: 'APPROVED',
      severity: 'note',
      message: 'published all the same: the exchange delisted 150',
    });
  });

  it('asks for no second approval of what is published already', async () => {
    await bring('2026-01-05', rows);
    await bring('2026-01-06', rows.slice(0, 1050), { approval: 'the exchange delisted 150' });
    const before = await digestOf(house.db.database);
    expect(await bring('2026-01-06', rows.slice(0, 1050))).toMatchObject({ state: 'unchanged', error: null });
    expect(await digestOf(house.db.database)).toBe(before);
    const states = await house.db.database.query(`SELECT DISTINCT state FROM edition`);
    expect(states).toEqual([{ state: 'published' }]);
  });

  it('refuses an edition without a single record, approved or not', async () => {
    const path = await writeEquityList(house.home, '2026-01-05', []);
    const run = await house.ingest(SOURCE, { files: [path], approval: 'please' });
    expect(run).toMatchObject({ state: 'refused', error: { code: 'EDITION_EMPTY' } });
  });
});

describe('files brought by hand', () => {
  it.each([
    ['FILE_NOT_OF_SOURCE', ['unknown.csv']],
    ['FILE_GIVEN_TWICE', ['EQUITY_L_2026-01-05.csv', 'EQUITY_L_2026-01-05 (1).csv']],
    ['EDITION_DAY_UNCLEAR', ['EQUITY_L_2026-01-05.csv', 'REITS_L_2026-01-06.csv']],
  ])('are refused with %s', async (code, names) => {
    const paths = [];
    for (const name of names) paths.push(await writeEquityList(house.home, '2026-01-05', rows, name));
    const run = await house.ingest(SOURCE, { files: paths });
    expect(run).toMatchObject({ state: 'failed', error: { code } });
    expect(run.error?.nextStep).not.toBe('');
  });

  it('of a day that has not come are refused: every later edition would be older', async () => {
    const future = await bring('2999-01-05', rows);
    expect(future).toMatchObject({ state: 'failed', error: { code: 'EDITION_IN_FUTURE' } });
  });

  it('without a day in their names are taken as of today, and the run says so', async () => {
    const path = await writeEquityList(house.home, '2026-01-05', rows, 'EQUITY_L.csv');
    const run = await house.ingest(SOURCE, { files: [path] });
    expect(run.state).toBe('published');
    expect(run.findings.map(({ code }) => code)).toEqual(['DAY_ASSUMED']);
  });

  it('that do not exist start no run', async () => {
    await expect(house.ingest(SOURCE, { files: ['/nowhere/EQUITY_L.csv'] })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
    expect(await house.db.database.query(`SELECT FROM run`)).toHaveLength(0);
  });

  it('of an impossible day start no run', async () => {
    const service = house.app.get(IngestionService);
    const signal = new AbortController().signal;
    await expect(service.ingest(SOURCE, { editionOn: '2026-02-30' }, { signal })).rejects.toMatchObject({
      code: 'DAY_INVALID',
    });
    await expect(service.ingest('xx-nothing', {}, { signal })).rejects.toMatchObject({
      code: 'SOURCE_UNKNOWN',
    });
  });
});
