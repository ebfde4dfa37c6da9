import type { Clock } from '../../common/clock.js';
import type { Config } from '../../config/settings.js';
import type { Database } from '../../database/database.js';
import type { FileStore } from '../file-store.js';

/** What a sweep works on, and for how long things are kept. */
export interface SweptHouse {
  readonly database: Database;
  readonly files: FileStore;
  readonly clock: Clock;
  readonly keeps: Pick<Config, 'keepRunsDays' | 'keepLogDays' | 'keepFilesDays' | 'keepWeeks'>;
  /** Only count what would be deleted. */
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
}

/** Deletes one kind of what is old. */
export interface Sweep {
  readonly kind: string;
  /** @returns how many were deleted, or would be */
  readonly sweep: (house: SweptHouse) => Promise<number>;
}

/** An edition `e` that waits for a person: held, and none of its kind published since. */
export const WAITS_FOR_DECISION = `(e.state = 'held' AND NOT EXISTS (
  SELECT FROM edition later
  WHERE later.source_id = e.source_id AND later.kind = e.kind AND later.state = 'published'
    AND (later.edition_on, later.id) > (e.edition_on, e.id)))`;
