import { daysAfter, dayIn } from '../domain/day.js';
import type { Day } from '../domain/record.js';
import type { Schedule } from '../sources/source.js';
import { latestDueTime, laterThatDay, localTime } from './due-times.js';
import type { RunState } from './run.js';

/**
 * `waiting` for sources that come first, or for the edition of its day; `opened`: it has its run, and waits for nothing more;
 * `skipped`: no run, by the catch-up policy or because a newer slot came; `missed`: given up, with an alert.
 */
export const SLOT_STATES = ['waiting', 'opened', 'skipped', 'missed'] as const;
export type SlotState = (typeof SLOT_STATES)[number];

/** With the policy `all` so many of the latest due times get a run, where the schedule says nothing else. */
export const CATCH_UP_MOST = 14;
/** So long sources that come first are waited for, where the schedule says nothing else. */
export const PATIENCE_MINUTES = 120;
/** With the policy `skip` a due time is still served this long after: a tick is never quite on time. */
const SKIP_GRACE_MS = 120_000;
const MINUTE_MS = 60_000;

/** What somebody should know of, though no run failed. */
export interface Alert {
  readonly code: 'SLOT_MISSED' | 'DEPENDENCY_LATE';
  readonly message: string;
  readonly details: Readonly<Record<string, string>>;
}

/** A slot that is not over. */
export interface OpenSlot {
  readonly dueAt: Date;
  readonly writtenAt: Date;
  /** When it began to wait for sources that come first. */
  readonly waitsSince: Date;
  readonly lastRun: { readonly id: number; readonly state: RunState; readonly openedAt: Date } | null;
}

/** A source that comes first, and is on. */
export interface Dependency {
  readonly id: string;
  readonly schedule: Schedule;
  readonly lastConfirmedAt: Date | null;
  /** The latest of its due times of which it was already said that it is late. */
  readonly toldLateOf: Date | null;
}

/** What a decision on slots of a source is made from. */
export interface Standing {
  readonly now: Date;
  /** A run of the source waits or is running. */
  readonly isBusy: boolean;
  /** The newest full set or delta that was published. */
  readonly newestEditionOn: Day | null;
  readonly dependencies: readonly Dependency[];
}

/** What becomes of a slot now. */
export type Decision =
  | {
      readonly does: 'run';
      readonly state: 'opened' | 'waiting';
      readonly reason: string | null;
      readonly alerts: readonly Alert[];
    }
  | { readonly does: 'wait'; readonly reason: string }
  | {
      readonly does: 'end';
      readonly state: 'opened' | 'missed';
      readonly reason: string;
      readonly alerts: readonly Alert[];
    };

/** How many of the due times that were found at once get a run: the latest. */
export function servedOf(schedule: Schedule, due: readonly Date[], now: Date): number {
  const latest = due.at(-1);
  if (latest === undefined) return 0;
  switch (schedule.catchUp) {
    case 'all':
      return Math.min(due.length, schedule.catchUpMost ?? CATCH_UP_MOST);
    case 'latest':
      return 1;
    case 'skip':
      return now.getTime() - latest.getTime() <= SKIP_GRACE_MS ? 1 : 0;
  }
}

/** Why a due time that was found late got no run. */
export function skippedBy({ catchUp, catchUpMost = CATCH_UP_MOST }: Schedule): string {
  switch (catchUp) {
    case 'all':
      return `found late: the policy "all" catches up the latest ${catchUpMost} due times`;
    case 'latest':
      return 'found late: the policy "latest" catches up the latest due time alone';
    case 'skip':
      return 'found late: the policy "skip" catches up nothing';
  }
}

/** What becomes of a slot that is due, or waits. Nobody waits for it meanwhile: the next sweep asks again. */
export function decide(sourceId: string, schedule: Schedule, slot: OpenSlot, standing: Standing): Decision {
  return slot.lastRun === null
    ? begin(sourceId, schedule, slot, standing)
    : goOn(sourceId, schedule, slot, slot.lastRun, standing);
}

/** The first run, as soon as the sources that come first are there. */
function begin(sourceId: string, schedule: Schedule, slot: OpenSlot, standing: Standing): Decision {
  const late = standing.dependencies.flatMap((dependency) => lateFor(slot, dependency));
  const untold = late.filter(({ isTold }) => !isTold);
  const patience = (schedule.patienceMinutes ?? PATIENCE_MINUTES) * MINUTE_MS;
  const patienceEnd = new Date(slot.waitsSince.getTime() + patience);
  if (untold.length > 0 && standing.now < patienceEnd) {
    const until = clockTime(patienceEnd, schedule.timeZone);
    return { does: 'wait', reason: `waits for ${namesOf(untold)}, until ${until} at most` };
  }
  const giveUpAt = giveUpTime(schedule, slot);
  const reasons = [
    ...(late.length > 0 ? [`without ${namesOf(late)}: late`] : []),
    ...(giveUpAt === undefined ? [] : [`asks for the edition of ${editionDay(schedule, slot)}`]),
  ];
  return {
    does: 'run',
    state: giveUpAt === undefined ? 'opened' : 'waiting',
    reason: reasons.length > 0 ? reasons.join('; ') : null,
    alerts: untold.map(({ id, since }) => ({
      code: 'DEPENDENCY_LATE',
      message:
        `${sourceId}: the slot of ${slot.dueAt.toISOString()} runs without ${id}, ` +
        `which was not confirmed since it was due (${since.toISOString()})`,
      details: { dependency: id, since: since.toISOString() },
    })),
  };
}

/** A source that comes first is there when it was confirmed since its own latest due time. */
function lateFor(
  { dueAt }: OpenSlot,
  { id, schedule, lastConfirmedAt, toldLateOf }: Dependency,
): readonly { readonly id: string; readonly since: Date; readonly isTold: boolean }[] {
  const since = latestDueTime(schedule, dueAt) ?? new Date(0);
  if (lastConfirmedAt !== null && lastConfirmedAt >= since) return [];
  return [{ id, since, isTold: toldLateOf !== null && toldLateOf >= since }];
}

/** Asks again until the edition of the day was published. */
function goOn(
  sourceId: string,
  schedule: Schedule,
  slot: OpenSlot,
  lastRun: NonNullable<OpenSlot['lastRun']>,
  { now, isBusy, newestEditionOn }: Standing,
): Decision {
  const end = (reason: string): Decision => ({ does: 'end', state: 'opened', reason, alerts: [] });
  const { until, timeZone } = schedule;
  const giveUpAt = giveUpTime(schedule, slot);
  if (until === undefined || giveUpAt === undefined) return end('no edition is waited for any more');
  const day = editionDay(schedule, slot);
  if (newestEditionOn !== null && newestEditionOn >= day) return end(`the edition of ${day} is there`);
  if (lastRun.state === 'cancelled') return end(`run ${lastRun.id} was cancelled`);
  if (lastRun.state === 'held') return end(`run ${lastRun.id} holds an edition for a person`);

  // One that was found after its end has one run, and the time that this takes.
  const isFoundLate = slot.writtenAt >= giveUpAt;
  const patience = (schedule.patienceMinutes ?? PATIENCE_MINUTES) * MINUTE_MS;
  const last = isFoundLate ? new Date(lastRun.openedAt.getTime() + patience) : giveUpAt;
  if (now >= last || (isFoundLate && !isBusy)) {
    const reason = `no edition of ${day} by ${clockTime(giveUpAt, timeZone)}; run ${lastRun.id} ${lastRun.state}`;
    return {
      does: 'end',
      state: 'missed',
      reason,
      alerts: [
        {
          code: 'SLOT_MISSED',
          message: `${sourceId}: ${reason}`,
          details: { dueAt: slot.dueAt.toISOString(), day },
        },
      ],
    };
  }
  const again = new Date(lastRun.openedAt.getTime() + until.everyMinutes * MINUTE_MS);
  if (isBusy) return { does: 'wait', reason: `a run asks for the edition of ${day}` };
  if (now < again)
    return {
      does: 'wait',
      reason: `no edition of ${day} yet; asks again at ${clockTime(again, timeZone)}`,
    };
  return { does: 'run', state: 'waiting', reason: `asks again for the edition of ${day}`, alerts: [] };
}

/** Undefined where a slot has a single run. */
function giveUpTime({ until, timeZone }: Schedule, { dueAt }: OpenSlot): Date | undefined {
  return until === undefined ? undefined : laterThatDay(dueAt, until.giveUpAt, timeZone);
}

function editionDay({ until, timeZone }: Schedule, { dueAt }: OpenSlot): Day {
  return daysAfter(dayIn(dueAt, timeZone), -(until?.lagDays ?? 0));
}

function namesOf(sources: readonly { readonly id: string }[]): string {
  return sources.map(({ id }) => id).join(', ');
}

function clockTime(instant: Date, timeZone: string): string {
  return `${localTime(instant, timeZone).slice(11, 16)} ${timeZone}`;
}
