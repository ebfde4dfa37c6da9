import { InstrumentReader, type Listing } from '../../src/instruments/instrument-reader.js';
import { RunReader, type RunStory } from '../../src/ingestion/run-reader.js';
import type { IngestRequest } from '../../src/ingestion/ingestion.service.js';
import { heldBy } from '../../src/ingestion/steps/since.js';
import { writeCancelled, writeDelta, writeFullSet, type FirdsRow } from '../support/firds-file.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

const SOURCE = 'eu-esma-firds';
const SAP = 'DE0007164600';
const SIEMENS = 'DE0007236101';
const ALLIANZ = 'DE0008404005';
const share: FirdsRow = { isin: SAP, name: 'SAP SE' };

let house: TestHouse;

beforeEach(async () => {
  house = await openTestHouse();
});
afterEach(() => house.close());

async function bring(path: Promise<string>, request: IngestRequest = {}): Promise<RunStory> {
  return house.ingest(SOURCE, { ...request, files: [await path] });
}

/** Shares on Saturday 2026-01-03. */
const bringBaseline = (...rows: readonly FirdsRow[]): Promise<RunStory> =>
  bring(writeFullSet('2026-01-03', 'E', rows.length > 0 ? rows : [share]));

async function listing(isin = SAP, mic = 'XETR'): Promise<Listing | undefined> {
  const found = await house.app.get(InstrumentReader).find(isin);
  return found?.listings.find((one) => one.mic === mic);
}

async function versions(isin = SAP): Promise<unknown[]> {
  return house.db.database.query(
    `SELECT name, action, status, is_open AS open, valid_from AS "from", valid_to AS "to", stated_on AS stated
     FROM (SELECT * FROM record_history UNION ALL SELECT * FROM record) v WHERE isin = $1
     ORDER BY stated_on, recorded_at, valid_from`,
    [isin],
  );
}

describe('a modification', () => {
  it('is a version of its own, valid from the day the publisher says, and the one before stays', async () => {
    await bringBaseline();
    const run = await bring(
      writeDelta('2026-01-04', [['ModfdRcrd', { ...share, name: 'SAP SE O.N.', period: '2026-01-04' }]]),
    );
    expect(run).toMatchObject({ state: 'published', totals: { records: { changed: 1 } } });
    expect(await versions()).toEqual([
      {
        name: 'SAP SE',
        action: 'state',
        status: 'active',
        open: true,
        from: '2026-01-01',
        to: null,
        stated: '2026-01-03',
      },
      {
        name: 'SAP SE O.N.',
        action: 'modified',
        status: 'active',
        open: true,
        from: '2026-01-04',
        to: null,
        stated: '2026-01-04',
      },
    ]);
  });

  it('that says the same from a later day on is a version, and no news for readers of the feed', async () => {
    await bringBaseline();
    await bring(writeDelta('2026-01-04', [['ModfdRcrd', { ...share, period: '2026-01-04' }]]));
    expect(await listing()).toMatchObject({ validFrom: '2026-01-04' });
    expect(await house.db.database.query('SELECT FROM change WHERE publication = 2')).toEqual([]);
  });

  it('that is dated back is what the publisher says last, and so holds', async () => {
    await bringBaseline({ ...share, period: '2026-01-02' });
    await bring(
      writeDelta('2026-01-04', [['ModfdRcrd', { ...share, name: 'SAP (corrected)', period: '2025-06-01' }]]),
    );
    expect(await listing()).toMatchObject({ name: 'SAP (corrected)', validFrom: '2025-06-01' });
  });

  it('of a record that nobody knows is kept, and counted', async () => {
    await bringBaseline();
    const run = await bring(
      writeDelta('2026-01-04', [['ModfdRcrd', { isin: SIEMENS, period: '2026-01-04' }]]),
    );
    expect(await listing(SIEMENS)).toMatchObject({ action: 'modified', isOpen: true });
    expect(run.findings).toContainEqual(expect.objectContaining({ code: 'EVENT_UNEXPECTED' }));
  });
});

describe('a termination', () => {
  it('with a period ends the version on the day the publisher says', async () => {
    await bringBaseline();
    await bring(
      writeDelta('2026-01-04', [
        ['TermntdRcrd', { ...share, termination: '2026-01-02', period: ['2026-01-01', '2026-01-03'] }],
      ]),
    );
    expect(await listing()).toMatchObject({
      status: 'terminated',
      isOpen: false,
      validFrom: '2026-01-01',
      validTo: '2026-01-03',
      terminationOn: '2026-01-02',
    });
  });

  it('without a period is late: valid from the day of the file, and it opens nothing', async () => {
    await bringBaseline();
    await bring(
      writeDelta('2026-01-04', [['TermntdRcrd', { isin: SIEMENS, termination: '2025-05-02', period: null }]]),
    );
    expect(await listing(SIEMENS)).toMatchObject({
      status: 'terminated',
      isOpen: false,
      validFrom: '2026-01-04',
      validTo: '2026-01-03',
      details: { isLate: true },
    });
  });

  it('may end before it began, as on the day of its first publication', async () => {
    await bringBaseline();
    await bring(
      writeDelta('2026-01-04', [
        ['TermntdRcrd', { ...share, termination: '2026-01-02', period: ['2026-01-04', '2026-01-03'] }],
      ]),
    );
    expect(await listing()).toMatchObject({
      validFrom: '2026-01-04',
      validTo: '2026-01-03',
      details: { endsBeforeItBegins: true },
    });
  });

  it('is not undone by the delta of an earlier day that comes again', async () => {
    await bringBaseline();
    const modified = writeDelta('2026-01-04', [
      ['ModfdRcrd', { ...share, name: 'SAP AG', period: '2026-01-04' }],
    ]);
    await bring(modified);
    await bring(
      writeDelta('2026-01-05', [
        [
          'TermntdRcrd',
          { ...share, name: 'SAP AG', termination: '2026-01-03', period: ['2026-01-04', '2026-01-04'] },
        ],
      ]),
    );
    const before = await versions();
    expect(await bring(modified)).toMatchObject({ state: 'unchanged' });
    expect(await versions()).toEqual(before);
    expect(await listing()).toMatchObject({ status: 'terminated', isOpen: false });
  });

  it('is followed by a new life where the publisher reports one', async () => {
    await bringBaseline();
    await bring(
      writeDelta('2026-01-04', [
        ['TermntdRcrd', { ...share, termination: '2026-01-02', period: ['2026-01-01', '2026-01-03'] }],
      ]),
    );
    await bring(
      writeDelta('2026-01-05', [['NewRcrd', { ...share, name: 'SAP SE again', period: '2026-01-05' }]]),
    );
    expect(await listing()).toMatchObject({ status: 'active', isOpen: true, name: 'SAP SE again' });
  });
});

describe('a cancellation', () => {
  it('leaves known what the record was', async () => {
    await bringBaseline();
    await bring(writeDelta('2026-01-04', [['CancRcrd', share]]));
    expect(await listing()).toMatchObject({
      status: 'cancelled',
      isOpen: false,
      name: 'SAP SE',
      cfi: 'ESVUFR',
    });
  });

  it('in a list of cancelled records is evidence, which is listed and changes nothing', async () => {
    await bringBaseline(share, { isin: SIEMENS });
    const run = await bring(writeCancelled('2026-01-03', [share, { isin: ALLIANZ }]));
    expect(run).toMatchObject({ state: 'unchanged', totals: { drift: { cancelled: 1 } } });
    expect(run.findings).toContainEqual(expect.objectContaining({ code: 'CANCEL_EVIDENCE' }));
    expect(await house.app.get(RunReader).drift({ run: run.id, limit: 10 })).toEqual([
      { isin: SAP, mic: 'XETR', reason: 'cancelled', fields: [] },
    ]);
    expect(await listing()).toMatchObject({ status: 'active', isOpen: true });
  });
});

describe('dates', () => {
  it('make a record pending until the edition of its first day of trade, which is news', async () => {
    await bringBaseline(share, { isin: SIEMENS, firstTrade: '2026-01-05' });
    expect(await listing(SIEMENS)).toMatchObject({ status: 'pending' });
    await bring(writeDelta('2026-01-04', []));
    expect(await listing(SIEMENS)).toMatchObject({ status: 'pending' });
    const run = await bring(writeDelta('2026-01-05', []));
    expect(run.totals?.records).toMatchObject({ changed: 1 });
    expect(await listing(SIEMENS)).toMatchObject({
      status: 'active',
      validFrom: '2026-01-01',
      statedOn: '2026-01-03',
    });
    expect(await house.db.database.query('SELECT isin, fields FROM change WHERE publication = 3')).toEqual([
      { isin: SIEMENS, fields: ['status', 'listings'] },
    ]);
  });

  it('that have passed for more than two days terminate what is still open', async () => {
    await bringBaseline(
      { ...share, termination: '2026-01-01' },
      { isin: SIEMENS, termination: '2025-12-31' },
    );
    expect(await listing()).toMatchObject({ status: 'active', isOpen: true });
    expect(await listing(SIEMENS)).toMatchObject({ status: 'terminated', isOpen: true });
  });
});

describe('the delta of the day of a full set', () => {
  const modified = (): Promise<string> =>
    writeDelta('2026-01-03', [['ModfdRcrd', { ...share, name: 'SAP SE O.N.', period: '2026-01-03' }]]);
  const after: FirdsRow = { ...share, name: 'SAP SE O.N.', period: '2026-01-03' };

  it('changes nothing where the full set knows it already', async () => {
    await bringBaseline(after);
    expect((await bring(modified())).totals?.records).toMatchObject({ changed: 0, unchanged: 1 });
  });

  it('holds where the full set was made before it', async () => {
    await bringBaseline(share);
    expect((await bring(modified())).totals?.records).toMatchObject({ changed: 1 });
    expect(await listing()).toMatchObject({ name: 'SAP SE O.N.' });
  });

  it.each([
    ['knows it', after],
    ['does not', share],
  ])('before a full set that %s is no drift', async (_what, row) => {
    await bringBaseline();
    for (let day = 4; day <= 9; day += 1) await bring(writeDelta(`2026-01-0${day}`, []));
    await bring(
      writeDelta('2026-01-10', [['ModfdRcrd', { ...share, name: 'SAP SE O.N.', period: '2026-01-03' }]]),
    );
    const audit = await bring(writeFullSet('2026-01-10', 'E', [row]));
    expect(audit.totals?.drift).toEqual({});
    expect(await listing()).toMatchObject({ name: 'SAP SE O.N.' });
  });
});

describe('the golden record', () => {
  it('takes everything from the venue that the publisher calls the relevant one', async () => {
    await bringBaseline(
      { ...share, mic: 'XFRA', name: 'OLDEST', firstTrade: '1988-01-01' },
      { ...share, mic: 'XETR', name: 'RELEVANT', firstTrade: '1999-01-01' },
    );
    const golden = await house.app.get(InstrumentReader).get(SAP);
    expect(golden).toMatchObject({ name: 'RELEVANT', firstTradeOn: '1999-01-01', status: 'active' });
    expect(golden.provenance.name).toMatchObject({
      source: SOURCE,
      mic: 'XETR',
      losing: [{ source: SOURCE, mic: 'XFRA', value: 'OLDEST' }],
    });
    expect(golden.listings.map(({ mic, name }) => [mic, name])).toEqual([
      ['XETR', 'RELEVANT'],
      ['XFRA', 'OLDEST'],
    ]);
  });

  it('takes it from the earliest first trade date where that venue does not list it, or no longer', async () => {
    await bringBaseline(
      { ...share, mic: 'XFRA', name: 'OLDEST', firstTrade: '1988-01-01' },
      { ...share, mic: 'XSTU', name: 'YOUNGER', firstTrade: '1999-01-01' },
    );
    expect(await house.app.get(InstrumentReader).get(SAP)).toMatchObject({ name: 'OLDEST' });
    await bring(
      writeDelta('2026-01-04', [
        [
          'TermntdRcrd',
          { ...share, mic: 'XFRA', termination: '2026-01-02', period: ['2026-01-01', '2026-01-03'] },
        ],
      ]),
    );
    expect(await house.app.get(InstrumentReader).get(SAP)).toMatchObject({
      name: 'YOUNGER',
      status: 'active',
    });
  });
});

describe('a delta older than the full set', () => {
  it('is history from the start: it opens nothing that the full set does not name', async () => {
    await bring(writeDelta('2026-01-02', []), { acceptsGap: 'wanted alone' });
    await bringBaseline();
    const run = await bring(
      writeDelta('2026-01-02', [
        ['NewRcrd', { isin: SIEMENS, period: '2026-01-02' }],
        ['ModfdRcrd', { ...share, name: 'SAP (older)', period: '2026-01-02' }],
      ]),
    );
    expect(run.totals?.records).toMatchObject({ new: 0, changed: 0 });
    expect(run.findings).toContainEqual(expect.objectContaining({ code: 'EVENTS_LATE' }));
    expect(await listing(SIEMENS)).toBeUndefined();
    expect(await listing()).toMatchObject({ name: 'SAP SE' });
    expect(await versions(SIEMENS)).toMatchObject([{ action: 'new', stated: '2026-01-02' }]);
  });
});

describe('two events of one record in one delta', () => {
  it('end in the later one, and the earlier is explained as a reject', async () => {
    await bringBaseline();
    const run = await bring(
      writeDelta('2026-01-04', [
        ['TermntdRcrd', { ...share, termination: '2026-01-02', period: ['2026-01-01', '2026-01-03'] }],
        ['NewRcrd', { ...share, name: 'SAP SE again', period: '2026-01-04' }],
      ]),
    );
    expect(await listing()).toMatchObject({ name: 'SAP SE again', isOpen: true });
    expect(run.rejects).toMatchObject([{ line: 1, reasons: [{ code: 'DUPLICATE_KEY' }] }]);
  });
});

describe('a profile', () => {
  it('of a publisher leaves other letters out, and a file that a person brings is taken whole', async () => {
    await bringBaseline();
    const bond: FirdsRow = { isin: 'DE0001102341', cfi: 'DBFTFB', period: '2026-01-04' };
    const delta = writeDelta('2026-01-04', [['NewRcrd', bond]]);
    const limited = await bring(delta, { profile: { letters: ['E'], mics: null } });
    expect(limited.totals).toMatchObject({ rows: 1, skipped: { 'outside-profile': 1 } });
    expect(await listing(bond.isin)).toBeUndefined();
    expect((await bring(delta)).totals).toMatchObject({ skipped: {}, records: { new: 1 } });
  });

  it('of some venues ends nothing on others, and does not count them as gone', async () => {
    const elsewhere = ['XBER', 'XDUS', 'XFRA', 'XHAM', 'XMUN', 'XSTU', 'XWBO'].map((mic) => ({
      ...share,
      mic,
    }));
    await bringBaseline(share, ...elsewhere);
    const run = await bring(writeFullSet('2026-01-10', 'E', [share]), {
      profile: { letters: ['E'], mics: ['XETR'] },
    });
    expect(run).toMatchObject({ state: 'published', totals: { records: { ended: 0 } } });
    expect(await listing(SAP, 'XFRA')).toMatchObject({ status: 'active' });
  });

  it('that left a letter out for a day has it wait for the next full set', async () => {
    await bringBaseline();
    const held = async (): Promise<unknown> => (await heldBy(house.db.database, SOURCE, null)).full;
    expect(await held()).toEqual({ editionOn: '2026-01-03', scopes: ['E'] });
    await bring(writeDelta('2026-01-04', []), { profile: { letters: ['C'], mics: null } });
    expect(await held()).toEqual({ editionOn: '2026-01-03', scopes: [] });
    await bring(writeFullSet('2026-01-10', 'E', [share]));
    expect(await held()).toEqual({ editionOn: '2026-01-10', scopes: ['E'] });
    expect((await heldBy(house.db.database, SOURCE, ['XETR'])).full).toMatchObject({ scopes: ['E'] });
    await bring(writeFullSet('2026-01-17', 'E', [share]), { profile: { letters: ['E'], mics: ['XETR'] } });
    expect(await held()).toEqual({ editionOn: '2026-01-17', scopes: [] });
  });
});
