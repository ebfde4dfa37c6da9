import { errorCode, identifyProcess, isAlive, parseProcStat } from './process-identity.js';

const STAT = 'S 1 4242 4242 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 1000 100 18446744073709551615';

describe('parseProcStat', () => {
  it('finds the start behind a name that holds brackets and blanks', () => {
    expect(parseProcStat(`4242 (a) b (c)) ${STAT}`)).toBe('987654');
  });

  it('takes a zombie for dead', () => {
    expect(parseProcStat(`4242 (node) ${STAT.replace('S', 'Z')}`)).toBeUndefined();
  });
});

describe('isAlive', () => {
  it('knows the process it looks at', () => {
    expect(isAlive(identifyProcess(process.pid)!)).toBe(true);
  });

  it('is not deceived by a pid that was given again', () => {
    expect(isAlive({ pid: process.pid, startedAt: '1' })).toBe(false);
  });

  it('says no to a pid that nobody has', () => {
    expect(isAlive({ pid: 2 ** 22 + 1, startedAt: '1' })).toBe(false);
  });
});

describe('errorCode', () => {
  it('reads the code of a system error only', () => {
    const codes = [
      Object.assign(new Error('no'), { code: 'ENOENT' }),
      new Error('no'),
      { code: 5 },
      undefined,
    ];
    expect(codes.map(errorCode)).toEqual(['ENOENT', undefined, undefined, undefined]);
  });
});
