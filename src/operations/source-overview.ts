import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { CONFIG, isSourceOn, type Config } from '../config/settings.js';
import { Database, type Queries } from '../database/database.js';
import { nextDueTimes } from '../ingestion/slots.js';
import { SOURCES } from '../sources/index.js';
import type { Licence, Schedule } from '../sources/source.js';

/** So many next due times are shown. */
const SHOWN_DUE_TIMES = 3;

/** A source, what it last brought, and when it is due again. */
export interface SourceState {
  readonly id: string;
  readonly title: string;
  readonly publisher: string;
  readonly licence: Licence;
  readonly schedule: Schedule;
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
  ) {}

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
        schedule,
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
