import { jest } from '@jest/globals';
import { StepProgress } from './step-progress.js';

describe('a long step', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('says how far it is every quarter of a minute, and when it comes no further', () => {
    const lines: string[] = [];
    const progress = new StepProgress((message, { seconds }) => {
      lines.push(`${String(seconds)} s: ${message}`);
      return Promise.resolve();
    });
    jest.advanceTimersByTime(15_000);
    progress.note({ step: 'load X', done: 1_000, total: 2_500_000, unit: 'bytes' });
    progress.note({ step: 'load X', done: 1_200_000, total: 2_500_000, unit: 'bytes' });
    jest.advanceTimersByTime(30_000);
    progress.note({ step: 'load X', done: 12_345, unit: 'rows' });
    jest.advanceTimersByTime(15_000);
    progress.note({ step: 'load X', done: 40, total: 100, unit: '%' });
    jest.advanceTimersByTime(15_000);
    progress.end();
    jest.advanceTimersByTime(60_000);
    expect(lines).toEqual([
      '15 s: at work',
      '30 s: 1,200,000 of 2,500,000 bytes',
      '45 s: no further than 1,200,000 of 2,500,000 bytes',
      '60 s: 12,345 rows',
      '75 s: 40 %',
    ]);
  });

  it('goes on when it cannot be told', () => {
    const progress = new StepProgress(() => Promise.reject(new Error('PostgreSQL is away')));
    expect(() => jest.advanceTimersByTime(30_000)).not.toThrow();
    progress.end();
  });
});
