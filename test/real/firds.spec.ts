import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RunStory } from '../../src/ingestion/run-reader.js';
import { InstrumentReader } from '../../src/instruments/instrument-reader.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

const FILE = fileURLToPath(new URL('../../../shared/data/esma/DLTINS_20210117_01of01.zip', import.meta.url));
const isThere = existsSync(FILE);
const describeIfThere = isThere ? describe : describe.skip;
const why = isThere ? '' : ' (skipped: the real files are not in ../shared/data)';

describeIfThere(`a real delta of ESMA${why}`, () => {
  let house: TestHouse;
  let first: RunStory;

  beforeAll(async () => {
    house = await openTestHouse();
    first = await bring();
  });
  afterAll(() => house.close());

  const bring = (): Promise<RunStory> =>
    house.ingest('eu-esma-firds', { files: [FILE], acceptsGap: 'wanted alone' });

  it('on an empty store makes 141,381 records on 124,945 ISINs, and rejects none', () => {
    expect(first).toMatchObject({
      state: 'published',
      totals: { rows: 141_381, rejected: 0, records: { new: 141_381 }, instruments: { new: 124_945 } },
    });
  });

  it('without a word of a person is refused, for it has nothing to change', async () => {
    const other = await openTestHouse();
    const run = await other.ingest('eu-esma-firds', { files: [FILE] });
    expect(run).toMatchObject({ state: 'refused', error: { code: 'DELTA_GAP' } });
    await other.close();
  });

  it('gives the golden record of a bond from the one venue that still lists it, the relevant one', async () => {
    const bond = await house.app.get(InstrumentReader).get('DE000A1R07V3');
    expect(bond.listings).toHaveLength(39);
    expect(bond.listings.filter(({ status }) => status === 'terminated')).toHaveLength(38);
    const [open, ...others] = bond.listings.filter(({ isOpen }) => isOpen);
    expect(others).toEqual([]);
    expect(open).toMatchObject({ mic: 'MANL', relevantMic: 'MANL', action: 'modified' });
    expect(bond).toMatchObject({
      name: open?.name,
      status: 'active',
      issuerLei: '549300GDPG70E3MBBU98',
      attributes: { debt: { fixedRate: '1.625', maturityDate: '2021-01-15' } },
    });
  });

  it('makes all its indexes again after this first load', async () => {
    expect(await house.db.database.query('SELECT FROM absent_index')).toEqual([]);
    const indexes = await house.db.database.query(
      `SELECT FROM pg_indexes WHERE tablename IN ('record', 'instrument', 'change')`,
    );
    expect(indexes).toHaveLength(14);
  });

  it('changes nothing when it comes again', async () => {
    const again = await bring();
    expect(again).toMatchObject({
      state: 'unchanged',
      totals: { records: { new: 0, changed: 0, unchanged: 141_381 } },
    });
  });
});
