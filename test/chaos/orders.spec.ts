import type { Database } from '../../src/database/database.js';
import { isinCheckDigit } from '../../src/domain/isin.js';
import { digestOf, litterIn } from '../support/digest.js';
import { writeDelta, writeFullSet, type FirdsRow } from '../support/firds-file.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { progressOf, sayFigures } from './support/figures.js';
import { Lane } from './support/lane.js';
import { IS_FULL, randomNumbers, SEED, shuffled } from './support/seed.js';

const SOURCE = 'eu-esma-firds';
const SOME_ORDERS = 30;

const isinNumber = (number: number): string => {
  const body = `DE000A${String(number).padStart(5, '0')}`;
  return body + isinCheckDigit(body);
};
const share = (number: number, name: string, change: Partial<FirdsRow> = {}): FirdsRow => ({
  isin: isinNumber(number),
  name,
  ...change,
});

let template: TestHouse;
/** Six days after the full set; each share meets another fate. */
let deltas: readonly string[];

beforeAll(async () => {
  template = await openTestHouse();
  await template.ingest(SOURCE, {
    files: [
      await writeFullSet(
        '2026-01-03',
        'E',
        [1, 2, 3, 4, 5, 6].map((number) => share(number, `SHARE ${number}`)),
      ),
    ],
  });
  await template.app.close();
  await template.db.database.close();
  const on = (day: string): Partial<FirdsRow> => ({ period: day });
  deltas = await Promise.all([
    writeDelta('2026-01-04', [
      ['ModfdRcrd', share(1, 'ONE A', on('2026-01-04'))],
      ['NewRcrd', share(11, 'ELEVEN', { ...on('2026-01-04'), firstTrade: '2026-01-04' })],
    ]),
    writeDelta('2026-01-05', [
      ['ModfdRcrd', share(1, 'ONE B', on('2026-01-05'))],
      [
        'TermntdRcrd',
        share(2, 'SHARE 2', { termination: '2026-01-05', period: ['2026-01-01', '2026-01-05'] }),
      ],
    ]),
    writeDelta('2026-01-06', [
      ['ModfdRcrd', share(11, 'ELEVEN A', { ...on('2026-01-06'), firstTrade: '2026-01-04' })],
      ['CancRcrd', share(3, 'SHARE 3')],
    ]),
    writeDelta('2026-01-07', [
      ['ModfdRcrd', share(1, 'ONE C', on('2026-01-07'))],
      ['ModfdRcrd', share(4, 'FOUR A', on('2026-01-07'))],
      ['NewRcrd', share(12, 'TWELVE', { ...on('2026-01-07'), firstTrade: '2026-01-07' })],
    ]),
    writeDelta('2026-01-08', [
      [
        'TermntdRcrd',
        share(12, 'TWELVE', { termination: '2026-01-08', period: ['2026-01-07', '2026-01-08'] }),
      ],
      ['ModfdRcrd', share(4, 'FOUR B', { ...on('2026-01-08'), currency: 'USD' })],
    ]),
    writeDelta('2026-01-09', [
      ['ModfdRcrd', share(1, 'ONE D', on('2026-01-09'))],
      ['NewRcrd', share(5, 'SHARE 5', { ...on('2026-01-09'), mic: 'XFRA', firstTrade: '2026-01-09' })],
    ]),
  ]);
});

/**
 * What has to be the same in whatever order the deltas come: every record and every instrument as they are now, with what
 * the publisher says of them. What may differ: when we came to know it (`recorded_at`, `publication`, `edition_id`), the
 * change feed, and the history of the golden record, which says what readers were shown; a state that was over before it
 * came was never shown.
 */
async function stateOf(database: Database): Promise<readonly string[]> {
  const rows = await database.query<{ row: string }>(
    `SELECT 'record ' || (to_jsonb(r) - ARRAY['recorded_at', 'publication', 'edition_id'])::text AS row FROM record r
     UNION ALL
     SELECT 'instrument ' || (to_jsonb(i) - ARRAY['recorded_at', 'publication', 'valid_from'])::text FROM instrument i
     ORDER BY row`,
  );
  return rows.map(({ row }) => row);
}

const ordersOf = <Item>(items: readonly Item[]): Item[][] =>
  items.length === 0
    ? [[]]
    : items.flatMap((first, index) => ordersOf(items.toSpliced(index, 1)).map((rest) => [first, ...rest]));

async function bringInOrder(order: readonly number[]): Promise<readonly string[]> {
  const house = await openTestHouse({}, undefined, undefined, template.db.name);
  try {
    for (const index of order) {
      const run = await house.ingest(SOURCE, { files: [deltas[index]!], acceptsGap: 'in another order' });
      if (run.error !== null) throw new Error(`${order.join()}: ${run.error.code}: ${run.error.message}`);
    }
    expect(await litterIn(house.db.database)).toEqual([]);
    return await stateOf(house.db.database);
  } finally {
    await house.close();
  }
}

it(`six deltas make the same records and instruments in ${IS_FULL ? 'each of their 720' : `${SOME_ORDERS} of their 720`} orders`, async () => {
  const all = ordersOf([0, 1, 2, 3, 4, 5]);
  const [inTurn = []] = all;
  const orders = IS_FULL ? all : shuffled(all, randomNumbers(SEED)).slice(0, SOME_ORDERS);
  const expected = await bringInOrder(inTurn);
  const lane = new Lane(2);
  const oneMore = progressOf('orders', orders.length);
  const wrong: string[] = [];
  await Promise.all(
    orders.map((order) =>
      lane.run(async () => {
        const state = await bringInOrder(order);
        const extra = state.filter((row) => !expected.includes(row));
        const missing = expected.filter((row) => !state.includes(row));
        if (extra.length + missing.length > 0)
          wrong.push(`${order.join()}: ${extra.join('; ')} instead of ${missing.join('; ')}`);
        oneMore();
      }),
    ),
  );
  await sayFigures('orders', { seed: SEED, orders: orders.length, 'in order': orders.length - wrong.length });
  expect(wrong.slice(0, 5)).toEqual([]);
}, 3_600_000);

describe('of a full set in four parts', () => {
  const NUMBERS = [1, 2, 3, 4];
  const subsets = Array.from({ length: 15 }, (_, index) =>
    NUMBERS.filter((_one, bit) => (index + 1) & (1 << bit)),
  );
  let house: TestHouse;
  beforeAll(async () => {
    house = await openTestHouse();
  });
  afterAll(() => house.close());

  it.each(subsets.map((subset) => [subset.join(', '), subset] as const))(
    'parts %s',
    async (_title, subset) => {
      const before = await digestOf(house.db.database);
      const files = await Promise.all(
        subset.map((number) =>
          writeFullSet('2026-01-03', 'E', [share(number, `SHARE ${number}`)], `0${number}of04`),
        ),
      );
      const run = await house.ingest(SOURCE, { files });
      expect(await litterIn(house.db.database)).toEqual([]);
      if (subset.length === NUMBERS.length) {
        expect(run).toMatchObject({ state: 'published', error: null });
        return;
      }
      expect(run).toMatchObject({ state: 'failed', error: { code: 'SET_INCOMPLETE' } });
      expect(await digestOf(house.db.database)).toBe(before);
    },
  );
});
