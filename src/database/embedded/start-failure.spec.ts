import { NotFoundError } from '../../common/errors.js';
import { explainFileError, explainOutput, lastLines } from './start-failure.js';

describe('explainOutput', () => {
  it.each([
    [
      'EMBEDDED_POSTGRES_DISK_FULL',
      'FATAL:  could not write lock file "postmaster.pid": No space left on device',
    ],
    [
      'EMBEDDED_POSTGRES_DISK_FULL',
      'could not extend file "base/1/2691": wrote only 4096 of 8192 bytes\nHINT:  Check free disk space.',
    ],
    [
      'EMBEDDED_POSTGRES_SHARED_MEMORY',
      'could not resize shared memory segment "/PostgreSQL.1" to 1 bytes: No space left on device',
    ],
    [
      'EMBEDDED_POSTGRES_SHARED_MEMORY',
      'FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use',
    ],
    ['EMBEDDED_POSTGRES_PORT_TAKEN', 'LOG:  could not bind IPv4 address "127.0.0.1": Address already in use'],
    ['EMBEDDED_POSTGRES_VERSION', 'FATAL:  database files are incompatible with server'],
    [
      'EMBEDDED_POSTGRES_LOCKED',
      'FATAL:  lock file "postmaster.pid" already exists\nHINT:  Is another postmaster (PID 7) running',
    ],
    ['EMBEDDED_POSTGRES_PERMISSIONS', 'FATAL:  data directory "/x" has invalid permissions'],
    ['EMBEDDED_POSTGRES_PERMISSIONS', 'FATAL:  could not open file "global/pg_control": Permission denied'],
    ['EMBEDDED_POSTGRES_START_FAILED', 'PANIC:  could not locate a valid checkpoint record'],
  ])('%s: %s', (code, output) => {
    const error = explainOutput('at its start', output, '/home/log/postgres.log');
    expect(error.code).toBe(code);
    expect(error.message).toContain(output);
    expect(error.nextStep).not.toBe('');
  });

  it('says so when nothing was written', () => {
    expect(explainOutput('at its start', '', '/home/log/postgres.log').message).toContain(
      'It wrote nothing.',
    );
  });
});

describe('explainFileError', () => {
  const systemError = (code: string) => Object.assign(new Error(`${code}: mkdir '/home/x'`), { code });

  it.each([
    ['ENOSPC', 'EMBEDDED_POSTGRES_DISK_FULL'],
    ['EACCES', 'EMBEDDED_POSTGRES_HOME_NOT_WRITABLE'],
    ['EROFS', 'EMBEDDED_POSTGRES_HOME_NOT_WRITABLE'],
  ])('turns %s into %s, and keeps the cause', (code, ours) => {
    const cause = systemError(code);
    expect(explainFileError(cause, '/home')).toMatchObject({ code: ours, cause });
  });

  it('lets everything else pass', () => {
    const others = [systemError('EIO'), new NotFoundError('NONE', 'none', 'look elsewhere'), new Error('no')];
    expect(others.map((error) => explainFileError(error, '/home'))).toEqual(others);
  });
});

describe('lastLines', () => {
  it('leaves empty lines out', () => {
    expect(lastLines('a\nb\n\n  \nc\n', 2)).toBe('b\nc');
  });
});
