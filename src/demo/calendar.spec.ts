import { addDays, businessDayAfter, checkDay, secondMonday, toBusinessDay, written } from './calendar.js';

describe('businessDayAfter', () => {
  it('leaves weekends out, from whatever weekday it starts', () => {
    for (const start of ['2026-01-05', '2026-01-06', '2026-01-07', '2026-01-08', '2026-01-09']) {
      let expected = start;
      for (let count = 0; count <= 300; count += 1) {
        expect(businessDayAfter(start, count)).toBe(expected);
        expected = toBusinessDay(addDays(expected, 1));
      }
    }
    expect(businessDayAfter('2026-01-09', 1)).toBe('2026-01-12');
  });
});

describe('toBusinessDay', () => {
  it('moves a weekend to Monday and leaves other days alone', () => {
    expect(['2026-01-03', '2026-01-04', '2026-01-05'].map(toBusinessDay)).toEqual(
      Array(3).fill('2026-01-05'),
    );
    expect(toBusinessDay('2026-01-09')).toBe('2026-01-09');
  });
});

describe('secondMonday', () => {
  it.each([
    ['2026-01-05', 0, '2026-01-12'],
    ['2026-01-31', 1, '2026-02-09'],
    ['2026-01-05', -1, '2025-12-08'],
    ['2026-06-30', 0, '2026-06-08'],
  ])('knows that of the month of %s and %i months on: %s', (day, months, expected) => {
    expect(secondMonday(day, months)).toBe(expected);
  });
});

describe('checkDay', () => {
  it('refuses what is no day of the calendar', () => {
    expect(checkDay('2028-02-29')).toBe('2028-02-29');
    for (const text of ['2026-02-29', '2026-1-5', 'today', ''])
      expect(() => checkDay(text)).toThrow(RangeError);
  });
});

describe('written', () => {
  it('writes a day as its name shows', () => {
    for (const [form, write] of Object.entries(written)) expect(write('2026-01-05')).toBe(form);
    expect(written['5-Jan-26']('2019-12-31')).toBe('31-Dec-19');
  });
});
