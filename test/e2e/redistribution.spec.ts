import { addKey, addUser } from '../support/house-key.js';
import { writeFullSet } from '../support/firds-file.js';
import { equityRows, writeEquityList } from '../support/nse-file.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

/** Only the exchange has it, which does not let us pass it on; both have it; only the authority has it. */
const RESTRICTED = 'INE002A01018';
const BOTH = 'INE467B01029';
const FREE = 'DE0007164600';
const UNKNOWN = 'US0378331005';
const CANARY = 'CANARY';

let house: TestHouse;
let url: string;
let without: string;
let within: string;
beforeAll(async () => {
  house = await openTestHouse({ publicRead: true });
  await house.app.listen(0, '127.0.0.1');
  url = await house.app.getUrl();
  const rows = equityRows().map((row) => ({
    ...row,
    name: `${CANARY} ${row.name}`,
    symbol: `${CANARY.slice(0, 3)}${row.symbol}`,
  }));
  const odd = [{ symbol: 'ODD', name: `${CANARY} rejected`, isin: 'INE002A01019' }];
  await house.ingest('in-nse-equities', {
    files: [await writeEquityList(house.home, '2026-01-05', [...rows, ...odd])],
  });
  const free = [
    { isin: FREE, name: 'SAP SE O.N.' },
    { isin: BOTH, name: 'TATA CONSULTANCY FREE NAME', currency: 'EUR' },
  ];
  await house.ingest('eu-esma-firds', { files: [await writeFullSet('2026-01-03', 'E', free)] });
  const userId = await addUser(house.app, 'programs@test.example', 'admin');
  without = `Bearer ${(await addKey(house.app, userId, { mayRedistribute: false })).text}`;
  within = `Bearer ${(await addKey(house.app, userId, { mayRedistribute: true })).text}`;
}, 60_000);
afterAll(() => house.close());

async function ask(
  path: string,
  authorization?: string,
): Promise<{ status: number; text: string; body: Body }> {
  const response = await fetch(url + path, { headers: authorization === undefined ? {} : { authorization } });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as Body };
}

interface Body {
  readonly items: readonly { readonly isin: string; readonly id: number; readonly source: string }[];
  readonly next: string | null;
  readonly code: string;
  readonly rejects: readonly unknown[];
}

it('the house has all of it, and shows it to who may receive it', async () => {
  for (const isin of [RESTRICTED, BOTH, FREE])
    expect((await ask(`/v1/instruments/${isin}`, within)).status).toBe(200);
  expect((await ask('/v1/instruments?name=canary&limit=5', within)).body.items).toHaveLength(5);
});

it('to others an ISIN that a restricted source has looks like one that nobody has', async () => {
  for (const authorization of [without, undefined]) {
    expect((await ask(`/v1/instruments/${FREE}`, authorization)).status).toBe(200);
    const { status, text } = await ask(`/v1/instruments/${UNKNOWN}`, authorization);
    expect(status).toBe(404);
    for (const isin of [RESTRICTED, BOTH]) {
      expect((await ask(`/v1/instruments/${isin}`, authorization)).text).toBe(text.replaceAll(UNKNOWN, isin));
    }
  }
});

it('no filter and no way through the pages tells them that it is there', async () => {
  for (const authorization of [without, undefined]) {
    const seen: string[] = [];
    for (let next: string | null = '/v1/instruments?limit=1'; next !== null;) {
      const { body }: { body: Body } = await ask(next, authorization);
      seen.push(...body.items.map(({ isin }) => isin));
      next = body.next;
    }
    expect(seen).toEqual([FREE]);
    for (const query of [
      `isin=${RESTRICTED}`,
      'name=canary',
      'name=tata*',
      'symbol=CANRELIANCE',
      'currency=INR',
      'mic=XNSE',
      'source=in-nse-equities',
      'cfi=ES&mic=XNSE',
      'status=active&currency=INR',
    ]) {
      expect([query, (await ask(`/v1/instruments?${query}`, authorization)).body.items]).toEqual([query, []]);
    }
  }
});

it('nothing that only a restricted source said is in any answer', async () => {
  const { body } = await ask('/v1/runs', without);
  const runs = body.items.map(({ id }) => id);
  expect(runs).toHaveLength(2);
  const paths = [
    '/v1/instruments?limit=1000',
    `/v1/instruments/${FREE}`,
    '/v1/sources',
    '/v1/runs',
    '/v1/log',
    '/v1/pauses',
    '/v1/limits',
    ...runs.flatMap((run) => [
      `/v1/runs/${run}`,
      `/v1/runs/${run}/drift`,
      `/v1/runs/${run}/events?level=debug`,
    ]),
  ];
  for (const path of paths)
    expect([path, (await ask(path, without)).text.includes(CANARY)]).toEqual([path, false]);
  // It would be there.
  const [run] = body.items.filter(({ source }) => source === 'in-nse-equities');
  expect((await ask(`/v1/runs/${run?.id}`, within)).text).toContain(CANARY);
});
