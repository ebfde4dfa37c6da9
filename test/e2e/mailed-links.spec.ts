import { Invitations } from '../../src/auth/invitations.js';
import { Users } from '../../src/auth/users.js';
import { addUser } from '../support/house-key.js';
import { openMailBox, type MailBox } from '../support/mail-box.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';
import { Visitor } from '../support/visitor.js';
import { waitUntil } from '../support/wait-until.js';

const PASSWORD = 'violet harbour tin lemon';
const BY = { actor: 'test' };

let house: TestHouse;
let box: MailBox;
let url: string;
beforeAll(async () => {
  box = await openMailBox();
  house = await openTestHouse({
    smtpUrl: box.url,
    mailFrom: 'isinglass@test.example',
    publicUrl: 'http://localhost:1',
  });
  await house.app.listen(0, '127.0.0.1');
  url = await house.app.getUrl();
  await addUser(house.app, 'root@test.example', 'admin');
});
afterAll(async () => {
  await house.close();
  await box.close();
});

/** The link in the newest mail; long lines are folded in it. */
function linkTo(page: string): string {
  const text = (box.mails.at(-1)?.text ?? '').replace(/=\n/g, '').replace(/=3D/g, '=');
  return new RegExp(`http://localhost:1(/${page}\\?token=[\\w-]+)`).exec(text)?.[1] ?? '';
}

it('an invitation is mailed, shown to nobody, and opens', async () => {
  const { link } = await house.app.get(Invitations).invite('new@test.example', '', 'viewer', BY);
  expect(link).toBeNull();
  expect(box.mails.at(-1)?.to).toBe('new@test.example');
  const token = new URLSearchParams(linkTo('invitation').split('?')[1]).get('token') ?? '';
  const guest = new Visitor(url);
  expect((await guest.post('/invitation', { token, password: PASSWORD })).status).toBe(200);
  expect((await guest.post('/sign-in', { email: 'new@test.example', password: PASSWORD })).location).toBe(
    '/account',
  );
});

it('a link to a new password is mailed to who asks, and the page says the same to everybody', async () => {
  const before = box.mails.length;
  const pages: string[] = [];
  for (const email of ['nobody@test.example', 'root@test.example']) {
    pages.push((await new Visitor(url).post('/password-reset/link', { email })).text);
  }
  expect(new Set(pages).size).toBe(1);
  await waitUntil('it is mailed', async () => box.mails.length > before);
  expect(box.mails.slice(before).map(({ to }) => to)).toEqual(['root@test.example']);
  expect((await new Visitor(url).get(linkTo('password-reset'))).text).toContain('Choose a new password');
});

it('nobody’s mailbox is filled by others', async () => {
  const before = box.mails.length;
  await addUser(house.app, 'quiet@test.example', 'viewer');
  // Which made one more than is counted here.
  await house.db.database.query('DELETE FROM one_time_link');
  for (let at = 0; at < 12; at += 1) {
    await new Visitor(url).post('/password-reset/link', { email: 'quiet@test.example' });
  }
  await waitUntil('some are mailed', async () => box.mails.length >= before + 5);
  // What is asked for later comes later: nothing more may have been on its way.
  await house.app.get(Invitations).invite('last@test.example', '', 'viewer', BY);
  expect(box.mails.slice(before).filter(({ to }) => to === 'quiet@test.example')).toHaveLength(5);
  // Neither are they a day later, while the links that were mailed still open.
  await house.db.database.query('DELETE FROM sign_in_limit');
  await house.app.get(Invitations).mailPasswordLink('quiet@test.example', BY);
  expect(box.mails.slice(before).filter(({ to }) => to === 'quiet@test.example')).toHaveLength(5);
});

it('where the server refuses a mail, the admin is shown the link', async () => {
  const refusing = await openMailBox({ refuses: true });
  const other = await openTestHouse({ smtpUrl: refusing.url });
  const { link } = await other.app.get(Invitations).invite('new@test.example', '', 'viewer', BY);
  expect(link).toMatch(/\/invitation\?token=isl_/);
  expect(await other.app.get(Users).findByEmail('new@test.example')).toMatchObject({ state: 'invited' });
  await other.close();
  await refusing.close();
});
