import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { CONFIG, isSourceOn, type Config } from '../config/settings.js';
import { Database, type Queries } from '../database/database.js';
import { localTime, nextDueTimes } from '../ingestion/due-times.js';
import { knownSource } from '../ingestion/known-source.js';
import { isPausedNow } from '../ingestion/pauses.js';
import { CATCH_UP_MOST, PATIENCE_MINUTES } from '../ingestion/slot-rules.js';
import { Slots, type WrittenSlot } from '../ingestion/slots.js';
import { SOURCES } from '../sources/index.js';
import type { Licence, Schedule, Source, Until } from '../sources/source.js';

/** So many next due times are shown of each source, and of one alone. */
const SHOWN_DUE_TIMES = 3;
const PREVIEWED_DUE_TIMES = 10;
const SHOWN_SLOTS = 20;

/** A schedule with its defaults filled in. */
export interface WholeSchedule extends Pick<Schedule, 'cron' | 'timeZone' | 'catchUp'> {
  /** Only with the policy `all`. */
  readonly catchUpMost: number | null;
  readonly after: readonly string[];
  /** Only where a source comes first, or the edition of a day is waited for. */
  readonly patienceMinutes: number | null;
  readonly until: Required<Until> | null;
}

/** When a source is due next, and what became of its last slots. */
export interface SchedulePreview {
  readonly id: string;
  readonly title: string;
  readonly isOn: boolean;
  readonly isPaused: boolean;
  readonly schedule: WholeSchedule;
  /** Ten, also of a source that is off or paused: then they are when it would be due. */
  readonly next: readonly { readonly dueAt: Date; readonly local: string }[];
  /** The newest first. */
  readonly slots: readonly WrittenSlot[];
}

/** A source, what it last brought, and when it is due again. */
export interface SourceState {
  readonly id: string;
  readonly title: string;
  readonly publisher: string;
  readonly licence: Licence;
  readonly schedule: WholeSchedule;
  readonly isOn: boolean;
  /** Empty when the source is off. */
  readonly nextDueAt: readonly Date[];
  readonly lastEdition: string | null;
  readonly lastPublication: number | null;
  /** When the publisher was last seen to hold what we hold. */
  readonly lastConfirmedAt: Date | null;
  readonly lastRun: { readonly id: number; readonly state: string; readonly code: string | null } | null;
}

type Facts = Pick<SourceState, 'id' | 'lastEdition' | 'lastPublication' | 'lastConfirmedAt' | 'lastRun'>;

/** All sources at a glance. */
@Injectable()
export class SourceOverview {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly database: Database,
    private readonly slots: Slots,
  ) {}

  /** @throws NotFoundError SOURCE_UNKNOWN */
  async schedule(sourceId: string): Promise<SchedulePreview> {
    const source = knownSource(sourceId);
    const { id, title, schedule } = source;
    const [stands] = await this.database.query<{ now: Date; isPaused: boolean }>(
      `SELECT clock_timestamp() AS now, ${isPausedNow('$1')} AS "isPaused"`,
      [id],
    );
    const { now, isPaused } = stands ?? { now: this.clock.now(), isPaused: false };
    return {
      id,
      title,
      isOn: isSourceOn(source, this.config.sources),
      isPaused,
      schedule: whole(source),
      next: nextDueTimes(schedule, now, PREVIEWED_DUE_TIMES).map((dueAt) => ({
        dueAt,
        local: localTime(dueAt, schedule.timeZone),
      })),
      slots: await this.slots.last(id, SHOWN_SLOTS),
    };
  }

  async list(db: Queries = this.database): Promise<readonly SourceState[]> {
    const facts = await db.query<{ [Key in keyof Facts]: Facts[Key] }>(
      `SELECT s.id, s.last_confirmed_at AS "lastConfirmedAt", p.number AS "lastPublication", p.edition_on AS "lastEdition",
              r.run AS "lastRun"
       FROM source s
       LEFT JOIN LATERAL (
         SELECT p.number, e.edition_on FROM publication p JOIN edition e ON e.id = p.edition_id
         WHERE p.source_id = s.id ORDER BY p.number DESC LIMIT 1) p ON true
       LEFT JOIN LATERAL (
         SELECT jsonb_build_object('id', id, 'state', state, 'code', error ->> 'code') AS run FROM run
         WHERE source_id = s.id ORDER BY id DESC LIMIT 1) r ON true`,
    );
    return SOURCES.map((source) => {
      const fact = facts.find(({ id }) => id === source.id);
      const isOn = isSourceOn(source, this.config.sources);
      const { id, title, publisher, licence, schedule } = source;
      return {
        id,
        title,
        publisher,
        licence,
        schedule: whole(source),
        isOn,
        nextDueAt: isOn ? nextDueTimes(schedule, this.clock.now(), SHOWN_DUE_TIMES) : [],
        lastEdition: fact?.lastEdition ?? null,
        lastPublication: fact?.lastPublication ?? null,
        lastConfirmedAt: fact?.lastConfirmedAt ?? null,
        lastRun: fact?.lastRun ?? null,
      };
    });
  }
}

function whole({ schedule }: Source): WholeSchedule {
  const { cron, timeZone, catchUp, catchUpMost = CATCH_UP_MOST, after = [], until } = schedule;
  const { patienceMinutes = PATIENCE_MINUTES } = schedule;
  return {
    cron,
    timeZone,
    catchUp,
    catchUpMost: catchUp === 'all' ? catchUpMost : null,
    after,
    patienceMinutes: after.length > 0 || until !== undefined ? patienceMinutes : null,
    until: until === undefined ? null : { lagDays: 0, ...until },
  };
}
