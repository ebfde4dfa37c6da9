import { jest } from '@jest/globals';
import { newPassphrase, Passwords, requireGoodPassword } from './passwords.js';
import { Turns } from './turns.js';

const ABOUT = ['ann.keeper@example.com', 'Ann Keeper'];
const codeOf = (password: string): string | undefined => {
  try {
    requireGoodPassword(password, ABOUT);
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('a password', () => {
  it.each([
    'violet harbour tin lemon',
    'Zwölf Boxkämpfer jagen',
    'eine sehr lange Passphrase ohne Ziffern',
    '  blanks count as they are  ',
    'x7!Kq2#Vb9$Lm4&',
    '密码需要足够长才可以使用的一句话',
    'q'.padEnd(128, 'wertzuiopasdfghjklyxcvbnm1'),
  ])('may be %s', (password) => {
    expect(codeOf(password)).toBeUndefined();
  });

  it.each([
    ['', 'nothing'],
    ['short but nice', '14 characters'],
    ['y'.padEnd(129, 'wertzuiopasdfghjklyxcvbnm1'), '129 characters'],
    ['password', 'common'],
    ['password1234567', 'a common one with digits'],
    ['!!!!password!!!!', 'a common one with signs'],
    ['passwordpassword', 'a common one twice'],
    ['aaaaaaaaaaaaaaaa', 'one letter'],
    ['abababababababab', 'two letters'],
    ['abcabcabcabcabcabc', 'three letters'],
    ['123456789012345', 'a row of digits'],
    ['abcdefghijklmnopq', 'a row of letters'],
    ['ann.keeper@example.com', 'the address'],
    ['annkeeper-isinglass', 'the name, and ours'],
    ['isinglassisinglass', 'our name'],
    ['keeper-example-2026', 'words of the address, and a year'],
  ])('may not be "%s": %s', (password) => {
    expect(codeOf(password)).toBe('PASSWORD_WEAK');
  });

  it('that we make is one that we take', () => {
    for (let at = 0; at < 200; at += 1) expect(codeOf(newPassphrase())).toBeUndefined();
  });
});

it('is compared with something where there is no account, and with its hash where there is one', async () => {
  const passwords = new Passwords();
  const kept = await passwords.hash('violet harbour tin lemon');
  const take = jest.spyOn(Turns.prototype, 'take');
  expect(await passwords.verify('violet harbour tin lemon', kept)).toBe(true);
  expect(await passwords.verify('violet harbour tin lemons', kept)).toBe(false);
  expect(await passwords.verify('nobody has this password', null)).toBe(false);
  expect(take).toHaveBeenCalledTimes(3);
  take.mockRestore();
});
