import { fileURLToPath } from 'node:url';
import { readBulk } from '../../../../test/support/copy-lines.js';
import { DELTA, EVIDENCE, FULL } from '../../../../test/support/firds-reading.js';
import type { BulkFile } from '../../source.js';
import { firdsReader } from './reader.js';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));

async function readFixture(stem: string, file: Omit<BulkFile, 'path'>) {
  const { lines, rows, items, odd, rejects } = await readBulk(firdsReader, {
    ...file,
    path: `${FIXTURES}${stem}.xml`,
  });
  // As they are in the database, without what is empty.
  const records = lines.map(({ details, content_hash: _, exact_hash: __, ...columns }) => ({
    ...Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== null)),
    details: JSON.parse(details ?? 'null') as unknown,
  }));
  return { rows, items, odd, rejects, records };
}

describe('the reader of FIRDS', () => {
  it('reads what happened in a day', async () => {
    expect(await readFixture('DLTINS_20260807_01of01', DELTA)).toMatchSnapshot();
  });

  it('reads all that is live', async () => {
    expect(await readFixture('FULINS_E_20260808_01of01', FULL)).toMatchSnapshot();
  });

  it('reads what was ever cancelled', async () => {
    expect(await readFixture('FULCAN_20260808_01of01', EVIDENCE)).toMatchSnapshot();
  });
});
