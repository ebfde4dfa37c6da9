import { LISTED } from '../../src/admin/listed.js';
import { addUser, fullAccess } from '../support/house-key.js';
import { openSession } from '../support/house-session.js';
import { INJECTIONS } from '../support/injections.js';
import { equityRows, writeEquityList } from '../support/nse-file.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { Visitor } from '../support/visitor.js';

/** Every parameter that an address takes. */
const PARAMETERS: readonly (readonly [path: string, names: readonly string[]])[] = [
  [
    '/v1/instruments',
    [
      'isin',
      'name',
      'status',
      'cfi',
      'currency',
      'symbol',
      'issuerLei',
      'mic',
      'source',
      'after',
      'limit',
      'sort',
      'order',
    ],
  ],
  ['/v1/runs', ['source', 'state', 'before', 'limit']],
  ['/v1/runs/1/events', ['level', 'step', 'after', 'limit']],
  ['/v1/runs/1/drift', ['code', 'after', 'limit']],
  ['/v1/log', ['source', 'run', 'before', 'limit']],
];
/** Places in a path. */
const PATHS = [
  '/v1/instruments/HERE',
  '/v1/runs/HERE',
  '/v1/runs/HERE/events',
  '/v1/sources/HERE/schedule',
  '/admin/resources/HERE',
  '/admin/api/resources/run/records/HERE/show',
  '/admin/api/resources/instrument/records/HERE/show',
];

let house: TestHouse;
let url: string;
let access: { authorization: string };
let visitor: Visitor;
beforeAll(async () => {
  house = await openTestHouse();
  await house.app.listen(0, '127.0.0.1');
  url = await house.app.getUrl();
  const list = await writeEquityList(house.home, '2026-01-05', equityRows());
  await house.ingest('in-nse-equities', { files: [list] });
  access = await fullAccess(house.app);
  visitor = new Visitor(url);
  const { cookie } = await openSession(house.app, await addUser(house.app, 'x@test.example', 'admin'));
  visitor.cookies.set('isk_sid', cookie.slice('isk_sid='.length));
});
afterAll(() => house.close());

const TELLS_TOO_MUCH =
  /QueryFailed|syntax error|invalid input syntax|\bat .*\.[jt]s:\d|node_modules|pg_catalog/;

function expectRefusedOrAnswered(where: string, payload: string, status: number, text: string): void {
  const isRight =
    [200, 303, 400, 401, 403, 404].includes(status) &&
    (status === 200 || !TELLS_TOO_MUCH.test(text.replaceAll(payload, '')));
  expect([where, payload, status, isRight]).toEqual([where, payload, status, true]);
}

const encoded = (payload: string): string => encodeURIComponent(payload.toWellFormed());

async function stateOf(): Promise<unknown> {
  return house.db.database.query(
    `SELECT (SELECT count(*) FROM instrument) AS instruments, (SELECT count(*) FROM run) AS runs, (SELECT count(*) FROM user_account) AS users,
       (SELECT count(*) FROM api_key) AS keys, (SELECT count(*) FROM pg_class WHERE relkind = 'r') AS tables`,
  );
}

it('every parameter of the API takes each text as a text, or refuses it', async () => {
  const before = await stateOf();
  let asked = 0;
  for (const [path, names] of PARAMETERS) {
    for (const name of names) {
      for (const payload of INJECTIONS) {
        const response = await fetch(`${url}${path}?${name}=${encoded(payload)}`, { headers: access });
        const text = await response.text();
        asked += 1;
        expectRefusedOrAnswered(`${path}?${name}`, payload, response.status, text);
        // What was found has the text in it, letter by letter but for case and blanks.
        if (
          path === '/v1/instruments' &&
          response.status === 200 &&
          ['isin', 'symbol', 'cfi'].includes(name)
        ) {
          const { items } = JSON.parse(text) as { items: readonly Record<string, unknown>[] };
          const wanted = payload.toUpperCase();
          const values = items.map((item) => JSON.stringify(item[name]).toUpperCase());
          expect([name, payload, values.every((value) => value.includes(wanted))]).toEqual([
            name,
            payload,
            true,
          ]);
        }
      }
    }
  }
  expect(asked).toBeGreaterThan(2_000);
  expect(await stateOf()).toEqual(before);
});

it('every place in a path does, of the API and of the panel', async () => {
  for (const path of PATHS) {
    for (const payload of INJECTIONS) {
      const address = path.replace('HERE', encoded(payload));
      const response = path.startsWith('/admin')
        ? await visitor.get(address)
        : await fetch(url + address, { headers: access }).then(async (each) => ({
            status: each.status,
            text: await each.text(),
          }));
      expectRefusedOrAnswered(path, payload, response.status, response.text);
    }
  }
});

it('every filter of the panel does', async () => {
  for (const { id, columns } of LISTED) {
    for (const name of [
      ...columns.map((column) => `filters.${column.name}`),
      'sortBy',
      'direction',
      'page',
      'perPage',
    ]) {
      for (const payload of INJECTIONS) {
        const { status, text } = await visitor.get(
          `/admin/api/resources/${id}/actions/list?${name}=${encoded(payload)}`,
        );
        expectRefusedOrAnswered(`${id} ${name}`, payload, status, text);
      }
    }
  }
}, 300_000);

it('every field of a form does', async () => {
  let nth = 0;
  for (const [path, rest] of [
    ['/sign-in', { email: 'nobody@test.example', password: 'x', next: '/account' }],
    ['/sign-in/second-factor', { code: 'x' }],
    ['/set-up', { token: 'x', email: 'x', name: 'x', password: 'x' }],
    ['/invitation', { token: 'x', password: 'x' }],
    ['/password-reset/link', { email: 'x' }],
    ['/account/password', { old: 'x', password: 'a new password of ours' }],
    ['/users', { email: 'invited', name: 'x', role: 'viewer' }],
    ['/account/keys', { name: 'x', scopes: 'instruments:read', days: '30', networks: '10.0.0.0/8' }],
  ] as const) {
    for (const field of Object.keys(rest)) {
      for (const payload of INJECTIONS) {
        await house.db.database.query('DELETE FROM sign_in_limit; DELETE FROM api_key');
        nth += 1;
        // The other fields are such that this one comes as far as it may.
        const form = {
          ...rest,
          ...(path === '/users' && { email: `invited-${nth}@test.example` }),
          [field]: payload.toWellFormed(),
        };
        const { status, text } = await visitor.post(path, form);
        expect([path, field, payload, [200, 303, 400, 401, 404, 409].includes(status)]).toEqual([
          path,
          field,
          payload,
          true,
        ]);
        expect(TELLS_TOO_MUCH.test(text)).toBe(false);
      }
    }
  }
  const [made] = await house.db.database.query<{ count: number }>(
    `SELECT count(*) FROM user_account WHERE email LIKE 'invited-%'`,
  );
  expect(made?.count).toBeGreaterThan(INJECTIONS.length / 2);
}, 300_000);
