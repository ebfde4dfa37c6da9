import { Inject, Injectable } from '@nestjs/common';
import { AuditLog, type By } from '../auth/audit-log.js';
import { BadRequestError, PublisherChangedError } from '../common/errors.js';
import { CONFIG, type Config } from '../config/settings.js';
import { Database, type Queryable } from '../database/database.js';
import { daysAfter, type Day } from '../domain/day.js';
import { EVERYTHING, type Profile } from '../domain/profile.js';
import type { Edition, Part, Source, Web } from '../sources/source.js';
import { Jobs } from './jobs.js';
import { knownSource } from './known-source.js';
import { lockSource, requireDay } from './operator.js';
import { isSourcePaused } from './pauses.js';
import { RunLedger } from './run-ledger.js';
import type { RunRequest } from './run.js';
import { requireArchive, requireProfile } from './steps/locate.js';
import { heldBy } from './steps/since.js';
import { WebClient } from './web/web-client.js';

/** More days or runs than this are asked for by mistake; a year and a month at a time are enough. */
export const MOST_BACKFILL_RUNS = 400;
/** Publishers are asked for so many sizes at once. */
const SIZES_AT_ONCE = 4;

/** Which days: those without a published edition, those whose last run did not succeed, or all. */
export const BACKFILL_MODES = ['missing', 'failed', 'all'] as const;
export type BackfillMode = (typeof BACKFILL_MODES)[number];

export interface BackfillOrder {
  readonly from: Day;
  readonly to: Day;
  readonly mode: BackfillMode;
  /** The newest day first. */
  readonly isBackwards: boolean;
  readonly isDryRun: boolean;
  /** First letters of the CFI, instead of what the settings say; `null` for all. */
  readonly letters?: readonly string[] | null;
}

/** One edition of a backfill. */
export interface BackfillEdition {
  readonly kind: Edition['kind'];
  readonly editionOn: Day;
  readonly files: number;
  /** Of a dry run, where the publisher says all sizes. */
  readonly sizeBytes: number | null;
  /** The run that brings it; `null` in a dry run, unless it waits already, and where it is left out. */
  readonly run: number | null;
  /** Why it is left out, as a code: the gate would refuse it. */
  readonly leftOut: string | null;
}

export interface BackfillPlan {
  readonly source: string;
  readonly isDryRun: boolean;
  /** The runs wait until somebody resumes the source. */
  readonly isPaused: boolean;
  /** In the order in which they are applied. */
  readonly editions: readonly BackfillEdition[];
  /** Of the editions that are not left out. */
  readonly totals: {
    readonly editions: number;
    readonly files: number;
    /** As far as it is known. */
    readonly sizeBytes: number;
    readonly filesOfUnknownSize: number;
    readonly leftOut: number;
    /** Runs that were made now. */
    readonly queued: number;
  };
}

/** An edition of the archive, and what the house knows of it. */
interface Candidate {
  readonly edition: Edition;
  /** It is wanted by the mode, and some run of it waits or is at work already. */
  readonly waitingRun: number | null;
  readonly leftOut: string | null;
}

type Sizes = ReadonlyMap<Part, number | undefined>;

/** Brings days of a publisher's archive: a run for each edition, which a worker takes one after the other. */
@Injectable()
export class Backfill {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: Database,
    private readonly ledger: RunLedger,
    private readonly log: AuditLog,
    private readonly web: WebClient,
    private readonly jobs: Jobs,
  ) {}

  /**
   * Asks the publisher what there is, and makes the runs, or says what it would do. Evidence is left alone: what was cancelled
   * in the past is compared with what is held now, which tells nothing. Asked twice, an edition whose run still waits is not
   * asked for again.
   * @throws NotFoundError SOURCE_UNKNOWN; BadRequestError BACKFILL_UNSUPPORTED, BACKFILL_RANGE, BACKFILL_TOO_LARGE,
   *   DAY_INVALID, PROFILE_UNSUPPORTED; whatever the publisher's list throws
   */
  async order(sourceId: string, order: BackfillOrder, by: By, signal?: AbortSignal): Promise<BackfillPlan> {
    const source = knownSource(sourceId);
    requireArchive(source);
    if (order.letters !== undefined) requireProfile(source);
    requireRange(order);
    const web = this.web.forHosts(source.hosts, signal);
    const profile = this.profileOf(source, order);
    const { from, to } = order;
    const listed = await source.editionsBetween(web, { from, to, profile });
    const wanted = await this.wanted(source, order, profile, listed);
    const due = wanted.filter(({ leftOut }) => leftOut === null);
    requireFew(due.length, order);
    const runs = order.isDryRun ? new Map<string, QueuedRun>() : await this.enqueue(source, order, due, by);
    const sizes = order.isDryRun ? await sizesOf(due, web) : new Map<Part, number>();
    const isPaused = await this.database.transaction((client) => isSourcePaused(client, source.id));
    return { ...planOf(source, order, wanted, sizes, runs), isPaused };
  }

  private profileOf(source: Source, { letters }: BackfillOrder): Profile {
    if (letters !== undefined) return { letters, mics: this.config.mics };
    return 'bulk' in source ? { letters: this.config.letters, mics: this.config.mics } : EVERYTHING;
  }

  private async wanted(
    source: Source,
    { from, to, mode, isBackwards }: BackfillOrder,
    profile: Profile,
    listed: readonly Edition[],
  ): Promise<readonly Candidate[]> {
    const days = await this.database.transaction((client) => daysOf(client, source.id, from, to));
    const editions = listed.filter((edition) => {
      const day = days.get(nameOf(edition));
      if (edition.kind === 'evidence') return false;
      if (mode === 'missing') return day?.isPublished !== true;
      return mode === 'all' || day?.hasFailed === true;
    });
    if (isBackwards) editions.reverse();
    const { full, deltaOn } = await heldBy(this.database, source.id, profile.mics);
    const foresight = new Foresight(
      await newestFullSets(this.database, source.id),
      [full?.editionOn, deltaOn]
        .filter((day) => day !== undefined)
        .sort()
        .at(-1),
    );
    return editions.map((edition) => ({
      edition,
      waitingRun: days.get(nameOf(edition))?.waitingRun ?? null,
      leftOut: foresight.refusalOf(edition),
    }));
  }

  /** @returns by their names, the runs that bring the editions: those made now and those that waited already */
  private async enqueue(
    source: Source,
    order: BackfillOrder,
    due: readonly Candidate[],
    by: By,
  ): Promise<ReadonlyMap<string, QueuedRun>> {
    const { from, to, mode, isBackwards, letters } = order;
    const queued = await this.database.transaction(async (client) => {
      await lockSource(client, source.id);
      const days = await daysOf(client, source.id, from, to);
      const runs = new Map<string, QueuedRun>();
      for (const { edition } of due) {
        const waiting = days.get(nameOf(edition))?.waitingRun ?? null;
        const requested = this.requestOf(edition, order);
        const id = waiting ?? (await this.ledger.enqueue(client, source.id, 'backfill', requested));
        runs.set(nameOf(edition), { id, isNew: waiting === null });
      }
      const made = [...runs.values()].filter(({ isNew }) => isNew).map(({ id }) => id);
      if (made.length > 0) {
        const details = { from, to, mode, isBackwards, letters, runs: made };
        await this.log.write(client, by, { action: 'backfill', sourceId: source.id, details });
      }
      return runs;
    });
    this.jobs.wake();
    return queued;
  }

  private requestOf({ kind, editionOn }: Edition, { mode, letters }: BackfillOrder): RunRequest {
    return {
      edition: { kind, editionOn },
      ...(mode === 'all' && { force: true }),
      ...(letters !== undefined && { profile: { letters, mics: this.config.mics } }),
    };
  }
}

interface QueuedRun {
  readonly id: number;
  readonly isNew: boolean;
}

/** What becomes of editions in the order of a backfill, as far as it can be known beforehand. */
class Foresight {
  private readonly newestFull: Map<string, Day>;

  /** @param reachedOn up to this day deltas were applied one after the other */
  constructor(
    newestFull: ReadonlyMap<string, Day>,
    private reachedOn: Day | undefined,
  ) {
    this.newestFull = new Map(newestFull);
  }

  /** The code with which it would be refused, if it would. */
  refusalOf({ kind, editionOn, parts }: Edition): string | null {
    if (kind === 'full') {
      const scopes = [...new Set(parts.map(({ scope }) => scope))];
      if (scopes.some((scope) => (this.newestFull.get(scope) ?? '') > editionOn)) return 'EDITION_OLDER';
      for (const scope of scopes) this.newestFull.set(scope, editionOn);
    } else if (this.reachedOn === undefined || daysAfter(this.reachedOn, 1) < editionOn) {
      return 'DELTA_GAP';
    }
    if (this.reachedOn === undefined || this.reachedOn < editionOn) this.reachedOn = editionOn;
    return null;
  }
}

/** What the house knows of one edition: by kind and day. */
interface KnownEdition {
  readonly name: string;
  readonly isPublished: boolean;
  /** The last run that tried it did not bring it in. */
  readonly hasFailed: boolean;
  readonly waitingRun: number | null;
}

function nameOf({ kind, editionOn }: Pick<Edition, 'kind' | 'editionOn'>): string {
  return `${kind} ${editionOn}`;
}

/** A run names its edition once the gate has seen it; before, its first step does, or what was asked of it. */
async function daysOf(
  db: Queryable,
  sourceId: string,
  from: Day,
  to: Day,
): Promise<ReadonlyMap<string, KnownEdition>> {
  const { rows } = await db.query<KnownEdition>(
    `WITH tried AS (
       SELECT r.id, r.state,
              coalesce(e.kind, s.result ->> 'kind', r.requested #>> '{edition,kind}') AS kind,
              coalesce(e.edition_on::text, s.result ->> 'editionOn', r.requested #>> '{edition,editionOn}') AS edition_on,
              r.requested #>> '{edition,kind}' AS asked_kind
       FROM run r
       LEFT JOIN edition e ON e.id = r.edition_id
       LEFT JOIN run_step s ON s.run_id = r.id AND s.name = 'locate' AND s.state = 'done'
       WHERE r.source_id = $1
     ), last AS (
       SELECT kind, edition_on,
              (array_agg(state ORDER BY id DESC))[1] IN ('failed', 'refused', 'held') AS has_failed,
              min(id) FILTER (WHERE state IN ('queued', 'running') AND asked_kind IS NOT NULL) AS waiting_run
       FROM tried WHERE edition_on BETWEEN $2 AND $3 GROUP BY kind, edition_on
     ), published AS (
       SELECT DISTINCT kind, edition_on::text AS edition_on FROM edition
       WHERE source_id = $1 AND state IN ('published', 'compared') AND edition_on BETWEEN $2::date AND $3::date
     )
     SELECT kind || ' ' || edition_on AS name, p.kind IS NOT NULL AS "isPublished",
            coalesce(has_failed, false) AS "hasFailed", waiting_run AS "waitingRun"
     FROM last FULL JOIN published p USING (kind, edition_on)`,
    [sourceId, from, to],
  );
  return new Map(rows.map((row) => [row.name, row]));
}

async function newestFullSets(database: Database, sourceId: string): Promise<ReadonlyMap<string, Day>> {
  const rows = await database.query<{ scope: string; editionOn: Day }>(
    `SELECT scope, max(edition_on) AS "editionOn" FROM edition, unnest(scopes) AS scope
     WHERE source_id = $1 AND kind = 'full' AND state = 'published' GROUP BY scope`,
    [sourceId],
  );
  return new Map(rows.map(({ scope, editionOn }) => [scope, editionOn]));
}

/** @throws BadRequestError DAY_INVALID, BACKFILL_RANGE, BACKFILL_TOO_LARGE */
function requireRange({ from, to }: BackfillOrder): void {
  requireDay(from);
  requireDay(to);
  if (to < from) {
    throw new BadRequestError(
      'BACKFILL_RANGE',
      `the last day, ${to}, comes before the first, ${from}`,
      'Name the older day first; "backwards" only says which is applied first.',
    );
  }
  if (daysAfter(from, MOST_BACKFILL_RUNS) <= to) throw tooLarge(`${from} to ${to} is too long`);
}

function requireFew(runs: number, { from, to }: BackfillOrder): void {
  if (runs > MOST_BACKFILL_RUNS) throw tooLarge(`${from} to ${to} would take ${runs} runs`);
}

function tooLarge(what: string): BadRequestError {
  return new BadRequestError(
    'BACKFILL_TOO_LARGE',
    `${what}: one backfill has at most ${MOST_BACKFILL_RUNS} days and runs`,
    'Ask for fewer days at a time.',
  );
}

async function sizesOf(due: readonly Candidate[], web: Web): Promise<Sizes> {
  const parts = due.flatMap(({ edition }) => edition.parts);
  const sizes = new Map<Part, number | undefined>();
  const waiting = parts[Symbol.iterator]();
  const askOneByOne = async (): Promise<void> => {
    for (const part of waiting) sizes.set(part, await sizeOf(part, web));
  };
  await Promise.all(Array.from({ length: SIZES_AT_ONCE }, askOneByOne));
  return sizes;
}

/** A file that is listed and not there is for its run to complain about. */
async function sizeOf({ url, headers }: Part, web: Web): Promise<number | undefined> {
  try {
    return (await web.head(url, headers)).sizeBytes;
  } catch (error) {
    if (error instanceof PublisherChangedError && error.code === 'PUBLISHER_NOT_FOUND') return undefined;
    throw error;
  }
}

function planOf(
  source: Source,
  { isDryRun }: BackfillOrder,
  wanted: readonly Candidate[],
  sizes: Sizes,
  runs: ReadonlyMap<string, QueuedRun>,
): Omit<BackfillPlan, 'isPaused'> {
  const editions = wanted.map(({ edition, waitingRun, leftOut }): BackfillEdition => {
    const { kind, editionOn, parts } = edition;
    const known = parts.map((part) => sizes.get(part));
    const isKnown = known.every((size) => size !== undefined);
    return {
      kind,
      editionOn,
      files: parts.length,
      sizeBytes: isKnown ? sum(known) : null,
      run: leftOut === null ? (runs.get(nameOf(edition))?.id ?? waitingRun) : null,
      leftOut,
    };
  });
  const due = editions.filter(({ leftOut }) => leftOut === null);
  const files = sum(due.map((each) => each.files));
  const known = [...sizes.values()].filter((size) => size !== undefined);
  return {
    source: source.id,
    isDryRun,
    editions,
    totals: {
      editions: due.length,
      files,
      sizeBytes: sum(known),
      filesOfUnknownSize: files - known.length,
      leftOut: editions.length - due.length,
      queued: [...runs.values()].filter(({ isNew }) => isNew).length,
    },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
