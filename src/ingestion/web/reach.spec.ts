import { firstHop, nextHop, type Reach } from './reach.js';

const direct: Reach = { hosts: ['publisher.example', 'cdn.example:8443'], mirror: undefined };
const mirrored: Reach = { ...direct, mirror: new URL('http://mirror.internal:8080/public/') };
const START = 'https://publisher.example/a/list.csv';

describe('firstHop', () => {
  it.each([
    [START, START],
    ['https://files.publisher.example/?day=1', 'https://files.publisher.example/?day=1'],
    ['https://PUBLISHER.example:443/', 'https://publisher.example/'],
    ['https://cdn.example:8443/x', 'https://cdn.example:8443/x'],
    ['http://publisher.example/', 'http://publisher.example/'],
  ])('goes to %s', (url, expected) => {
    expect(firstHop(url, direct).href).toBe(expected);
  });

  it('goes to the mirror for the publisher', () => {
    expect(firstHop(`${START}?day=1#top`, mirrored).href).toBe(
      'http://mirror.internal:8080/public/publisher.example/a/list.csv?day=1',
    );
  });

  it.each([
    'https://evil-publisher.example/',
    'https://publisher.example.evil.example/',
    'https://publisher.example./',
    'https://publisher.example:8443/',
    'https://cdn.example/',
    'https://publisher.example@evil.example/',
    'https://127.0.0.1/',
    'https://①②⑦.⓪.⓪.①/',
    'https://[::1]/',
    'file:///etc/passwd',
    'list.csv',
    '',
  ])('refuses %s, with a mirror or without', (url) => {
    const refused = expect.objectContaining({ code: 'ADDRESS_REFUSED' }) as unknown;
    expect(() => firstHop(url, direct)).toThrow(refused as Error);
    expect(() => firstHop(url, mirrored)).toThrow(refused as Error);
  });

  it('shows no password and no key in its refusal', () => {
    const url = 'https://me:hunter2@elsewhere.example/?api_key=hunter2&day=1';
    expect(() => firstHop(url, direct)).toThrow('https://elsewhere.example/?api_key=***&day=1');
  });
});

describe('nextHop', () => {
  const from = new URL(START);

  it.each([
    ['b.csv', 'https://publisher.example/a/b.csv'],
    ['//files.publisher.example/b.csv', 'https://files.publisher.example/b.csv'],
    ['https://cdn.example:8443/b.csv', 'https://cdn.example:8443/b.csv'],
  ])('follows %s', (location, expected) => {
    expect(nextHop(location, from, START, direct).href).toBe(expected);
  });

  it('may go from http to https', () => {
    const start = 'http://publisher.example/';
    expect(nextHop(START, new URL(start), start, direct).href).toBe(START);
  });

  it.each([
    ['http://publisher.example/', 'gives up https'],
    ['https://elsewhere.example/', 'is not on publisher.example, cdn.example:8443'],
    ['https://169.254.169.254/', 'is not on'],
    ['https://a:b@publisher.example/', 'carries a user name or password'],
    ['javascript:alert(1)', 'is neither https nor http'],
    ['http://[', 'is not an address'],
    [undefined, 'is not an address'],
  ])('refuses %s', (location, objection) => {
    expect(() => nextHop(location, from, START, direct)).toThrow(objection);
  });

  it('stays on the mirror', () => {
    const at = firstHop(START, mirrored);
    expect(nextHop('/other/b.csv', at, START, mirrored).href).toBe('http://mirror.internal:8080/other/b.csv');
    expect(() => nextHop('http://mirror.internal/b.csv', at, START, mirrored)).toThrow('leaves the mirror');
    expect(() => nextHop(START, at, START, mirrored)).toThrow('leaves the mirror');
  });
});
