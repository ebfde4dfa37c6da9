import { EVERYTHING } from '../../../domain/profile.js';
import { listingWindow, waitingLetters } from './editions-window.js';

const now = new Date('2026-08-14T10:00:00Z');
const full = { editionOn: '2026-08-08', scopes: ['C', 'E'] };

describe('what a publisher is asked to list', () => {
  it('reaches back three weeks at first, and always to tomorrow', () => {
    expect(listingWindow({ full: undefined, deltaOn: undefined, now })).toEqual({
      from: '2026-07-24',
      to: '2026-08-15',
    });
  });

  it('reaches back to the day before the full set, so that its corrections are seen', () => {
    const window = { from: '2026-08-07', to: '2026-08-15' };
    expect(listingWindow({ full, deltaOn: undefined, now })).toEqual(window);
    expect(listingWindow({ full, deltaOn: '2026-08-13', now })).toEqual(window);
  });

  it('reaches back to the last delta when that is older', () => {
    expect(listingWindow({ full, deltaOn: '2026-08-05', now }).from).toBe('2026-08-04');
  });

  it('is never the wrong way round, whatever the clock says', () => {
    expect(listingWindow({ full, deltaOn: undefined, now: new Date('2020-01-01T00:00:00Z') })).toEqual({
      from: '2026-08-07',
      to: '2026-08-07',
    });
  });

  it('crosses ends of months and years', () => {
    const new2027 = {
      full: { ...full, editionOn: '2027-01-01' },
      deltaOn: undefined,
      now: new Date('2027-02-28T23:59:59Z'),
    };
    expect(listingWindow(new2027)).toEqual({ from: '2026-12-31', to: '2027-03-01' });
  });
});

describe('letters that wait for the next full set', () => {
  it('are those the last one did not cover', () => {
    expect(waitingLetters({ full, profile: { letters: ['C', 'E'], mics: null } })).toEqual([]);
    expect(waitingLetters({ full, profile: { letters: ['C', 'D', 'E', 'R'], mics: null } })).toEqual([
      'D',
      'R',
    ]);
    expect(waitingLetters({ full, profile: EVERYTHING })).toEqual(['D', 'F', 'H', 'I', 'J', 'O', 'R', 'S']);
  });

  it('are all wanted ones before the first', () => {
    expect(waitingLetters({ full: undefined, profile: { letters: ['E'], mics: null } })).toEqual(['E']);
  });

  it('are none that are never published', () => {
    expect(waitingLetters({ full, profile: { letters: ['E', 'K', 'T'], mics: null } })).toEqual([]);
  });
});
