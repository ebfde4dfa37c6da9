import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addKey, addUser } from '../support/house-key.js';
import { followLicences } from '../../src/instruments/redistributable.js';
import { writeDelta, writeFullSet } from '../support/firds-file.js';
import { equityList, equityRows, writeEquityList } from '../support/nse-file.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

/** Only the exchange has it, which does not let us pass it on; both have it (the authority names it anew on the way); only the authority. */
const RESTRICTED = 'INE002A01018';
const BOTH = 'INE467B01029';
const FREE = 'DE0007164600';
const UNKNOWN = 'US0378331005';
const CANARY = 'CANARY';
const FREE_ROWS = [
  { isin: FREE, name: 'SAP SE O.N.' },
  { isin: BOTH, name: 'TATA CONSULTANCY FREE NAME', currency: 'EUR' },
];

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
  await house.ingest('eu-esma-firds', { files: [await writeFullSet('2026-01-03', 'E', FREE_ROWS)] });
  const userId = await addUser(house.app, 'programs@test.example', 'admin');
  without = `Bearer ${(await addKey(house.app, userId, { mayRedistribute: false })).text}`;
  within = `Bearer ${(await addKey(house.app, userId, { mayRedistribute: true })).text}`;
});
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
  readonly items: readonly {
    readonly isin: string;
    readonly id: number;
    readonly source: string;
    readonly totals: object;
  }[];
  readonly next: string | null;
  readonly code: string;
}

it('the house has all of it, and shows it to who may receive it', async () => {
  for (const isin of [RESTRICTED, BOTH, FREE])
    expect((await ask(`/v1/instruments/${isin}`, within)).status).toBe(200);
  expect((await ask('/v1/instruments?name=canary&limit=5', within)).body.items).toHaveLength(5);
});

it('to others an ISIN that only a restricted source has looks like one that nobody has', async () => {
  for (const authorization of [without, undefined]) {
    expect((await ask(`/v1/instruments/${FREE}`, authorization)).status).toBe(200);
    const { status, text } = await ask(`/v1/instruments/${UNKNOWN}`, authorization);
    expect(status).toBe(404);
    expect((await ask(`/v1/instruments/${RESTRICTED}`, authorization)).text).toBe(
      text.replaceAll(UNKNOWN, RESTRICTED),
    );
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
    expect(seen).toEqual([FREE, BOTH]);
    for (const query of [
      `isin=${RESTRICTED}`,
      'name=canary',
      'name=tata%20consultancy%20services*',
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

/** All that a house answers about instruments, but for when it came to know them. */
async function answersOf(at: string, authorization: string): Promise<unknown> {
  const known = (text: string): unknown =>
    JSON.parse(text, (name, value: unknown) =>
      ['recordedAt', 'publication', 'publishedAt', 'confirmedAt'].includes(name) ? undefined : value,
    );
  const answers = [];
  for (const path of [
    '?limit=1000',
    '?name=tata*',
    '?name=newer',
    '?currency=EUR',
    '?currency=USD',
    '?mic=XETR',
    '?source=eu-esma-firds',
    '?status=missing',
    '?cfi=ES',
    `?isin=${BOTH}`,
    `/${FREE}`,
    `/${BOTH}`,
    `/${RESTRICTED}`,
    `/${UNKNOWN}`,
  ]) {
    const response = await fetch(`${at}/v1/instruments${path}`, { headers: { authorization } });
    answers.push([path, response.status, known(await response.text())]);
  }
  return answers;
}

describe('to others a house', () => {
  let plain: TestHouse;
  let plainUrl: string;
  let reader: string;
  beforeAll(async () => {
    plain = await openTestHouse();
    await plain.app.listen(0, '127.0.0.1');
    plainUrl = await plain.app.getUrl();
    const userId = await addUser(plain.app, 'programs@test.example', 'admin');
    reader = `Bearer ${(await addKey(plain.app, userId, { mayRedistribute: false })).text}`;
    await plain.ingest('eu-esma-firds', { files: [await writeFullSet('2026-01-03', 'E', FREE_ROWS)] });
  });
  afterAll(() => plain.close());

  const same = async (): Promise<void> =>
    expect(await answersOf(url, without)).toEqual(await answersOf(plainUrl, reader));
  const both = async (write: () => Promise<string>): Promise<void> => {
    for (const each of [house, plain]) {
      const { state, error } = await each.ingest('eu-esma-firds', { files: [await write()] });
      expect([state, error]).toEqual(['published', null]);
    }
  };

  it('answers as one that never had the restricted source', same);

  it('still does after both sources went on, in any order', async () => {
    await both(() =>
      writeDelta('2026-01-04', [['ModfdRcrd', { isin: BOTH, name: 'A NEWER NAME', currency: 'USD' }]]),
    );
    await same();
    const rows = equityRows().map((row) => ({ ...row, name: `${row.name} ${CANARY}` }));
    await house.ingest('in-nse-equities', { files: [await writeEquityList(house.home, '2026-01-06', rows)] });
    await same();
    // The authority gets to know one that only the exchange had, and ends another.
    await both(() =>
      writeDelta('2026-01-05', [
        ['NewRcrd', { isin: RESTRICTED, name: 'RELIANCE IN EUROPE' }],
        ['TermntdRcrd', { isin: BOTH, name: 'A NEWER NAME', currency: 'USD', termination: '2026-01-05' }],
      ]),
    );
    await same();
    expect((await ask(`/v1/instruments/${RESTRICTED}`, without)).text).toContain('RELIANCE IN EUROPE');
    expect((await ask(`/v1/instruments/${BOTH}`, within)).text).toContain(CANARY);
  });

  it('is told anew when a licence becomes another one', async () => {
    const { database } = house.db;
    const rows = (): Promise<unknown> =>
      database.query('SELECT to_jsonb(i) AS row FROM instrument_redistributable i ORDER BY isin');
    const before = await rows();
    expect(before).toHaveLength(2);
    await followLicences(database, [{ id: 'in-nse-equities', mayRedistribute: true }]);
    expect(await rows()).toEqual([]);
    await followLicences(database, [{ id: 'in-nse-equities', mayRedistribute: false }]);
    expect(await rows()).toEqual(before);
    await followLicences(database, [{ id: 'eu-esma-firds', mayRedistribute: false }]);
    expect(await rows()).toEqual([]);
    await followLicences(database, [{ id: 'eu-esma-firds', mayRedistribute: true }]);
    expect(await rows()).toEqual(before);
  });
});

it('nothing that only a restricted source said is in any answer', async () => {
  // What does not look like its list is quoted by the error: here the first row, and a cell.
  const [header = '', first = '', ...rest] = equityList(
    equityRows().map((row) => ({ ...row, name: `${CANARY} ${row.name}` })),
  ).split('\n');
  for (const [day, lines] of [
    ['2026-01-07', [first, ...rest]],
    ['2026-01-08', [header, first.replace(CANARY, `${CANARY}"`), ...rest]],
  ] as const) {
    const path = join(house.home, `EQUITY_L_${day}.csv`);
    await writeFile(path, lines.join('\n'));
    const { error } = await house.ingest('in-nse-equities', { files: [path] });
    expect(error?.message).toContain(CANARY);
  }
  await house.db.database.query(
    `INSERT INTO drift (run_id, isin, mic, reason, fields)
     SELECT max(id), $1, 'XNSE', 'differs', ARRAY[$2] FROM run WHERE source_id = 'in-nse-equities'`,
    [RESTRICTED, CANARY],
  );
  const { body } = await ask('/v1/runs', without);
  const runs = body.items.map(({ id }) => id);
  expect(runs.length).toBeGreaterThanOrEqual(2);
  const paths = [
    '/v1/instruments?limit=1000',
    `/v1/instruments/${FREE}`,
    `/v1/instruments/${BOTH}`,
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
  const streamed = async (run: number, authorization: string): Promise<string> =>
    (await fetch(`${url}/v1/runs/${run}/events/stream`, { headers: { authorization } })).text();
  for (const run of runs) expect(await streamed(run, without)).not.toContain(CANARY);
  // It would be there.
  const [failed] = body.items;
  expect(await streamed(failed?.id ?? 0, within)).toContain(CANARY);
  expect((await ask('/v1/runs', within)).text).toContain(CANARY);
  expect((await ask(`/v1/runs/${failed?.id}/drift`, within)).text).toContain(CANARY);
  const run = body.items.findLast(({ source }) => source === 'in-nse-equities');
  expect((await ask(`/v1/runs/${run?.id}`, within)).text).toContain(CANARY);
});

it('how many instruments became new is told to nobody whom it would tell what the restricted source has', async () => {
  const path = '/v1/runs?source=eu-esma-firds&limit=1';
  expect((await ask(path, within)).body.items[0]?.totals).toHaveProperty('instruments.new');
  expect((await ask(path, without)).body.items[0]?.totals).not.toHaveProperty('instruments');
});

it('names each underlying once, to everybody, and only what they may receive', async () => {
  const underlying = { isins: [BOTH, UNKNOWN, RESTRICTED] };
  await house.db.database.query(
    `UPDATE record SET details = details || jsonb_build_object('derivative', jsonb_build_object('underlying', $2::jsonb)) WHERE isin = $1`,
    [FREE, JSON.stringify(underlying)],
  );
  const names = async (authorization?: string): Promise<unknown> => {
    const { body } = await ask(`/v1/instruments/${FREE}`, authorization);
    const { underlyings } = body as unknown as {
      underlyings: readonly { isin: string; name: string | null }[];
    };
    return underlyings.map(({ isin, name }) => [isin, name?.includes(CANARY) ?? null]);
  };
  expect(await names(within)).toEqual([
    [BOTH, true],
    [UNKNOWN, null],
    [RESTRICTED, false],
  ]);
  for (const authorization of [without, undefined]) {
    expect(await names(authorization)).toEqual([
      [BOTH, false],
      [UNKNOWN, null],
      [RESTRICTED, false],
    ]);
  }
});
