import { request as httpRequest } from 'node:http';
import { LISTED } from '../../src/admin/listed.js';
import { PANEL_ACTIONS, type PanelAction } from '../../src/admin/panel-actions.js';
import { fitPage } from '../../src/admin/panel-page.js';
import { ROLE_PERMISSIONS } from '../../src/auth/permissions.js';
import { Users } from '../../src/auth/users.js';
import { USER_ROLES, type UserRole } from '../../src/domain/user-role.js';
import { addKey, addUser, fullAccess } from '../support/house-key.js';
import { openSession } from '../support/house-session.js';
import { equityRows, writeEquityList } from '../support/nse-file.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { Visitor } from '../support/visitor.js';

const RELIANCE = 'INE002A01018';
const PASSWORD = 'violet harbour tin lemon';
const BY = { actor: 'test' };

let house: TestHouse;
let url: string;
const cookies = new Map<UserRole, string>();
beforeAll(async () => {
  house = await openTestHouse();
  await house.app.listen(0, '127.0.0.1');
  url = await house.app.getUrl();
  const list = await writeEquityList(house.home, '2026-01-05', equityRows());
  await house.ingest('in-nse-equities', { files: [list] });
  for (const role of USER_ROLES) {
    const id = await addUser(house.app, `${role}@test.example`, role);
    cookies.set(role, (await openSession(house.app, id)).cookie);
    await addKey(house.app, id, { scopes: ['instruments:read'] });
  }
  await house.db.database.query(
    `INSERT INTO finding (run_id, code, severity, message) VALUES (1, 'TEST', 'note', 'seen')`,
  );
  await house.db.database.query(
    `INSERT INTO reject (run_id, part, line, reasons, raw) VALUES (1, 'EQUITY_L', 7, '[]', 'raw')`,
  );
});
afterAll(() => house.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/** Asks with any method and header. */
function ask(
  path: string,
  {
    method = 'GET',
    role,
    headers = {},
    body,
  }: { method?: string; role?: UserRole; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const cookie = role === undefined ? undefined : cookies.get(role);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url + path,
      { method, headers: { ...(cookie && { cookie }), ...headers } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      },
    );
    request.on('error', reject).end(body);
  });
}

interface ListJson {
  readonly meta: { readonly total: number };
  readonly records: readonly { readonly id: string; readonly params: Readonly<Record<string, unknown>> }[];
}

async function list(id: string, query = '', role: UserRole = 'admin'): Promise<ListJson> {
  const { status, text } = await ask(`/admin/api/resources/${id}/actions/list${query}`, { role });
  expect([id, query, status]).toEqual([id, query, 200]);
  return JSON.parse(text) as ListJson;
}

describe('the panel', () => {
  it.each(LISTED)(
    'shows $title, and one of them, to whose role has the permission, and to nobody else',
    async ({ id, permission }) => {
      const { records } = await list(id);
      expect(records.length).toBeGreaterThan(0);
      const record = encodeURIComponent(records[0]?.id ?? '');
      for (const role of USER_ROLES) {
        const may = ROLE_PERMISSIONS[role].includes(permission);
        for (const path of [
          `/admin/resources/${id}`,
          `/admin/api/resources/${id}/actions/list`,
          `/admin/resources/${id}/records/${record}/show`,
          `/admin/api/resources/${id}/records/${record}/show`,
        ]) {
          expect([role, path, (await ask(path, { role })).status]).toEqual([role, path, may ? 200 : 403]);
        }
      }
    },
  );

  it('writes down who was refused a list, once', async () => {
    const refused = await house.db.database.query<{ route: string; times: number }>(
      `SELECT details->>'route' AS route, count(*)::int AS times FROM audit_event WHERE action = 'refuse' GROUP BY 1 ORDER BY 1`,
    );
    const ofAdmins = LISTED.filter(({ permission }) => !ROLE_PERMISSIONS.steward.includes(permission));
    const notOfViewers = LISTED.filter(({ permission }) => !ROLE_PERMISSIONS.viewer.includes(permission));
    expect(refused.map(({ route }) => route)).toEqual(notOfViewers.map(({ id }) => `/admin/${id}`).sort());
    expect(refused.reduce((sum, { times }) => sum + times, 0)).toBe(ofAdmins.length + notOfViewers.length);
  });

  it('shows an instrument as the house knows it', async () => {
    const { text } = await ask(`/admin/api/resources/instrument/records/${RELIANCE}/show`, {
      role: 'viewer',
    });
    const { record } = JSON.parse(text) as { record: { title: string; params: Record<string, unknown> } };
    expect(record).toMatchObject({
      title: RELIANCE,
      params: { isin: RELIANCE, name: 'Reliance Industries Limited', first_trade_on: '2008-10-06' },
    });
  });

  it('filters by what an index serves', async () => {
    expect((await list('instrument', '?filters.isin=ine002a')).records).toMatchObject([{ id: RELIANCE }]);
    expect((await list('instrument', '?filters.name=reliance%20ind')).records).toMatchObject([
      { id: RELIANCE },
    ]);
    expect((await list('instrument', '?filters.symbol=RELIANCE&filters.currency=INR')).meta.total).toBe(1);
    expect((await list('instrument', '?filters.name=%25')).records).toEqual([]);
    expect((await list('instrument', '?filters.isin=IN_002')).records).toEqual([]);
    expect((await list('listing', '?filters.mic=XNSE&perPage=5')).records).toHaveLength(5);
    expect((await list('run', '?filters.source_id=in-nse-equities')).meta.total).toBe(1);
    expect((await list('run', '?filters.state=Published')).meta.total).toBe(1);
    expect((await list('run', '?filters.state=held')).meta.total).toBe(0);
  });

  it.each([
    ['instrument', 'currency=inr&filters.symbol=reliance'],
    ['instrument', 'status=Active&filters.cfi=es&filters.isin=ine002a'],
    ['instrument', 'issuer_lei=549300abcdefghijkl19'],
    ['instrument', 'symbol=Lower-m'],
    ['listing', 'mic=xnse&filters.isin=ine002a01018'],
  ])('finds in %s what is asked for by %s, in whatever letters', async (id, filters) => {
    await house.db.database.query(
      `UPDATE instrument SET issuer_lei = '549300ABCDEFGHIJKL19' WHERE isin = $1`,
      [RELIANCE],
    );
    await house.db.database.query(
      `UPDATE instrument SET symbol = 'Lower-m' WHERE isin = (SELECT max(isin) FROM instrument)`,
    );
    expect((await list(id, `?filters.${filters}`)).meta.total).toBe(1);
  });

  it.each([
    ['source', 'in-', 'in-nse-equities'],
    ['source', '', 'eu-esma-firds'],
    ['user', 'VIEWER@', 'viewer@test.example'],
    ['run', '1', '1'],
    ['instrument', 'ine002a', RELIANCE],
  ])('finds a %s by "%s", as the filter of another list asks for it', async (id, typed, found) => {
    const { status, text } = await ask(`/admin/api/resources/${id}/actions/search/${typed}`, {
      role: 'admin',
    });
    expect(status).toBe(200);
    const { records } = JSON.parse(text) as { records: readonly { title: string }[] };
    expect(records.map(({ title }) => String(title))).toContain(found);
  });

  it('walks a list page by page, each record once, in either direction', async () => {
    const { meta } = await list('instrument');
    for (const direction of ['asc', 'desc']) {
      const seen: string[] = [];
      for (let page = 1; page <= Math.ceil(meta.total / 50); page += 1) {
        const { records } = await list(
          'instrument',
          `?page=${page}&perPage=50&sortBy=isin&direction=${direction}`,
        );
        seen.push(...records.map(({ id }) => id));
      }
      expect(seen).toHaveLength(meta.total);
      expect(seen).toEqual(
        [...new Set(seen)].sort((a, b) => (direction === 'asc' ? 1 : -1) * (a < b ? -1 : 1)),
      );
    }
  });

  it('says where a list ends that is too long to walk', async () => {
    const { status, text } = await ask('/admin/api/resources/instrument/actions/list?page=401&perPage=25', {
      role: 'viewer',
    });
    expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([400, 'LIST_TOO_LONG']);
  });

  it('says why a row was rejected in words, a reason to a line', async () => {
    const isin = { code: 'ISIN_CHECK_DIGIT', field: 'isin', value: 'IN1', message: 'It should be 8, not 9.' };
    const symbol = { code: 'SYMBOL_MISSING', field: 'symbol', value: '', message: 'The row has no symbol.' };
    await house.db.database.query(
      `INSERT INTO reject (run_id, part, line, reasons, raw) VALUES (1, 'EQUITY_L', 8, $1, 'raw')`,
      [JSON.stringify([isin, symbol])],
    );
    const { records } = await list('reject', '?filters.run_id=1');
    expect(records.find(({ id }) => id === '1~EQUITY_L~8')?.params['reasons']).toBe(
      'ISIN_CHECK_DIGIT: It should be 8, not 9. (isin: IN1)\nSYMBOL_MISSING: The row has no symbol. (symbol)',
    );
  });

  it('says on its first page what waits for a decision, and why', async () => {
    const { database } = house.db;
    await database.query(
      `INSERT INTO run (source_id, trigger, state, ended_at, error) VALUES ('in-nse-equities', 'cli', 'held', now(), $1)`,
      [{ code: 'RECORDS_FEWER', message: 'half of the records are gone' }],
    );
    const { text } = await ask('/admin/api/dashboard', { role: 'viewer' });
    await database.query(`DELETE FROM run WHERE state = 'held'`);
    expect((JSON.parse(text) as { held: unknown }).held).toMatchObject([
      { source: 'in-nse-equities', code: 'RECORDS_FEWER', message: 'half of the records are gone' },
    ]);
  });

  it('names the states that there are to whoever asks for another', async () => {
    const { status, text } = await ask('/admin/api/resources/run/actions/list?filters.state=done', {
      role: 'viewer',
    });
    expect([status, text]).toEqual([
      400,
      expect.stringContaining('queued, running, published, unchanged, held'),
    ]);
  });

  it('says so of a page that takes too long', async () => {
    const answered = await house.db.database.transaction(async (client) => {
      await client.query('LOCK TABLE finding');
      return ask('/admin/api/resources/finding/actions/list', { role: 'admin' });
    });
    expect([answered.status, (JSON.parse(answered.text) as { code: string }).code]).toEqual([
      503,
      'READ_TOO_SLOW',
    ]);
  });

  it.each([
    '?filters.provenance=x',
    '?filters.password_hash=x',
    '?filters.user_id=x',
    '?sortBy=name',
    '?sortBy=password_hash',
    '?page=0',
    '?page=1e9',
    '?page=-1',
    '?perPage=x',
    '?page=1&page=2',
    '?__proto__.x=1',
    '?filters.__proto__.x=1',
    '?filters.constructor.prototype.x=1',
    `?filters.isin=${'x'.repeat(301)}`,
    '?filters.isin=%00',
    '?filters.isin=',
    '?unknown=1',
  ])('refuses %s with a code, and not with a fault', async (query) => {
    const { status, text } = await ask(`/admin/api/resources/instrument/actions/list${query}`, {
      role: 'admin',
    });
    expect([query, status]).toEqual([query, 400]);
    expect((JSON.parse(text) as { code: string }).code).toMatch(/^FILTER_(UNKNOWN|INVALID)$/);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('tells people in a page what it tells programs in JSON', async () => {
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    for (const [path, status, code] of [
      ['/nothing', 404, 'ROUTE_UNKNOWN'],
      ['/admin/nothing', 404, 'ROUTE_UNKNOWN'],
      ['/admin/resources/nothing', 404, 'LIST_UNKNOWN'],
      ['/admin/resources/user', 403, 'PERMISSION_MISSING'],
      ['/admin/resources/instrument?filters.x=%3Cb%3E', 400, 'FILTER_UNKNOWN'],
    ] as const) {
      const page = await ask(path, { role: 'viewer', headers: { accept } });
      expect([path, page.status, page.headers['content-type']]).toEqual([
        path,
        status,
        'text/html; charset=utf-8',
      ]);
      expect(page.text).toContain(`(${code})`);
      expect(page.headers['content-security-policy']).toContain("default-src 'none'");
      for (const headers of [{}, { accept: '*/*' }, { accept: 'application/json' }] as Record<
        string,
        string
      >[]) {
        const answer = await ask(path, { role: 'viewer', headers });
        expect([path, answer.status, (JSON.parse(answer.text) as { code: string }).code]).toEqual([
          path,
          status,
          code,
        ]);
      }
    }
    const { headers } = await ask('/v1/nothing', { role: 'viewer', headers: { accept } });
    expect(headers['content-type']).toContain('application/problem+json');
  });

  it.each([
    '/admin/resources/nothing',
    '/admin/api/resources/user_credential/actions/list',
    '/admin/api/resources/api_key_secret/actions/list',
    '/admin/api/resources/instrument/nothing',
    '/admin/nothing',
    '/admin/frontend/assets/nothing.js',
    '/admin/frontend/assets/..%2f..%2fpackage.json',
  ])('knows no %s', async (path) => {
    expect((await ask(path, { role: 'admin' })).status).toBe(404);
  });

  it('answers a record that is not there as the front end expects it, for any id', async () => {
    for (const id of ['XX0000000000', "'", '1; DROP TABLE run', '~', 'a~b~c', '%2e%2e']) {
      const { status, text } = await ask(
        `/admin/api/resources/instrument/records/${encodeURIComponent(id)}/show`,
        { role: 'viewer' },
      );
      expect([id, status, text]).toEqual([id, 200, expect.stringContaining('"type":"error"')]);
    }
  });
});

describe('A1: the session', () => {
  it('is another one after sign-in', async () => {
    await house.app.get(Users).create('a1@test.example', '', 'viewer', PASSWORD, BY);
    const visitor = new Visitor(url);
    visitor.cookies.set('isk_sid', `iss_${'x'.repeat(43)}`);
    await visitor.post('/sign-in', { email: 'a1@test.example', password: PASSWORD });
    expect(visitor.cookies.get('isk_sid')).not.toContain('xxx');
    expect((await visitor.get('/admin')).status).toBe(200);
  });
});

describe('A2, A3: secrets', () => {
  it('are in no list and no record, and cannot be filtered or sorted by', async () => {
    const secrets = await house.db.database.query<{ text: string }>(
      `SELECT encode(secret_hash, 'hex') AS text FROM api_key_secret UNION ALL SELECT password_hash FROM user_credential WHERE password_hash IS NOT NULL
       UNION ALL SELECT encode(token_hash, 'hex') FROM user_session`,
    );
    expect(secrets.length).toBeGreaterThan(5);
    const texts = [(await ask('/admin', { role: 'admin' })).text];
    for (const { id } of LISTED) {
      texts.push((await ask(`/admin/api/resources/${id}/actions/list?perPage=500`, { role: 'admin' })).text);
    }
    for (const { text } of secrets) for (const shown of texts) expect(shown).not.toContain(text);
    for (const name of ['password_hash', 'secret_hash', 'token_hash', 'sealed_secret']) {
      for (const id of ['user', 'api-key']) {
        for (const query of [
          `filters.${name}=x`,
          `sortBy=${name}`,
          `searchProperty=${name}&filters.${name}=x`,
        ]) {
          expect(
            (await ask(`/admin/api/resources/${id}/actions/list?${query}`, { role: 'admin' })).status,
          ).toBe(400);
        }
      }
    }
  });
});

describe('A4, A5, A8, A10: what would change something', () => {
  const PATHS = [
    '/admin/api/resources/user/actions/new',
    '/admin/api/resources/user/records/ID/edit',
    '/admin/api/resources/user/records/ID/delete',
    '/admin/api/resources/run/records/1/delete',
    '/admin/api/resources/instrument/bulk/bulkDelete?recordIds=INE002A01018',
  ];

  it('is refused by every method, whoever asks and from wherever', async () => {
    const [user] = await house.db.database.query<{ id: string }>(
      `SELECT id FROM user_account WHERE email = 'viewer@test.example'`,
    );
    const before = await house.db.database.query(
      `SELECT (SELECT json_agg(u ORDER BY id) FROM user_account u) AS users, (SELECT count(*) FROM instrument) AS instruments, (SELECT count(*) FROM run) AS runs`,
    );
    const boundary = 'multipart/form-data; boundary=x';
    const body = `--x\r\nContent-Disposition: form-data; name="role"\r\n\r\nadmin\r\n--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n${'y'.repeat(100_000)}\r\n--x--`;
    for (const path of PATHS.map((each) => each.replace('ID', user?.id ?? ''))) {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
        for (const headers of [{ origin: url }, { origin: 'https://evil.example' }, {}] as Record<
          string,
          string
        >[]) {
          const sent =
            method === 'POST' ? { headers: { ...headers, 'content-type': boundary }, body } : { headers };
          const { status, text } = await ask(path, { method, role: 'admin', ...sent });
          // What AdminJS itself refuses it says in a notice, with 200.
          const isRefused = [403, 404, 405].includes(status) || text.includes('"type":"error"');
          expect([method, path, status, isRefused]).toEqual([method, path, status, true]);
        }
      }
    }
    expect(
      await house.db.database.query(
        `SELECT (SELECT json_agg(u ORDER BY id) FROM user_account u) AS users, (SELECT count(*) FROM instrument) AS instruments, (SELECT count(*) FROM run) AS runs`,
      ),
    ).toEqual(before);
  });
});

describe('an action of a record', () => {
  const action = (listId: string, id: string, name: string): string =>
    `/admin/api/resources/${listId}/records/${id}/${name}`;
  const own = (): Record<string, string> => ({ origin: url });
  const keyOf = async (userId: string): Promise<{ id: string; revoked: boolean }> => {
    const [key] = await house.db.database.query<{ id: string; revoked: boolean }>(
      'SELECT id, revoked_at IS NOT NULL AS revoked FROM api_key WHERE user_id = $1',
      [userId],
    );
    if (key === undefined) throw new Error('a user without a key');
    return key;
  };
  let userId: string;
  let keyId: string;
  beforeAll(async () => {
    userId = await addUser(house.app, 'acted-upon@test.example', 'viewer');
    await addKey(house.app, userId, { scopes: ['instruments:read'] });
    keyId = (await keyOf(userId)).id;
  });
  const addressOf = ({ listId, name }: PanelAction, id = listId === 'user' ? userId : keyId): string =>
    action(listId, id, name);

  it.each(PANEL_ACTIONS)('$listId/$name is done for whose role may, and for nobody else', async (each) => {
    for (const role of USER_ROLES) {
      const may = ROLE_PERMISSIONS[role].includes(each.permission);
      const { status } = await ask(addressOf(each), { method: 'POST', role, headers: own() });
      expect([role, status]).toEqual([role, may ? 204 : 403]);
    }
    expect((await ask(addressOf(each), { method: 'POST', headers: own() })).status).toBe(401);
  });

  it.each(PANEL_ACTIONS)('$listId/$name is refused when a page of another site asks for it', async (each) => {
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      {},
    ];
    for (const headers of foreign) {
      const { status } = await ask(addressOf(each), { method: 'POST', role: 'admin', headers });
      expect([headers, status]).toEqual([headers, 403]);
    }
  });

  it.each(PANEL_ACTIONS)('$listId/$name knows no record that is not there', async (each) => {
    for (const id of ['00000000-0000-4000-8000-000000000000', 'x', '%27', '%00', '~']) {
      const { status } = await ask(addressOf(each, id), { method: 'POST', role: 'admin', headers: own() });
      expect([id, status]).toEqual([id, 404]);
    }
  });

  it.each(PANEL_ACTIONS)('$listId/$name is done by no reading, and by no other method', async (each) => {
    await house.app.get(Users).enable(userId, BY);
    const before = await house.db.database.query('SELECT max(id) FROM audit_event');
    for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await ask(addressOf(each), { method, role: 'admin', headers: own() });
      expect([method, status]).toEqual([method, method === 'GET' ? 200 : 405]);
      // PATCH is refused before the panel, by the whole house.
      if (status === 405 && method !== 'PATCH') expect(headers['allow']).toBe('GET, POST');
    }
    expect(await house.db.database.query('SELECT max(id) FROM audit_event')).toEqual(before);
  });

  it('stands in the log of decisions, with who asked and from where', async () => {
    const [admin] = await house.db.database.query<{ id: string }>(
      `SELECT id FROM user_account WHERE email = 'admin@test.example'`,
    );
    const lines = await house.db.database.query<{ action: string; actor: string }>(
      `SELECT action, actor FROM audit_event WHERE actor LIKE $1 AND action <> 'refuse' ORDER BY id`,
      [`user ${admin?.id} %`],
    );
    expect(lines.map(({ action: done }) => done)).toEqual(['disable-user', 'enable-user', 'revoke-key']);
    expect(lines[0]?.actor).toBe(`user ${admin?.id} 127.0.0.1`);
    expect((await keyOf(userId)).revoked).toBe(true);
  });

  it('says why when the service does not do it, and then nothing was done', async () => {
    const admins = await house.db.database.query<{ id: string; email: string }>(
      `SELECT id, email FROM user_account WHERE role = 'admin' AND state = 'active' ORDER BY email`,
    );
    for (const { id } of admins.filter(({ email }) => email !== 'admin@test.example')) {
      await house.app.get(Users).disable(id, BY);
    }
    const last = admins.find(({ email }) => email === 'admin@test.example')?.id ?? '';
    const { status, text } = await ask(action('user', last, 'disable'), {
      method: 'POST',
      role: 'admin',
      headers: own(),
    });
    expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([409, 'LAST_ADMIN']);
    expect((await house.app.get(Users).get(last)).state).toBe('active');
  });

  it('is offered where it is of use', async () => {
    const { text } = await ask(`/admin/api/resources/api-key/records/${keyId}/show`, { role: 'admin' });
    const { record } = JSON.parse(text) as { record: { recordActions: readonly { name: string }[] } };
    expect(record.recordActions.map(({ name }) => name)).toEqual(['show']);
    const users = await list('user', '?filters.email=acted-upon');
    const [user] = users.records as unknown as readonly (typeof record)[];
    expect(user?.recordActions.map(({ name }) => name).sort()).toEqual(['disable', 'show']);
  });

  it.each(['list', 'show', 'search', 'disable'])(
    'is no fault when %s is asked for in another place',
    async (name) => {
      for (const path of [
        `/admin/api/resources/user/actions/${name}`,
        `/admin/api/resources/user/records/${userId}/${name}`,
        `/admin/resources/user/actions/${name}`,
        `/admin/resources/user/records/${userId}/${name}`,
      ]) {
        const { status } = await ask(path, { role: 'admin' });
        expect([path, [200, 404].includes(status)]).toEqual([path, true]);
      }
    },
  );

  it.each(['nothing', 'constructor', '__proto__', 'edit', 'delete'])('is not %s', async (name) => {
    for (const method of ['GET', 'POST']) {
      const { status, text } = await ask(action('user', userId, name), {
        method,
        role: 'admin',
        headers: own(),
      });
      const isRefused = [404, 405].includes(status) || text.includes('"type":"error"');
      expect([name, method, status, isRefused]).toEqual([name, method, status, true]);
    }
  });
});

describe('A6, A7: text that would be a script', () => {
  it('cannot end the script it is printed in', () => {
    const state = JSON.stringify({ email: '</script><script>alert(1)</script>\u2028' });
    const page = `<link rel="stylesheet" href="https://fonts.googleapis.com/css?x" type="text/css"><script>\nwindow.REDUX_STATE = ${state};\n</script>`;
    const fit = fitPage(page, 'n');
    expect(fit.match(/<script/g)).toHaveLength(1);
    expect(fit.match(/<\/script/g)).toHaveLength(1);
    expect(fit).not.toContain('\u2028');
    const [, printed = ''] = /REDUX_STATE = ([^\n]*);/.exec(fit) ?? [];
    expect(JSON.parse(printed)).toEqual(JSON.parse(state));
  });

  it('is refused when AdminJS prints its page in another way', () => {
    expect(() => fitPage('<html></html>', 'n')).toThrow(/do not know/);
  });

  it.each([
    '</script><script>@x.example',
    'a"b@x.example',
    "a'b@x.example",
    'a<b@x.example',
    'a b@x.example',
  ])('is no e-mail address: %s', async (email) => {
    await expect(house.app.get(Users).invite(email, '', 'viewer', BY)).rejects.toMatchObject({
      code: 'EMAIL_INVALID',
    });
  });

  it('is told of a person as three values', async () => {
    const { text } = await ask('/admin', { role: 'steward' });
    const [, printed = '{}'] = /window\.REDUX_STATE = (.*);\n/.exec(text) ?? [];
    const { session } = JSON.parse(printed) as { session: Record<string, unknown> };
    expect(Object.keys(session).sort()).toEqual(['email', 'id', 'role']);
  });
});

describe('A9, A11: who is not let in', () => {
  it('is nobody without a session, with a key, or with a session that ended', async () => {
    for (const headers of [{}, { cookie: 'isk_sid=iss_x' }, await fullAccess(house.app)] as Record<
      string,
      string
    >[]) {
      const page = await ask('/admin/resources/run', { headers });
      expect([page.status, page.headers['location']]).toEqual([
        303,
        '/sign-in?next=%2Fadmin%2Fresources%2Frun',
      ]);
      expect((await ask('/admin/api/resources/run/actions/list', { headers })).status).toBe(401);
    }
  });

  it('is at the next request who was disabled', async () => {
    const id = await addUser(house.app, 'a11@test.example', 'admin');
    const headers = await openSession(house.app, id);
    expect((await ask('/admin', { headers })).status).toBe(200);
    await house.app.get(Users).disable(id, BY);
    expect((await ask('/admin', { headers })).status).toBe(303);
  });
});

describe('A12: the page', () => {
  it('loads nothing from elsewhere, and runs only scripts that this answer names', async () => {
    const first = await ask('/admin', { role: 'viewer' });
    const second = await ask('/admin', { role: 'viewer' });
    const csp = String(first.headers['content-security-policy']);
    const [, nonce = ''] = /script-src 'nonce-([\w+/=]+)'/.exec(csp) ?? [];
    expect(nonce).not.toBe('');
    expect(second.headers['content-security-policy']).not.toBe(csp);
    const scripts = first.text.match(/<script[^>]*>/g) ?? [];
    expect(scripts.length).toBeGreaterThan(4);
    for (const script of scripts) expect(script).toContain(`nonce="${nonce}"`);
    const addresses = [...first.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address);
    for (const address of addresses) expect(address).toMatch(/^(\/admin\/|data:,$)/);
  });
});
