import { localPath } from './local-path.js';

describe('localPath', () => {
  it.each(['/', '/admin', '/admin/resources/run?page=2', '/account#keys'])('takes %s', (path) => {
    expect(localPath(path, '/account')).toBe(path);
  });

  it.each([
    undefined,
    '',
    'admin',
    '//evil.example',
    '/\\evil.example',
    '\\/evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/\t/evil.example',
    '/a\r\nSet-Cookie: a=b',
    '/a\\..\\b',
    '/invitation?token=isl_canary7Ofaperson',
  ])('goes elsewhere instead of %j', (path) => {
    expect(localPath(path, '/account')).toBe('/account');
  });
});
