import { Secret, TOTP } from 'otpauth';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, watchedPage } from '../support/browser.js';
import { serveHouse, type ServedHouse } from '../support/served-house.js';
import { equityRows, writeEquityList } from '../support/nse-file.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

const RELIANCE = 'INE002A01018';
const PASSWORD = 'violet harbour tin lemon';
const OTHER = 'copper meadow slow kettle';
const LAPTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 800 };

let house: TestHouse;
let served: ServedHouse;
let browser: Browser;
beforeAll(async () => {
  house = await openTestHouse();
  const list = await writeEquityList(house.home, '2026-01-05', equityRows());
  await house.ingest('in-nse-equities', { files: [list] });
  served = await serveHouse(house);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await served?.stop();
  await house.close();
});

/** A refusal is meant: the browser tells its console of each answer of 400 and more. */
const isRefusal = (line: string): boolean =>
  /^console: Failed to load resource: .* (400|401|403|404|429) /.test(line);

async function openPage(viewport = LAPTOP): Promise<{ page: Page; wrong: string[] }> {
  return watchedPage(await browser.newContext({ viewport }), served.url, isRefusal);
}

async function ask(key: string): Promise<number> {
  const headers = { authorization: `Bearer ${key}` };
  return (await fetch(`${served.url}/v1/instruments/${RELIANCE}`, { headers })).status;
}

/** Whatever is on it has a name, nothing hangs over its edge, and it has one heading. */
async function expectReadable(page: Page): Promise<void> {
  const found: unknown = await page.evaluate(`({
    unnamed: [...document.querySelectorAll('input:not([type=hidden]), select, button')]
      .filter((each) => !(each.labels?.length || each.textContent.trim())).map((each) => each.outerHTML),
    over: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    headings: document.querySelectorAll('h1').length,
    language: document.documentElement.lang,
    twice: [...document.querySelectorAll('[id]')].map(({ id }) => id).filter((id, at, all) => all.indexOf(id) !== at),
  })`);
  expect([page.url(), found]).toEqual([
    page.url(),
    { unnamed: [], over: false, headings: 1, language: 'en', twice: [] },
  ]);
}

it('a new house is set up, keys are made, used, revoked and refused, and somebody is invited', async () => {
  const [, link = ''] = /make the first admin within an hour: (\S+)/.exec(served.output()) ?? [];
  const { page, wrong } = await openPage();
  await page.goto(link);
  await expectReadable(page);
  await page.getByLabel('E-mail address').fill('ann@test.example');
  await page.getByLabel('Password').fill('password1234567');
  await page.getByRole('button', { name: 'Set up' }).click();
  await page.getByRole('alert').getByText('PASSWORD_WEAK').waitFor();
  expect(await page.getByLabel('E-mail address').inputValue()).toBe('ann@test.example');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set up' }).click();
  await page.waitForURL('**/account');
  await expectReadable(page);

  await page.getByRole('link', { name: 'API keys' }).click();
  await page.getByLabel('Name').fill('settlement');
  await page.getByLabel(/receive all fields/).check();
  await page.getByRole('button', { name: 'Make key' }).click();
  const key = (await page.locator('#new-key').textContent())?.trim() ?? '';
  expect(await ask(key)).toBe(200);
  await page.goto(`${served.url}/account/keys`);
  expect(await page.content()).not.toContain(key);
  await page.getByRole('link', { name: 'usage' }).click();
  await page.getByRole('heading', { name: 'Usage of “settlement”' }).waitFor();
  await page.goBack();
  await page.getByText('Revoke', { exact: true }).first().click();
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByText(/^revoked \d{4}-/).waitFor();
  expect(await ask(key)).toBe(401);

  await page.getByRole('link', { name: 'Users' }).click();
  await page.getByLabel('E-mail address').fill('bob@test.example');
  await page.getByLabel('Role').selectOption('steward');
  await page.getByRole('button', { name: 'Invite' }).click();
  const invitation = (await page.locator('#link').textContent())?.trim() ?? '';
  await expectReadable(page);

  const guest = await openPage(PHONE);
  // The house was told port 0, and does not know better.
  await guest.page.goto(served.url + invitation.slice(invitation.indexOf('/invitation')));
  await guest.page.getByLabel('New password').fill(OTHER);
  await guest.page.getByRole('button', { name: 'Set password' }).click();
  await guest.page.getByRole('link', { name: 'Sign in' }).click();
  await guest.page.getByLabel('E-mail address').fill('bob@test.example');
  await guest.page.getByLabel('Password').fill(OTHER);
  await guest.page.getByRole('button', { name: 'Sign in' }).click();
  await guest.page.waitForURL('**/account');
  expect(await guest.page.getByRole('link', { name: 'Users' }).count()).toBe(0);
  expect([...wrong, ...guest.wrong]).toEqual([]);
});

it('a second factor is set up by what the page shows, and asked for', async () => {
  const { page, wrong } = await openPage();
  await page.goto(`${served.url}/account/second-factor`);
  await page.getByLabel('E-mail address').fill('bob@test.example');
  await page.getByLabel('Password').fill(OTHER);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/account/second-factor');
  await page.getByRole('button', { name: 'Set it up' }).click();
  expect(
    await page
      .getByRole('img', { name: /QR code/ })
      .evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
  ).toBeGreaterThan(100);
  const secret = (await page.locator('code.secret').textContent())?.trim() ?? '';
  // First this one, then the next: no code opens twice, and the next is good for up to a minute.
  const codeAt = (timestamp: number): string =>
    new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp });
  await page.getByLabel('Code').fill(codeAt(Date.now()));
  await page.getByRole('button', { name: 'Turn it on' }).click();
  await page.getByText('It is on.').waitFor();
  expect(await page.locator('ul.codes code').count()).toBe(10);
  await page.getByRole('button', { name: /Sign out/ }).click();
  await page.getByLabel('E-mail address').fill('bob@test.example');
  await page.getByLabel('Password').fill(OTHER);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/sign-in/second-factor**');
  await expectReadable(page);
  await page.getByLabel('Code').fill(codeAt(Date.now() + 30_000));
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.waitForURL('**/account');
  expect(wrong).toEqual([]);
});

it('everything can be done with the keyboard, in the order of the page', async () => {
  const { page } = await openPage();
  await page.goto(`${served.url}/sign-in`);
  // The first field has the focus; the way round the page begins with a way past its head.
  const focused = (): Promise<string> =>
    page.evaluate<string>(`document.activeElement.id || document.activeElement.textContent.trim()`);
  expect(await focused()).toBe('email');
  const order: string[] = [];
  for (let at = 0; at < 3; at += 1) {
    await page.keyboard.press('Tab');
    order.push(await focused());
  }
  expect(order).toEqual(['password', 'Sign in', 'I forgot my password']);
  await page.evaluate('document.activeElement.blur(); window.scrollTo(0, 0)');
  await page.locator('.skip').focus();
  expect(await page.locator('.skip').boundingBox()).toMatchObject({ x: expect.any(Number) as number });
});

it.each([
  ['laptop', LAPTOP],
  ['phone', PHONE],
])('every page can be read on a %s, without a script or anything from elsewhere', async (_, viewport) => {
  const { page, wrong } = await openPage(viewport);
  for (const path of ['/sign-in', '/password-reset', '/invitation?token=none', '/nothing-here']) {
    await page.goto(served.url + path);
    if (path !== '/nothing-here') await expectReadable(page);
  }
  await page.goto(`${served.url}/sign-in`);
  await page.getByLabel('E-mail address').fill('ann@test.example');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/account');
  for (const path of ['/account', '/account/keys', '/account/second-factor', '/users']) {
    await page.goto(served.url + path);
    await expectReadable(page);
    expect(await page.locator('script').count()).toBe(0);
  }
  await page.goto(`${served.url}/users`);
  await page.getByRole('link', { name: 'bob@test.example' }).click();
  await expectReadable(page);
  await page.goto(`${served.url}/docs/`);
  await page.getByText('Golden records by filter').waitFor();
  expect(wrong).toEqual([]);
});
