import { resolve } from 'node:path';
import { ConfigurationError } from '../common/errors.js';
import { isSourceOn, readConfig, SETTINGS, type Config } from './settings.js';

function refusalOf(environment: Record<string, string>): ConfigurationError {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** Values that are refused, by the setting they are of. */
const WRONG: readonly (readonly [string, string])[] = [
  ['DATABASE_URL', 'mysql://localhost/house'],
  ['DATABASE_URL', 'localhost:5432'],
  ['HOST', '0.0.0.0'],
  ['HOST', '::'],
  ['HOST', '192.168.1.10'],
  ['HOST', 'example.com'],
  ['HOST', '127.0.0.1.example.com'],
  ['PORT', '-1'],
  ['PORT', '65536'],
  ['PORT', '80.5'],
  ['PORT', '0x50'],
  ['PORT', 'http'],
  ['ISINGLASS_ROLES', 'web,cook'],
  ['ISINGLASS_ROLES', ','],
  ['ISINGLASS_PARALLEL_LOADS', '0'],
  ['ISINGLASS_LEASE_SECONDS', '1'],
  ['ISINGLASS_SOURCES', 'in-nse-equities'],
  ['ISINGLASS_SOURCES', '+in-nse-equities,xx-iso-mic'],
  ['ISINGLASS_SOURCES', '+IN NSE'],
  ['ISINGLASS_PROFILE', 'equities'],
  ['ISINGLASS_PROFILE', 'all,shares'],
  ['ISINGLASS_VENUES', 'PARIS'],
  ['ISINGLASS_KEEP_WEEKS', '-1'],
  ['ISINGLASS_MIRROR_URL', 'ftp://mirror.example'],
  ['ISINGLASS_MIRROR_URL', 'mirror.example'],
  ['ISINGLASS_LOG_LEVEL', 'verbose'],
];

/** A directory may have any name. */
const TAKE_ANY = ['ISINGLASS_HOME', 'ISINGLASS_FILES'];

describe('the settings', () => {
  it('have defaults that make a house on this machine alone', () => {
    expect(readConfig({})).toEqual({
      home: resolve('.isinglass'),
      databaseUrl: undefined,
      host: '127.0.0.1',
      port: 3000,
      roles: ['web', 'scheduler', 'worker'],
      parallelLoads: 2,
      leaseSeconds: 30,
      sources: new Map(),
      letters: ['C', 'E'],
      mics: null,
      keepWeeks: 2,
      mirrorUrl: undefined,
      filesDirectory: undefined,
      logLevel: 'info',
    } satisfies Config);
  });

  it('are their defaults where they are empty or blank', () => {
    const blank = Object.values(SETTINGS).map(({ name }, index) => [name, index % 2 === 0 ? '' : ' ']);
    expect(readConfig(Object.fromEntries(blank) as Record<string, string>)).toEqual(readConfig({}));
  });

  it('are read from the environment, without blanks around them', () => {
    expect(
      readConfig({
        ISINGLASS_HOME: '/var/lib/isinglass',
        DATABASE_URL: ' postgresql://reader:secret@db:5432/house ',
        HOST: '::1',
        PORT: '0',
        ISINGLASS_ROLES: 'worker, web',
        ISINGLASS_PARALLEL_LOADS: '4',
        ISINGLASS_LEASE_SECONDS: '10',
        ISINGLASS_SOURCES: '+in-nse-equities, -xx-iso-mic',
        ISINGLASS_PROFILE: 'bonds, E',
        ISINGLASS_VENUES: 'xpar, XETR',
        ISINGLASS_KEEP_WEEKS: '0',
        ISINGLASS_MIRROR_URL: 'https://mirror.example/public/',
        ISINGLASS_FILES: '/srv/files',
        ISINGLASS_LOG_LEVEL: 'debug',
      }),
    ).toEqual({
      home: '/var/lib/isinglass',
      databaseUrl: 'postgresql://reader:secret@db:5432/house',
      host: '::1',
      port: 0,
      roles: ['web', 'worker'],
      parallelLoads: 4,
      leaseSeconds: 10,
      sources: new Map([
        ['in-nse-equities', true],
        ['xx-iso-mic', false],
      ]),
      letters: ['D', 'E'],
      mics: ['XPAR', 'XETR'],
      keepWeeks: 0,
      mirrorUrl: 'https://mirror.example/public',
      filesDirectory: '/srv/files',
      logLevel: 'debug',
    } satisfies Config);
  });

  it.each(WRONG)('refuse %s=%s by its name', (name, value) => {
    const { code, message, nextStep } = refusalOf({ [name]: value });
    expect(code).toBe('SETTING_INVALID');
    expect(message.startsWith(`${name}: `)).toBe(true);
    expect(nextStep).not.toBe('');
  });

  it('have a wrong value in this test, each of them', () => {
    const tested = new Set([...WRONG.map(([name]) => name), ...TAKE_ANY]);
    expect([...tested].sort()).toEqual(
      Object.values(SETTINGS)
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('are all named at once when several are wrong', () => {
    const { message } = refusalOf({ PORT: 'x', HOST: 'y', ISINGLASS_LOG_LEVEL: 'z' });
    for (const name of ['PORT: ', 'HOST: ', 'ISINGLASS_LOG_LEVEL: ']) expect(message).toContain(name);
  });

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('take the loopback address %s', (HOST) => {
    expect(readConfig({ HOST }).host).toBe(HOST);
  });

  it.each([
    ['DATABASE_URL', 'mysql://keeper:s3cr3t-word@db/house'],
    ['DATABASE_URL', 'keeper:s3cr3t-word@db/house'],
    ['DATABASE_URL', 'postgres://keeper:s3cr3t-word@db:not-a-port/house'],
    ['ISINGLASS_MIRROR_URL', 'ftp://keeper:s3cr3t-word@mirror.example'],
  ])('never repeat a password: %s=%s', (name, value) => {
    const refusal = refusalOf({ [name]: value, PORT: 'x' });
    expect(refusal.message).toContain(`${name}: `);
    expect(`${refusal.message} ${refusal.nextStep} ${refusal.stack ?? ''}`).not.toMatch(/s3cr3t-word|keeper/);
  });
});

describe('a source', () => {
  const source = { id: 'xx-list', onByDefault: false };
  it.each([
    ['', false, false],
    ['', true, true],
    ['+xx-list', false, true],
    ['-xx-list', true, false],
    ['+other', false, false],
    ['-xx-list,+xx-list', false, true],
  ])('with the switches "%s" and the default %s: is it on? %s', (ISINGLASS_SOURCES, onByDefault, isOn) => {
    expect(isSourceOn({ ...source, onByDefault }, readConfig({ ISINGLASS_SOURCES }).sources)).toBe(isOn);
  });
});
