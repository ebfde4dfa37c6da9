import { randomUUID } from 'node:crypto';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { RouteCheck } from '../../src/auth/route-check.js';
import { ROLE_PERMISSIONS, SCOPES, type Permission } from '../../src/auth/permissions.js';
import { Sessions } from '../../src/auth/sessions.js';
import { Users } from '../../src/auth/users.js';
import { USER_ROLES, type UserRole } from '../../src/domain/user-role.js';
import { DOOR_TABLE, type DoorRow } from '../support/door-table.js';
import { addKey, addUser } from '../support/house-key.js';
import { openSession } from '../support/house-session.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { Visitor } from '../support/visitor.js';

/** Who comes: what is sent, and what it lets one do at the one door or the other. */
interface Comer {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly person?: UserRole;
  readonly key?: readonly Permission[];
}

let house: TestHouse;
let open: TestHouse;
let comers: readonly Comer[];

beforeAll(async () => {
  house = await openTestHouse();
  open = await openTestHouse({ publicRead: true });
  for (const each of [house, open]) {
    await each.app.listen(0, '127.0.0.1');
    await addUser(each.app, 'root@test.example', 'admin');
  }
  comers = await everybody(house);
});
afterAll(async () => {
  await house.close();
  await open.close();
});

async function everybody({ app, db }: TestHouse): Promise<readonly Comer[]> {
  const all: Comer[] = [{ name: 'anonymous', headers: {} }];
  const users = new Map<UserRole, string>();
  for (const role of USER_ROLES) {
    const id = await addUser(app, `${role}@test.example`, role);
    users.set(role, id);
    all.push({ name: `${role} with a session`, headers: await openSession(app, id), person: role });
    const { text } = await addKey(app, id, {
      scopes: SCOPES.filter((scope) => ROLE_PERMISSIONS[role].includes(scope)),
    });
    all.push({ name: `key of a ${role}`, headers: bearer(text), key: ROLE_PERMISSIONS[role] });
  }
  const admin = users.get('admin') ?? '';
  for (const scope of SCOPES) {
    const { text } = await addKey(app, admin, { scopes: [scope] });
    all.push({ name: `key with ${scope}`, headers: bearer(text), key: [scope] });
  }
  const lowered = await addUser(app, 'lowered@test.example', 'admin');
  const lowereds = await addKey(app, lowered);
  await app.get(Users).setRole(lowered, 'viewer', { actor: 'test' });
  all.push({
    name: 'key of an admin who became viewer',
    headers: bearer(lowereds.text),
    key: ROLE_PERMISSIONS.viewer,
  });
  const spoilt: readonly (readonly [string, string])[] = [
    ['revoked key', `UPDATE api_key SET revoked_at = now() WHERE id = $1`],
    ['expired key', `UPDATE api_key SET expires_at = now() WHERE id = $1`],
    ['key from elsewhere', `UPDATE api_key SET allowed_networks = '{10.0.0.0/8}' WHERE id = $1`],
  ];
  for (const [name, sql] of spoilt) {
    const { key, text } = await addKey(app, admin);
    await db.database.query(sql, [key.id]);
    all.push({ name, headers: bearer(text) });
  }
  const gone = await addUser(app, 'gone@test.example', 'admin');
  const [goneKey, goneSession] = [await addKey(app, gone), await openSession(app, gone)];
  await app.get(Users).disable(gone, { actor: 'test' });
  all.push({ name: 'key of a disabled admin', headers: bearer(goneKey.text) });
  all.push({ name: 'session of a disabled admin', headers: goneSession });
  const late = await openSession(app, admin);
  await db.database.query(
    `UPDATE user_session SET ends_at = now() WHERE token_hash = (SELECT token_hash FROM user_session ORDER BY created_at DESC LIMIT 1)`,
  );
  all.push({ name: 'session that ended', headers: late });
  all.push({
    name: 'session after the password alone',
    headers: await openSession(app, admin, 'second-factor'),
  });
  const { text } = await addKey(app, admin);
  const other = text.slice(0, -10) + (text.at(-10) === 'x' ? 'y' : 'x') + text.slice(-9);
  for (const [name, value] of [
    ['a key with one letter wrong', `Bearer ${other}`],
    ['a JWT', 'Bearer eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYWRtaW4ifQ.'],
    ['a key as basic', `Basic ${Buffer.from(`admin:${text}`).toString('base64')}`],
    ['an empty bearer', 'Bearer '],
    ['a key as a cookie', ''],
  ] as const) {
    all.push({
      name,
      headers: value === '' ? { cookie: `isk_sid=${text}; authorization=${text}` } : { authorization: value },
    });
  }
  all.push({
    name: 'a session as a key',
    headers: bearer((await openSession(app, admin)).cookie.replace('isk_sid=', '')),
  });
  return all;
}

const bearer = (text: string): Record<string, string> => ({ authorization: `Bearer ${text}` });

/** May they? By the table and by what roles and scopes are for; not by asking the code that decides. */
function mayOpen({ opensTo, door }: DoorRow, { person, key }: Comer): boolean {
  if (opensTo === 'anybody') return true;
  if (door === 'api') return opensTo !== 'person' && (key?.includes(opensTo) ?? false);
  if (person === undefined) return false;
  return opensTo === 'person' || ROLE_PERMISSIONS[person].includes(opensTo);
}

async function ask(
  { app }: TestHouse,
  route: string,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  const [method = '', path = ''] = route.split(' ');
  const url = await app.getUrl();
  const asked = path.replace(':isin', 'XX').replace(/:\w+/g, 'no-such-thing');
  const sent = method === 'GET' || method === 'DELETE' ? undefined : {};
  const response = await fetch(url + asked, {
    method,
    redirect: 'manual',
    headers: { ...headers, origin: url, ...(sent && { 'content-type': 'application/json' }) },
    body: sent && JSON.stringify(sent),
  });
  await response.body?.cancel();
  return response.status;
}

it('every route of the house is in the table, and nothing else', () => {
  const { router } = (house.app as NestExpressApplication).getHttpAdapter().getInstance() as unknown as {
    router: { stack: readonly { route?: { path: string; methods: Record<string, boolean> } }[] };
  };
  const routes = router.stack.flatMap(({ route }) =>
    route === undefined || /^\/docs(\/|$)/.test(route.path)
      ? []
      : Object.keys(route.methods).map(
          (method) => `${method.toUpperCase()} ${route.path.replace(/(?<=.)\/$/, '')}`,
        ),
  );
  expect([...new Set(routes)].sort()).toEqual(DOOR_TABLE.map(({ route }) => route).sort());
  expect(house.app.get(RouteCheck).routes()).toHaveLength(DOOR_TABLE.length);
});

it('each of them opens to whom it should, and to nobody else', async () => {
  const wrong: string[] = [];
  let cells = 0;
  for (const row of DOOR_TABLE) {
    // Signing out ends the session of who comes.
    if (row.route === 'POST /sign-out') continue;
    for (const comer of comers) {
      const status = await ask(house, row.route, comer.headers);
      const isRight = mayOpen(row, comer)
        ? row.answers.includes(status)
        : refusals(row, comer).includes(status);
      cells += 1;
      if (!isRight) wrong.push(`${row.route} to ${comer.name}: ${status}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(cells).toBeGreaterThan(1_500);
});

function refusals({ door, opensTo }: DoorRow, { person, key, headers }: Comer): readonly number[] {
  if (door === 'page') return person === undefined ? [303] : opensTo === 'person' ? [] : [403];
  if (key !== undefined) return [403];
  // Its owner chose whence it opens.
  return 'authorization' in headers ? [401, 403] : [401];
}

/** Somebody with a session to come with, another one, and a key. */
async function somebody(
  role: UserRole,
): Promise<{ user: string; session: string; key: string; visitor: Visitor }> {
  const user = await addUser(house.app, `${randomUUID()}@test.example`, role);
  const visitor = new Visitor(await house.app.getUrl());
  visitor.cookies.set('isk_sid', (await openSession(house.app, user)).cookie.replace('isk_sid=', ''));
  const [{ id: first } = { id: '' }] = await house.app.get(Sessions).list(user);
  await openSession(house.app, user);
  const session = (await house.app.get(Sessions).list(user)).find(({ id }) => id !== first)?.id ?? '';
  return {
    user,
    session,
    visitor,
    key: (await addKey(house.app, user, { scopes: ['instruments:read'] })).key.id,
  };
}

it('what is one’s own opens, what is somebody else’s to whom manages people, and what is not there to nobody', async () => {
  const rows = DOOR_TABLE.filter(({ route, door }) => door === 'page' && route.includes(':'));
  expect(rows.filter(({ whose }) => whose === undefined)).toEqual([]);
  const wrong: string[] = [];
  let cells = 0;
  for (const { route, opensTo, whose } of rows) {
    for (const role of USER_ROLES) {
      for (const about of ['own', 'foreign', 'missing'] as const) {
        const me = await somebody(role);
        const other = about === 'foreign' ? await somebody('viewer') : me;
        const missing = randomUUID();
        const [method = '', path = ''] = route.split(' ');
        const kind = path.includes('/sessions/') ? 'session' : path.startsWith('/users') ? 'user' : 'key';
        const asked = path
          .replace(':key', about === 'missing' ? missing : other.key)
          .replace(':id', about === 'missing' ? missing : other[kind]);
        const { status } =
          method === 'GET'
            ? await me.visitor.get(asked)
            : await me.visitor.post(asked, path.endsWith('/role') ? { role: 'viewer' } : {});
        const may = opensTo === 'person' || ROLE_PERMISSIONS[role].includes(opensTo as Permission);
        const expected = !may ? 403 : about === 'missing' ? 404 : whose?.[about];
        cells += 1;
        if (status !== expected) wrong.push(`${route} of ${about} to a ${role}: ${status}, not ${expected}`);
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(cells).toBe(99);
});

it('with PUBLIC_READ instruments open to all, and nothing else does', async () => {
  for (const row of DOOR_TABLE) {
    const status = await ask(open, row.route, {});
    const isOpen = row.isPublic === true || row.opensTo === 'anybody';
    const answers = isOpen ? row.answers : refusals(row, { name: 'anonymous', headers: {} });
    expect([row.route, status]).toEqual([row.route, answers.find((each) => each === status)]);
  }
});

it('/docs opens to who signed in and to every key', async () => {
  for (const comer of comers) {
    for (const path of ['/docs/', '/docs/openapi.json']) {
      const status = await ask(house, `GET ${path}`, comer.headers);
      const isOpen = comer.person !== undefined || comer.key !== undefined;
      expect([comer.name, path, isOpen]).toEqual([comer.name, path, status === 200]);
    }
  }
});
