import { backoffMs, parseHttpDate, parseRetryAfter, sleep } from './retry.js';

describe('backoffMs', () => {
  it('doubles up to a longest wait, with all of it left to chance', () => {
    expect([1, 2, 3, 4, 5, 6, 50].map((attempt) => backoffMs(attempt, () => 1))).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ]);
    expect(backoffMs(5, () => 0)).toBe(0);
    expect(backoffMs(3, () => 0.5)).toBe(2_000);
  });
});

describe('parseRetryAfter', () => {
  const now = new Date('2026-11-21T10:00:00Z');

  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Sat, 21 Nov 2026 10:01:00 GMT', 60_000],
    ['Sat, 21 Nov 2026 09:59:00 GMT', 0],
    ['-1', undefined],
    ['1.5', undefined],
    ['99999999999999999999', undefined],
    ['tomorrow', undefined],
    [undefined, undefined],
  ])('reads %s', (value, expected) => {
    expect(parseRetryAfter(value, now)).toBe(expected);
  });
});

describe('parseHttpDate', () => {
  it.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
    'reads %s',
    (value) => {
      expect(parseHttpDate(value)?.toISOString()).toBe('1994-11-06T08:49:37.000Z');
    },
  );

  it.each(['0', '-1', '', '2026-11-21', 'Sun, 99 Nov 1994 08:49:37 GMT', undefined])(
    'reads nothing from %s',
    (value) => {
      expect(parseHttpDate(value)).toBeUndefined();
    },
  );
});

describe('sleep', () => {
  it('ends with the reason of an abort', async () => {
    const reason = new Error('stop');
    const controller = new AbortController();
    const sleeping = sleep(60_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await expect(sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('ends by itself', async () => {
    await expect(sleep(1, new AbortController().signal)).resolves.toBeUndefined();
  });
});
