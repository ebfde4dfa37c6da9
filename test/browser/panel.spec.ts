import type { Browser, BrowserContext } from 'playwright-core';
import { FURTHEST_ROW } from '../../src/admin/list-query.js';
import { LISTED } from '../../src/admin/listed.js';
import { ApiKeys } from '../../src/auth/api-keys.js';
import { ROLE_PERMISSIONS } from '../../src/auth/permissions.js';
import { Users } from '../../src/auth/users.js';
import { USER_ROLES, type UserRole } from '../../src/domain/user-role.js';
import { openBrowser, watchedPage } from '../support/browser.js';
import { HOSTILE_NAMES } from '../support/hostile-names.js';
import { addKey, addUser } from '../support/house-key.js';
import { openSession } from '../support/house-session.js';
import { equityRows, writeEquityList } from '../support/nse-file.js';
import { serveHouse, type ServedHouse } from '../support/served-house.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

let house: TestHouse;
let served: ServedHouse;
let browser: Browser;
const users = new Map<UserRole, string>();
beforeAll(async () => {
  house = await openTestHouse();
  const list = await writeEquityList(house.home, '2026-01-05', equityRows());
  await house.ingest('in-nse-equities', { files: [list] });
  const { database } = house.db;
  // Every text that a publisher or a person chose is hostile: the first rows of each list.
  await database.query(
    `UPDATE instrument SET name = hostile.name, short_name = hostile.name, symbol = left(hostile.name, 40), issuer_lei = hostile.name
     FROM (SELECT isin, ($1::text[])[row_number() OVER (ORDER BY isin)] AS name FROM instrument) hostile
     WHERE hostile.isin = instrument.isin AND hostile.name IS NOT NULL`,
    [HOSTILE_NAMES],
  );
  await database.query(
    `UPDATE record SET name = hostile.name, symbol = left(hostile.name, 40), details = jsonb_build_object(hostile.name, hostile.name)
     FROM (SELECT isin, ($1::text[])[row_number() OVER (ORDER BY isin)] AS name FROM record) hostile
     WHERE hostile.isin = record.isin AND hostile.name IS NOT NULL`,
    [HOSTILE_NAMES],
  );
  await database.query(
    `INSERT INTO finding (run_id, code, severity, message, fields)
     SELECT 1, 'TEST', 'note', name, jsonb_build_object(name, name) FROM unnest($1::text[]) name`,
    [HOSTILE_NAMES],
  );
  await database.query(
    `INSERT INTO reject (run_id, part, line, reasons, raw)
     SELECT 1, 'EQUITY_L', n, jsonb_build_array(name), name FROM unnest($1::text[]) WITH ORDINALITY r (name, n)`,
    [HOSTILE_NAMES],
  );
  await database.query(
    `UPDATE run SET error = jsonb_build_object('code', $1::text, 'message', $1::text, 'nextStep', $1::text)`,
    [HOSTILE_NAMES[0]],
  );
  for (const role of USER_ROLES) {
    const id = await addUser(house.app, `${role}@test.example`, role);
    users.set(role, id);
    await addKey(house.app, id, { scopes: ['instruments:read'], name: HOSTILE_NAMES[6] });
  }
  await database.query(`UPDATE user_account SET name = $1`, [HOSTILE_NAMES[7]]);
  served = await serveHouse(house);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await served?.stop();
  await house.close();
});

/** A library asks for the global object by `Function`, is refused, and takes it another way. */
const isRefusedEval = (line: string): boolean => line === 'console: policy: script-src eval ';

async function as(role: UserRole, viewport = { width: 1280, height: 900 }): Promise<BrowserContext> {
  const { cookie } = await openSession(house.app, users.get(role) ?? '');
  const context = await browser.newContext({ viewport });
  await context.addCookies([{ name: 'isk_sid', value: cookie.slice('isk_sid='.length), url: served.url }]);
  return context;
}

it('has eighty hostile names and more', () => {
  expect(new Set(HOSTILE_NAMES).size).toBeGreaterThanOrEqual(80);
});

it.each(USER_ROLES)(
  'shows a %s every list and record they may see, runs nothing that is written in them, and loads nothing from elsewhere',
  async (role) => {
    const context = await as(role);
    const { page, wrong } = await watchedPage(context, served.url, isRefusedEval);
    await page.goto(`${served.url}/admin`);
    await page.getByText('Last runs').waitFor();
    for (const { id, title, permission, columns } of LISTED) {
      if (!ROLE_PERMISSIONS[role].includes(permission)) continue;
      await page.goto(`${served.url}/admin/resources/${id}?perPage=100`);
      await page.locator('table tbody tr').first().waitFor();
      expect([id, await page.getByText(title, { exact: true }).count()]).not.toEqual([id, 0]);
      const rows = page.locator('table tbody tr');
      expect(await rows.count()).toBeGreaterThan(0);
      const address = await rows.first().getAttribute('data-id');
      await page.goto(
        `${served.url}/admin/resources/${id}/records/${encodeURIComponent(address ?? '')}/show`,
      );
      const label = columns[0]?.label ?? columns[0]?.name ?? '';
      await page
        .locator('label', { hasText: new RegExp(label, 'i') })
        .first()
        .waitFor();
    }
    expect(await page.evaluate('window.__xss')).toBeUndefined();
    expect(wrong).toEqual([]);
    await context.close();
  },
);

it('shows each hostile name as it is, in the record and in the filter', async () => {
  const context = await as('admin');
  const { page, wrong } = await watchedPage(context, served.url, isRefusedEval);
  const rows = await house.db.database.query<{ isin: string; name: string }>(
    `SELECT isin, name FROM instrument WHERE name = ANY ($1) ORDER BY isin`,
    [HOSTILE_NAMES],
  );
  expect(rows.length).toBeGreaterThanOrEqual(80);
  for (const { isin, name } of rows) {
    await page.goto(`${served.url}/admin/resources/instrument/records/${isin}/show`);
    await page.locator('#app', { hasText: isin }).waitFor();
    const shown = (await page.locator('#app').textContent()) ?? '';
    expect([name, shown.includes(name)]).toEqual([name, true]);
  }
  for (const { name } of rows.slice(0, 20)) {
    await page.goto(`${served.url}/admin/resources/instrument?filters.name=${encodeURIComponent(name)}`);
    await page.locator('table').waitFor();
  }
  expect(await page.evaluate('window.__xss')).toBeUndefined();
  expect(wrong).toEqual([]);
  await context.close();
});

it('revokes a key when asked to, and only then', async () => {
  const context = await as('admin');
  const { page, wrong } = await watchedPage(context, served.url, isRefusedEval);
  const id = users.get('viewer') ?? '';
  const { key } = await house.app
    .get(ApiKeys)
    .create(id, { name: 'of the panel', scopes: ['instruments:read'], days: 1 }, { actor: 'test' });
  const isLive = async (): Promise<boolean | undefined> =>
    (await house.app.get(ApiKeys).list(id)).find((each) => each.id === key.id)?.isLive;
  await page.goto(`${served.url}/admin/resources/api-key/records/${key.id}/show`);
  await page.getByText('Revoke', { exact: true }).click();
  await page.getByText('It opens nothing from that moment').waitFor();
  expect(page.url()).toBe(`${served.url}/admin/resources/api-key/records/${key.id}/revoke`);
  expect(await isLive()).toBe(true);
  await page.getByRole('region', { name: 'Revoke' }).getByRole('button', { name: 'Revoke' }).click();
  await page.waitForURL(`${served.url}/admin/resources/api-key/records/${key.id}/show`);
  await page.getByText('Revoked: it opens nothing any more.').waitFor();
  expect(await isLive()).toBe(false);
  await page.locator('#app', { hasText: key.publicId }).waitFor();
  expect(await page.getByText('Revoke', { exact: true }).count()).toBe(0);
  expect(wrong).toEqual([]);
  await context.close();
});

it('shows a refusal, and an answer that never came, as what they are', async () => {
  const context = await as('admin');
  const page = await context.newPage();
  const admin = users.get('admin') ?? '';
  const url = `${served.url}/admin/resources/user/records/${admin}/disable`;
  await page.goto(url);
  const disable = page.getByRole('region', { name: 'Disable' }).getByRole('button', { name: 'Disable' });
  await disable.click();
  await page.getByRole('alert').getByText('admin', { exact: false }).first().waitFor();
  expect(page.url()).toBe(url);
  await page.route('**/disable', (route) =>
    route.request().method() === 'POST' ? route.abort() : route.continue(),
  );
  await disable.click();
  await page.getByRole('alert').getByText('not known whether it was done').waitFor();
  expect(page.url()).toBe(url);
  expect((await house.app.get(Users).get(admin)).state).toBe('active');
  await context.close();
});

it('leads from a record to lists that have more about it, as far as the visitor may see them', async () => {
  const found = async (role: UserRole, path: string): Promise<readonly string[]> => {
    const context = await as(role);
    const page = await context.newPage();
    await page.goto(`${served.url}/admin/resources/${path}/show`);
    await page.locator('[data-testid^=property-show]').last().waitFor();
    const links = await page.getByRole('navigation', { name: 'More about it' }).getByRole('link').all();
    const addresses = await Promise.all(links.map(async (link) => (await link.getAttribute('href')) ?? ''));
    for (const address of addresses) {
      await page.goto(served.url + address);
      await page.locator('table tbody tr').first().waitFor();
    }
    await context.close();
    return addresses;
  };
  expect(await found('viewer', 'instrument/records/INE002A01018')).toEqual([
    '/admin/resources/listing?filters.isin=INE002A01018',
  ]);
  expect(await found('viewer', 'run/records/1')).toEqual([]);
  expect(await found('steward', 'run/records/1')).toEqual([
    '/admin/resources/finding?filters.run_id=1',
    '/admin/resources/reject?filters.run_id=1',
  ]);
});

it('leads to every page of the house, and signs out', async () => {
  const context = await as('viewer');
  const { page, wrong } = await watchedPage(context, served.url, isRefusedEval);
  await page.goto(`${served.url}/admin/resources/instrument`);
  const pages = page.getByRole('navigation', { name: 'Pages' });
  const lists = page.getByRole('navigation', { name: 'Lists' });
  expect(await pages.getByRole('link', { name: 'Users' }).count()).toBe(0);
  expect(await lists.getByRole('link').allTextContents()).toEqual([
    'Instruments',
    'Listings',
    'Publications',
    'Sources',
    'Runs',
  ]);
  await lists.getByRole('link', { name: 'Runs' }).click();
  await page.getByRole('heading', { name: 'Runs' }).waitFor();
  expect(await page.title()).toBe('Runs · Isinglass');
  await page.goto(`${served.url}/admin`);
  await pages.getByRole('link', { name: 'My API keys' }).click();
  await page.waitForURL(`${served.url}/account/keys`);
  await page.goto(`${served.url}/admin`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${served.url}/sign-in`);
  await page.goto(`${served.url}/admin`);
  expect(page.url()).toBe(`${served.url}/sign-in?next=%2Fadmin`);
  expect(wrong).toEqual([]);
  await context.close();
});

it('can be used on a telephone', async () => {
  const context = await as('viewer', { width: 390, height: 800 });
  const { page, wrong } = await watchedPage(context, served.url, isRefusedEval);
  await page.goto(`${served.url}/admin/resources/instrument`);
  await page.locator('table tbody tr').first().waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

it('sends who is not signed in to the sign-in page, and back', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${served.url}/admin/resources/run`);
  expect(page.url()).toBe(`${served.url}/sign-in?next=%2Fadmin%2Fresources%2Frun`);
  await context.close();
});

it('leads whose session has ended to sign-in, from wherever they go on, and back', async () => {
  const disable = `/admin/resources/user/records/${users.get('admin')}/disable`;
  for (const { from, click, next } of [
    { from: '/admin', click: 'nav >> text=Runs', next: '/admin/resources/run' },
    {
      from: '/admin/resources/run?filters.id=1',
      click: 'td[data-property-name=state]',
      next: '/admin/resources/run/records/1/show',
    },
    { from: disable, click: '[aria-label=Disable] button', next: disable },
  ]) {
    const context = await as('admin');
    const page = await context.newPage();
    await page.goto(served.url + from);
    await page.locator(click).waitFor();
    await house.db.database.query('DELETE FROM user_session');
    await page.locator(click).click();
    await page.waitForURL(`${served.url}/sign-in?next=${encodeURIComponent(next)}`);
    await context.close();
  }
  expect((await house.app.get(Users).get(users.get('admin') ?? '')).state).toBe('active');
});

it.each([
  ['run?filters.id=abc', '"abc" is no value of Run', 'Type a number.'],
  ['instrument?page=1001', 'This list is shown to row 10,000', 'Filter it'],
])('says why %s is refused, and leads to the list', async (path, detail, nextStep) => {
  const context = await as('admin');
  const page = await context.newPage();
  await page.goto(`${served.url}/admin/resources/${path}`);
  const alert = page.getByRole('alert');
  await alert.getByText(detail).waitFor();
  expect(await alert.textContent()).toContain(nextStep);
  // Neither a loader nor a number that nobody counted.
  expect(await page.locator('.adminjs_Loader, table').count()).toBe(0);
  expect(await page.locator('.adminjs_ActionHeader .adminjs_Badge').count()).toBe(0);
  await page.getByRole('link', { name: 'Show the list from its beginning' }).click();
  await page.locator('table tbody tr').first().waitFor();
  expect(await alert.count()).toBe(0);
  await context.close();
});

it('shows a list whole at the width of a common screen, and what may be done with a record at any', async () => {
  await house.db.database.query(`UPDATE run SET error = '{"code": "EDITION_SHRANK_TOO_MUCH"}'`);
  await house.db.database.query(`UPDATE api_key SET name = 'Key of a desk', scopes = $1`, [
    ['instruments:read', 'operations:read', 'editions:decide', 'sources:operate', 'users:write'],
  ]);
  await house.db.database.query(`UPDATE user_account SET name = 'A person'`);
  for (const width of [1280, 390]) {
    const context = await as('admin', { width, height: 800 });
    const page = await context.newPage();
    for (const id of ['run', 'api-key', 'user']) {
      await page.goto(`${served.url}/admin/resources/${id}`);
      const menu = page.locator('table tbody tr td.options').first();
      await menu.waitFor();
      const { x, width: menuWidth } = (await menu.boundingBox()) ?? { x: NaN, width: NaN };
      expect([id, width, x + menuWidth <= width]).toEqual([id, width, true]);
      const isCut = await page.evaluate(
        `[...document.querySelectorAll('section:has(> table)')].some((list) => list.scrollWidth > list.clientWidth)`,
      );
      if (width === 1280) expect([id, isCut]).toEqual([id, false]);
      // Its shadow would fall on the list.
      expect(await page.locator('form[data-css$=filter-drawer]').isVisible()).toBe(false);
    }
    await page.getByText('Filter', { exact: true }).click();
    await page.getByText('Apply changes').waitFor();
    await context.close();
  }
});

it.each([
  [FURTHEST_ROW, '10,000'],
  [FURTHEST_ROW + 1, '10,000+'],
])('says of %i rows that they are %s, and turns pages to the last that is shown', async (rows, count) => {
  const { database } = house.db;
  await database.query('DELETE FROM finding');
  await database.query(
    `INSERT INTO finding (run_id, code, severity, message) SELECT 1, 'TEST', 'note', 'seen' FROM generate_series(1, $1::int)`,
    [rows],
  );
  const context = await as('admin');
  const page = await context.newPage();
  await page.goto(`${served.url}/admin/resources/finding?page=400`);
  await page.getByText(count, { exact: true }).waitFor();
  await page.locator('table tbody tr').first().waitFor();
  expect(await page.locator('table tbody tr').count()).toBe(25);
  expect(await page.getByText('401', { exact: true }).count()).toBe(0);
  expect(await page.getByText('There are more rows').count()).toBe(rows > FURTHEST_ROW ? 1 : 0);
  await context.close();
});

it('names the record of a page in its head, and in the title of its tab', async () => {
  const context = await as('admin');
  const { page, wrong } = await watchedPage(context, served.url, isRefusedEval);
  const admin = users.get('admin') ?? '';
  const { key } = await house.app
    .get(ApiKeys)
    .create(admin, { name: 'of a desk', scopes: ['instruments:read'], days: 1 }, { actor: 'test' });
  for (const [path, head, name] of [
    ['run/records/1/show', 'Run', '1'],
    [`user/records/${admin}/show`, 'User', 'admin@test.example'],
    [`user/records/${admin}/disable`, 'Disable', 'admin@test.example'],
    [`api-key/records/${key.id}/show`, 'API key', 'of a desk'],
    ['instrument/records/INE002A01018/show', 'Instrument', 'INE002A01018'],
    ['reject/records/1~EQUITY_L~1/show', 'Reject', '1~EQUITY_L~1'],
  ] as const) {
    await page.goto(`${served.url}/admin/resources/${path}`);
    const heading = page.locator('.adminjs_ActionHeader h2');
    await heading.waitFor();
    expect(await heading.textContent()).toBe(head + name);
    expect(await page.title()).toBe(`${head} ${name} · Isinglass`);
  }
  await page.getByRole('navigation', { name: 'Lists' }).getByRole('link', { name: 'Rejects' }).click();
  await page.locator('table tbody tr').first().waitFor();
  expect(await page.title()).toBe('Rejects · Isinglass');
  expect(wrong).toEqual([]);
  await context.close();
});

it('says that a user was disabled and enabled, and warns only of what takes something', async () => {
  const context = await as('admin');
  const { page, wrong } = await watchedPage(context, served.url, isRefusedEval);
  const id = await addUser(house.app, 'to-disable@test.example', 'viewer');
  const colours = new Map<string, string>();
  await page.goto(`${served.url}/admin/resources/user/records/${id}/show`);
  for (const [label, done, state] of [
    ['Disable', 'Disabled: their sessions have ended', 'disabled'],
    // Who never took up their invitation.
    ['Enable', 'Enabled: they may do again what they could before.', 'invited'],
  ] as const) {
    await page.getByText(label, { exact: true }).click();
    const button = page.getByRole('region', { name: label }).getByRole('button', { name: label });
    await button.waitFor();
    const colour = await page.evaluate(
      `getComputedStyle(document.querySelector('[aria-label=${label}] button')).color`,
    );
    colours.set(label, String(colour));
    await button.click();
    await page.getByRole('status').getByText(done).waitFor();
    await page.waitForURL(`${served.url}/admin/resources/user/records/${id}/show`);
    expect((await house.app.get(Users).get(id)).state).toBe(state);
    await page.locator('[data-testid=property-show-state]', { hasText: state }).waitFor();
  }
  expect(colours.get('Enable')).not.toBe(colours.get('Disable'));
  expect(wrong).toEqual([]);
  await context.close();
});

it('offers the states of a run where runs are filtered', async () => {
  const context = await as('viewer');
  const { page, wrong } = await watchedPage(context, served.url, isRefusedEval);
  await page.goto(`${served.url}/admin/resources/run`);
  await page.getByText('Filter', { exact: true }).click();
  await page.locator('form[data-css=run-filter-drawer] input[role=combobox]').last().click();
  await page.getByRole('option', { name: 'held' }).click();
  await page.getByRole('button', { name: 'Apply changes' }).click();
  await page.getByRole('heading', { name: 'No records' }).waitFor();
  await page.getByText('nothing that the filters let through').waitFor();
  expect(new URL(page.url()).searchParams.get('filters.state')).toBe('held');
  expect(wrong).toEqual([]);
  await context.close();
});

it('says in an empty house that nothing has run, and what to do', async () => {
  const context = await as('viewer');
  const { page, wrong } = await watchedPage(context, served.url, isRefusedEval);
  // Last of all: nothing is left after it.
  await house.db.database.query('TRUNCATE run CASCADE');
  await page.goto(`${served.url}/admin`);
  await page.getByText('npx isinglass ingest <source>').waitFor();
  expect(await page.locator('#app').textContent()).toMatch(/next is [\w-]+, \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
  expect(await page.getByText('Last runs').count()).toBe(0);
  await page.getByRole('link', { name: 'sources', exact: true }).click();
  await page.waitForURL(`${served.url}/admin/resources/source`);
  expect(wrong).toEqual([]);
  await context.close();
});
