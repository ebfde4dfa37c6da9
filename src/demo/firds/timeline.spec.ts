import { dateOf, dayNumber, dayOfTick, saturdayUntil, ticksOn, ticksThrough } from './timeline.js';

describe('the timeline', () => {
  it('numbers days from a Saturday on', () => {
    expect(dateOf(0)).toBe('1970-01-03');
    const saturday = dayNumber('2026-01-03');
    expect([saturday % 7, dateOf(saturday)]).toEqual([0, '2026-01-03']);
    expect(dateOf(saturdayUntil(dayNumber('2026-01-09')))).toBe('2026-01-03');
    expect(dateOf(saturdayUntil(dayNumber('2026-01-10')))).toBe('2026-01-10');
  });

  it('gives each tick to the day it is one of', () => {
    for (let day = dayNumber('2026-01-03'); day < dayNumber('2026-01-17'); day += 1) {
      expect(ticksThrough(day) - ticksThrough(day - 1)).toBe(ticksOn(day));
      expect(dayOfTick(ticksThrough(day) - 1)).toBe(day);
      expect(dayOfTick(ticksThrough(day))).toBe(day + 1);
    }
  });

  it('has its busy days from Tuesday to Saturday, for files tell of the day before', () => {
    const busy = Array.from({ length: 7 }, (_, at) => ticksOn(dayNumber('2026-01-05') + at) === 1_000);
    expect(busy).toEqual([false, true, true, true, true, true, false]);
  });
});
