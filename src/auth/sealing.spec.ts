import { randomBytes } from 'node:crypto';
import { seal, unseal } from './sealing.js';

const KEY = randomBytes(32);
const codeOf = (open: () => unknown): unknown => {
  try {
    return open();
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

it('what is sealed opens with its key, for whom it belongs to', () => {
  expect(unseal(KEY, seal(KEY, 'a secret, ünicode', 'ann'), 'ann')).toBe('a secret, ünicode');
  expect(seal(KEY, 'twice', 'ann')).not.toEqual(seal(KEY, 'twice', 'ann'));
});

it.each<[string, (sealed: Buffer) => unknown]>([
  ['another key', (sealed) => unseal(randomBytes(32), sealed, 'ann')],
  ['somebody else', (sealed) => unseal(KEY, sealed, 'bob')],
  [
    'a changed byte',
    (sealed) => unseal(KEY, sealed.with(sealed.length - 1, sealed.at(-1)! ^ 1) as Buffer, 'ann'),
  ],
  ['half of it', (sealed) => unseal(KEY, sealed.subarray(0, 20), 'ann')],
])('it does not open for %s', (_, open) => {
  expect(codeOf(() => open(seal(KEY, 'a secret', 'ann')))).toBe('SECRET_KEY_WRONG');
});
