import { NotFoundError } from '../common/errors.js';
import type { Day } from '../domain/day.js';
import type { Profile } from '../domain/profile.js';
import type { MergeCounts } from '../instruments/store.js';
import type { EditionKind } from '../sources/source.js';

export const RUN_STATES = [
  'queued',
  'running',
  'published',
  'unchanged',
  'held',
  'refused',
  'failed',
  'cancelled',
] as const;
export type RunState = (typeof RUN_STATES)[number];

/**
 * Why there is a run: its due time came, the source never had one, somebody asked, a run before it left editions over, or
 * somebody wants days of the archive.
 */
export const TRIGGERS = ['schedule', 'first', 'cli', 'api', 'backlog', 'backfill'] as const;
export type Trigger = (typeof TRIGGERS)[number];

/** What was asked of a run, beyond "bring the newest edition". */
export interface RunRequest {
  /** Files brought by hand, already in the file store. */
  readonly files?: readonly { readonly name: string; readonly sha256: string; readonly sizeBytes: number }[];
  /** Day of the edition the files are. */
  readonly editionOn?: string;
  /** This edition out of the publisher's archive; without a kind the full set of that day, else its delta. */
  readonly edition?: { readonly kind?: EditionKind; readonly editionOn: Day };
  /** The very files of this edition, which an earlier run brought. */
  readonly editionId?: number;
  /** Download and apply it again even if it is what was published last. */
  readonly force?: boolean;
  /** What the asker calls this request: the same key is the same run. */
  readonly idempotencyKey?: string;
  /** Publish although the gate would hold it, for this reason. */
  readonly approval?: string;
  /** Deltas are missing, and a person accepts it. */
  readonly isGapAccepted?: boolean;
  /** Why, in that person's words. */
  readonly gapReason?: string;
  /** What is taken of a list of millions, instead of what the settings say. */
  readonly profile?: Profile;
}

/** A run as it stands when one of its steps is claimed. */
export interface ClaimedRun {
  readonly id: number;
  readonly sourceId: string;
  /** Raised whenever what its steps did so far no longer counts. */
  readonly epoch: number;
  /** How often a process died on it. */
  readonly crashes: number;
  /** How often the house itself kept a step from being done since the last one that was. */
  readonly setbacks: number;
  readonly trigger: Trigger;
  readonly requested: RunRequest;
}

/** A step as its present owner holds it. */
export interface ClaimedStep {
  readonly run: ClaimedRun;
  readonly name: string;
  /** Fencing number of this claim. */
  readonly attempt: number;
  /** How often it was put off because the other side was busy or down. */
  readonly deferrals: number;
}

/** How a run ends. */
export interface RunEnd {
  readonly state: Exclude<RunState, 'queued' | 'running'>;
  readonly error?: Failure;
  readonly totals?: RunTotals;
  readonly publication?: number;
  /** The publisher has editions beyond this one: another run brings them in. */
  readonly hasFollower?: boolean;
}

/** What a step came to, made durable together with the step. */
export interface StepOutcome {
  /** Kept with the step, for those that follow. */
  readonly result: unknown;
  readonly editionId?: number;
  /** The run is over with this step. */
  readonly end?: RunEnd;
}

export interface RunTotals {
  readonly files: number;
  readonly rows: number;
  readonly rejected: number;
  /** Rows that are no data by the publisher's habit, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Records that differ only in letter case or blanks. */
  readonly cosmetic: number;
  /** Differences between a full set and what the deltas had made of the one before, by reason; all healed by it. */
  readonly drift: Readonly<Record<string, number>>;
  readonly records: MergeCounts['records'];
  readonly instruments: MergeCounts['instruments'];
}

/** Why something failed, as a person is told. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly nextStep: string;
}

/** How far a run is; `total` where it is known. */
export interface Progress {
  readonly step: string;
  readonly done: number;
  readonly total?: number;
  readonly unit: 'bytes' | 'rows' | '%';
}

/** There is none with this number, or it was deleted because it is old. */
export function unknownRun(id: number): NotFoundError {
  return new NotFoundError(
    'RUN_UNKNOWN',
    `there is no run ${id}`,
    'See the list of runs: npx isinglass runs',
  );
}
