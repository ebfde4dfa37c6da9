import { Cron } from 'croner';
import { dayIn } from '../domain/day.js';
import type { Schedule } from '../sources/source.js';

/** When a schedule is due: as much of it as this file reads. */
type Times = Pick<Schedule, 'cron' | 'timeZone'>;

const DAY_MS = 86_400_000;
/** Further than this nobody looks for a due time: no list is due less than once in four years. */
const FARTHEST_MS = 5 * 366 * DAY_MS;
/** No zone changes its clock twice within it. */
const SAMPLE_MS = 7 * DAY_MS;

/**
 * Due times after one instant, up to and including another, oldest first; the latest `most` of them. A local time that a
 * change of the clock leaves out is due at the end of the gap, and one that it repeats is due once. An expression that
 * asks for several an hour has none in the gap, and all of them again in the hour that is repeated.
 */
export function dueTimes(schedule: Times, after: Date, until: Date, most: number): Date[] {
  // Walked forwards from ever earlier: a year of a schedule by the minute costs no more than its last day.
  for (let reach = DAY_MS; ; reach *= 4) {
    const from = Math.max(after.getTime(), until.getTime() - reach);
    const due: Date[] = [];
    for (const next of dueAfter(schedule, new Date(from))) {
      if (next > until) break;
      due.push(next);
    }
    if (due.length >= most) return due.slice(-most);
    if (from === after.getTime()) return due;
  }
}

/** The next due times. */
export function nextDueTimes(schedule: Times, after: Date, count: number): Date[] {
  const due: Date[] = [];
  for (const next of dueAfter(schedule, after)) {
    if (due.push(next) >= count) break;
  }
  return due;
}

/** The latest due time up to and including an instant, if there is one within five years. */
export function latestDueTime(schedule: Times, until: Date): Date | undefined {
  return dueTimes(schedule, new Date(until.getTime() - FARTHEST_MS), until, 1).at(0);
}

/** The instant of a local time (`HH:MM`) on the local day of another instant, unless it is past by then. */
export function laterThatDay(instant: Date, time: string, timeZone: string): Date | undefined {
  const [hours = '', minutes = ''] = time.split(':');
  const cron = `${Number(minutes)} ${Number(hours)} * * *`;
  const [next] = nextDueTimes({ cron, timeZone }, new Date(instant.getTime() - 1), 1);
  return next !== undefined && dayIn(next, timeZone) === dayIn(instant, timeZone) ? next : undefined;
}

/** As the clock on the wall shows it, with its distance from UTC: `2026-10-25T02:30:00+01:00`. */
export function localTime(instant: Date, timeZone: string): string {
  const offset = offsetMs(instant.getTime(), timeZone);
  const wall = new Date(instant.getTime() + offset).toISOString().slice(0, 19);
  const minutes = Math.abs(offset) / 60_000;
  const parts = [Math.trunc(minutes / 60), Math.trunc(minutes % 60)].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${wall}${offset < 0 ? '-' : '+'}${parts.join(':')}`;
}

function* dueAfter({ cron, timeZone }: Times, after: Date): Generator<Date> {
  const schedule = new Cron(cron, { timezone: timeZone, paused: true });
  const wall = new Cron(cron, { timezone: 'UTC', paused: true });
  for (let last = after; ;) {
    const next = schedule.nextRun(last) ?? undefined;
    const end = next?.getTime() ?? last.getTime() + FARTHEST_MS;
    const gap = midnightGaps(timeZone, last.getTime(), end).find((each) => isLeftOut(wall, each));
    const due = gap === undefined ? next : new Date(gap.at);
    if (due === undefined) return;
    yield due;
    last = due;
  }
}

/** A change of the clock over midnight: from one time on the wall to another, in the morning of the next day. */
interface MidnightGap {
  readonly at: number;
  readonly wallFrom: number;
  readonly wallTo: number;
}

/**
 * Is one due time in the gap? croner 11.0.1 finds the end of a gap on the same day only, and leaves out what was due at
 * 23:00 where that is 0:00 of the next day: in March in Nuuk and in Ittoqqortoormiit.
 */
function isLeftOut(wall: Cron, { wallFrom, wallTo }: MidnightGap): boolean {
  const [first, second] = wall.nextRuns(2, new Date(wallFrom - 1));
  return first !== undefined && first.getTime() < wallTo && !(second && second.getTime() < wallTo);
}

const GAPS = new Map<string, readonly MidnightGap[]>();

/** Those that end after one instant and before another. */
function midnightGaps(timeZone: string, after: number, before: number): readonly MidnightGap[] {
  const found: MidnightGap[] = [];
  for (let year = new Date(after).getUTCFullYear(); year <= new Date(before).getUTCFullYear(); year += 1) {
    const key = `${timeZone} ${year}`;
    let gaps = GAPS.get(key);
    if (gaps === undefined) GAPS.set(key, (gaps = midnightGapsOf(timeZone, year)));
    found.push(...gaps.filter(({ at }) => after < at && at < before));
  }
  return found;
}

function midnightGapsOf(timeZone: string, year: number): readonly MidnightGap[] {
  const gaps: MidnightGap[] = [];
  const yearEnd = Date.UTC(year + 1, 0);
  for (let from = Date.UTC(year, 0); from < yearEnd; from += SAMPLE_MS) {
    const to = Math.min(from + SAMPLE_MS, yearEnd);
    const [earlier, later] = [offsetMs(from, timeZone), offsetMs(to, timeZone)];
    if (later <= earlier) continue;
    const at = changeBetween(from, to, timeZone);
    const [wallFrom, wallTo] = [at + earlier, at + later];
    if (Math.floor(wallFrom / DAY_MS) < Math.floor(wallTo / DAY_MS)) gaps.push({ at, wallFrom, wallTo });
  }
  return gaps;
}

/** The second at which the clock changes. */
function changeBetween(from: number, to: number, timeZone: string): number {
  const before = offsetMs(from, timeZone);
  let [low, high] = [from, to];
  while (high - low > 1_000) {
    const middle = Math.floor((low + high) / 2_000) * 1_000;
    if (offsetMs(middle, timeZone) === before) low = middle;
    else high = middle;
  }
  return high;
}

const WALLS = new Map<string, Intl.DateTimeFormat>();

/** How far a zone's clocks are ahead of UTC at an instant. */
function offsetMs(instant: number, timeZone: string): number {
  let wall = WALLS.get(timeZone);
  if (wall === undefined) {
    wall = new Intl.DateTimeFormat('en', {
      ...{ timeZone, calendar: 'iso8601', numberingSystem: 'latn', hourCycle: 'h23' },
      ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
    WALLS.set(timeZone, wall);
  }
  const part = new Map(wall.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const of = (type: Intl.DateTimeFormatPartTypes): number => part.get(type) ?? 0;
  const shown = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return shown - Math.floor(instant / 1_000) * 1_000;
}
