import fc from 'fast-check';
import { dayIn, isDay, parseDay, type DayFormat } from './day.js';

const realDay = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

describe('a day', () => {
  it.each(['2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31', '2023-04-30'])('may be %s', (text) => {
    expect(isDay(text)).toBe(true);
  });

  it.each([
    '2023-02-29',
    '1900-02-29',
    '2023-04-31',
    '2023-13-01',
    '2023-00-10',
    '2023-01-00',
    '0000-01-01',
    '2023-1-1',
    '20230101',
    '2023-01-01T00:00:00Z',
    '2023-01-01\n',
    '',
  ])('is not %j', (text) => {
    expect(isDay(text)).toBe(false);
  });

  it('is exactly what the calendar has', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), fc.nat(13), fc.nat(32), (year, month, day) => {
        const date = new Date(0);
        date.setUTCFullYear(year, month - 1, day);
        const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
        const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
        expect(isDay(text)).toBe(isReal);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('reading a day', () => {
  it.each<[string, DayFormat, string]>([
    ['06-OCT-2008', 'DD-MON-YYYY', '2008-10-06'],
    ['6-oct-2008', 'DD-MON-YYYY', '2008-10-06'],
    [' 29-Feb-2024 ', 'DD-MON-YYYY', '2024-02-29'],
    ['6-Oct-08', 'D-Mon-YY', '2008-10-06'],
    ['31-Dec-68', 'D-Mon-YY', '2068-12-31'],
    ['1-Jan-69', 'D-Mon-YY', '1969-01-01'],
    ['01-Jan-00', 'D-Mon-YY', '2000-01-01'],
    ['20081006', 'YYYYMMDD', '2008-10-06'],
    ['2008-10-06', 'YYYY-MM-DD', '2008-10-06'],
    ['JULY 2015', 'MONTH YYYY', '2015-07-01'],
    ['May  2015', 'MONTH YYYY', '2015-05-01'],
  ])('%j as %s gives %s', (text, format, day) => {
    expect(parseDay(text, format)).toBe(day);
  });

  it.each<[string, DayFormat]>([
    ['30-FEB-2024', 'DD-MON-YYYY'],
    ['06-OKT-2008', 'DD-MON-YYYY'],
    ['06-OCT-08', 'DD-MON-YYYY'],
    ['6-Oct-2008', 'D-Mon-YY'],
    ['29-Feb-23', 'D-Mon-YY'],
    ['20081306', 'YYYYMMDD'],
    ['2008-10-6', 'YYYY-MM-DD'],
    ['BEFORE JUNE 2005', 'MONTH YYYY'],
    ['JUL 2015', 'MONTH YYYY'],
    ['00000101', 'YYYYMMDD'],
    ['', 'YYYYMMDD'],
    ['-', 'DD-MON-YYYY'],
  ])('%j as %s gives nothing', (text, format) => {
    expect(parseDay(text, format)).toBeNull();
  });

  it('tries the formats in turn, and none that was not asked for', () => {
    expect(parseDay('20081006', 'YYYY-MM-DD', 'YYYYMMDD')).toBe('2008-10-06');
    expect(parseDay('20081006', 'YYYY-MM-DD')).toBeNull();
    expect(parseDay('20081006')).toBeNull();
  });

  it('gives back every day that was written', () => {
    fc.assert(
      fc.property(realDay, (day) => {
        expect(parseDay(day, 'YYYY-MM-DD')).toBe(day);
        expect(parseDay(day.replaceAll('-', ''), 'YYYYMMDD')).toBe(day);
      }),
    );
  });
});

describe('the day in a time zone', () => {
  it.each([
    ['2024-01-01T04:59:59Z', 'America/New_York', '2023-12-31'],
    ['2024-01-01T05:00:00Z', 'America/New_York', '2024-01-01'],
    ['2024-03-31T21:59:59Z', 'Europe/Paris', '2024-03-31'],
    ['2024-03-31T22:00:00Z', 'Europe/Paris', '2024-04-01'],
    ['2024-06-30T18:30:00Z', 'Asia/Kolkata', '2024-07-01'],
    ['0033-04-03T12:00:00Z', 'UTC', '0033-04-03'],
  ])('at %s in %s is %s', (instant, timeZone, day) => {
    expect(dayIn(new Date(instant), timeZone)).toBe(day);
  });

  it('is in UTC what the ISO form of the instant begins with', () => {
    fc.assert(
      fc.property(realDay, (day) => {
        expect(dayIn(new Date(`${day}T23:59:59.999Z`), 'UTC')).toBe(day);
      }),
    );
  });

  it('refuses unknown time zones and invalid dates', () => {
    expect(() => dayIn(new Date(0), 'Europe/Atlantis')).toThrow(RangeError);
    expect(() => dayIn(new Date(Number.NaN), 'UTC')).toThrow(RangeError);
  });
});
