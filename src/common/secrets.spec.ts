import { keepSecret, loggable, masked, MASK } from './secrets.js';

describe('masked', () => {
  it('hides a secret that it was told of, and the password of a URL alone', () => {
    keepSecret('postgres://keeper:p%40ss-w0rd-1@db/house');
    for (const text of [
      'postgres://keeper:p%40ss-w0rd-1@db/house',
      'p%40ss-w0rd-1',
      'auth failed for p@ss-w0rd-1!',
    ]) {
      expect(masked(`before ${text} after`)).not.toMatch(/w0rd-1/);
      expect(masked(`before ${text} after`)).toMatch(/^before .* ?after$/);
    }
  });

  it.each([
    [`isk_test_Ab3dE6gH_${'x'.repeat(49)}`, `isk_test_Ab3dE6gH_${MASK}`],
    [`/invitation?x=isl_${'a'.repeat(43)}&y=1`, `/invitation?x=isl_${MASK}&y=1`],
    [`iss_${'-'.repeat(43)}`, `iss_${MASK}`],
    ['Authorization: Bearer abc.def', `Authorization: Bearer ${MASK}`],
    ['authorization: basic dXNlcjpwYXNz', `authorization: basic ${MASK}`],
    ['fetch https://user:hunter2222@host/a', `fetch https://user:${MASK}@host/a`],
    ['Cookie: isk_sid=abc; other=def', `Cookie: ${MASK}`],
    ['{"password":"correct horse"}', `{"password":"${MASK}"}`],
    ['client_secret=abc123&grant_type=x', `client_secret=${MASK}&grant_type=x`],
    ['?token=abc&page=2', `?token=${MASK}&page=2`],
  ])('masks %s', (text, safe) => {
    expect(masked(text)).toBe(safe);
  });

  it.each([
    'address or password is wrong',
    'eu-esma-firds: edition 2026-11-21 has 4 of 5 parts',
    'https://firds.esma.europa.eu/firds/FULINS_E_20260101_01of02.zip',
    'INE002A01018 RELIANCE',
    'set ISINGLASS_SECRET_KEY to the key that this database was used with',
  ])('leaves %s as it is', (text) => {
    expect(masked(text)).toBe(text);
  });
});

describe('loggable', () => {
  it('lets no text begin a line of its own, and no character move the cursor', () => {
    expect(loggable('name\r\n[Nest] 1 LOG all is well\u001b[2J\u0085')).toBe(
      'name\\u000d\n    [Nest] 1 LOG all is well\\u001b[2J\\u0085',
    );
  });
});
