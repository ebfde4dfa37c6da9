import { connectionUrl, newConnection, parseConnection } from './connection-file.js';

describe('parseConnection', () => {
  it('reads back what newConnection made', () => {
    const connection = { ...newConnection(), port: 20_001 };
    expect(parseConnection(JSON.stringify(connection))).toEqual(connection);
  });

  it.each([
    ['half a file', '{"port": 5'],
    ['nothing', 'null'],
    [
      'a password that could break out of SQL',
      JSON.stringify({ ...newConnection(), password: "' OR 1=1 --" }),
    ],
    ['a missing superuser', JSON.stringify({ ...newConnection(), superuserPassword: undefined })],
  ])('takes %s for none', (_, text) => {
    expect(parseConnection(text)).toBeUndefined();
  });

  it('forgets a port that is none, and keeps the passwords', () => {
    const connection = newConnection();
    expect(parseConnection(JSON.stringify({ ...connection, port: 70_000 }))).toEqual({
      ...connection,
      port: 0,
    });
  });
});

describe('connectionUrl', () => {
  it('names role, loopback address and database', () => {
    const connection = { ...newConnection(), password: 'ab' };
    expect(connectionUrl(connection, 20_001)).toBe('postgres://isinglass:ab@127.0.0.1:20001/isinglass');
  });
});

describe('newConnection', () => {
  it('has passwords that differ every time', () => {
    const words = [newConnection(), newConnection()].flatMap((each) => [
      each.password,
      each.superuserPassword,
    ]);
    expect(new Set(words).size).toBe(4);
  });
});
