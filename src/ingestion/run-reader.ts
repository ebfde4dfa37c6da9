import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, Repository } from 'typeorm';
import { Database } from '../database/database.js';
import { knownSource } from './known-source.js';
import { LOG_LEVELS, type LogLevel } from './run-log.js';
import {
  FindingEntity,
  RejectEntity,
  RunEntity,
  type EditionEntity,
  type RunStepEntity,
} from './run.entity.js';
import { unknownRun, type Failure, type RunState, type RunTotals, type Trigger } from './run.js';
import { waitsOf, type Waits } from './run-waits.js';

/** So many rejects and events are shown with a run; all are in the tables. */
const SHOWN = 100;

const EVENT = 'e.id, e.at, e.level, e.step, e.attempt, e.message, e.fields';

export interface RunSummary {
  readonly id: number;
  readonly source: string;
  readonly trigger: Trigger;
  readonly state: RunState;
  readonly edition: string | null;
  readonly kind: EditionEntity['kind'] | null;
  readonly publication: number | null;
  readonly totals: RunTotals | null;
  readonly error: Failure | null;
  /** Of a queued run what it waits for, in words. */
  readonly waits: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

export interface RunStory extends RunSummary {
  readonly steps: readonly {
    readonly name: string;
    readonly state: RunStepEntity['state'];
    readonly attempt: number;
    readonly error: Failure | null;
    readonly startedAt: Date;
    readonly endedAt: Date | null;
  }[];
  readonly findings: readonly Pick<FindingEntity, 'code' | 'severity' | 'message'>[];
  readonly rejects: readonly Pick<RejectEntity, 'part' | 'line' | 'reasons' | 'raw'>[];
  readonly events: readonly RunEvent[];
}

/** One line of a run's log. */
export interface RunEvent {
  readonly id: number;
  readonly at: Date;
  readonly level: LogLevel;
  readonly step: string | null;
  readonly attempt: number | null;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** How a run ended. */
export type EndedRun = Pick<RunSummary, 'state' | 'publication' | 'error'> & { readonly run: number };

/** One difference between a full set and what the deltas had made of the one before it. */
export interface Drift {
  readonly isin: string;
  readonly mic: string;
  readonly reason: DriftReason;
  /** Fields that differ, where the reason is `differs`. */
  readonly fields: readonly string[];
}

/**
 * `vanished` without a termination, `appeared` without being announced, `differs` in some field; `cancelled` in a list of
 * cancelled records, and open here.
 */
export const DRIFT_REASONS = ['vanished', 'appeared', 'differs', 'cancelled'] as const;
export type DriftReason = (typeof DRIFT_REASONS)[number];

/** Runs as people look at them. */
@Injectable()
export class RunReader {
  constructor(
    private readonly database: Database,
    @InjectRepository(RunEntity) private readonly runs: Repository<RunEntity>,
    @InjectRepository(FindingEntity) private readonly findings: Repository<FindingEntity>,
    @InjectRepository(RejectEntity) private readonly rejects: Repository<RejectEntity>,
  ) {}

  /** The newest runs first. @param before only runs older than this number @throws NotFoundError SOURCE_UNKNOWN */
  async list(filter: {
    readonly source?: string;
    readonly state?: RunState;
    readonly before?: number;
    readonly limit: number;
  }): Promise<readonly RunSummary[]> {
    if (filter.source !== undefined) knownSource(filter.source);
    const runs = await this.runs.find({
      where: {
        ...(filter.source !== undefined && { sourceId: filter.source }),
        ...(filter.state !== undefined && { state: filter.state }),
        ...(filter.before !== undefined && { id: LessThan(filter.before) }),
      },
      relations: { edition: true },
      order: { id: 'DESC' },
      take: filter.limit,
    });
    return this.summariesOf(runs);
  }

  /**
   * What the audit of a run found, in the order of ISIN and MIC.
   * @param after only what comes after this `ISIN/MIC`
   */
  async drift(filter: {
    readonly run: number;
    readonly reason?: DriftReason;
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly Drift[]> {
    const [isin = '', mic = ''] = filter.after?.split('/') ?? [];
    return this.database.query<Drift & Record<string, unknown>>(
      `SELECT isin, mic, reason, fields FROM drift
       WHERE run_id = $1 AND ($2::text IS NULL OR reason = $2) AND (isin, mic) > ($3, $4)
       ORDER BY isin, mic LIMIT $5`,
      [filter.run, filter.reason ?? null, isin, mic, filter.limit],
    );
  }

  /**
   * The log of a run, in the order in which it was written: see {@link RunLog.write}.
   * @param filter.after only events with a higher number
   * @param filter.level this one and those above it
   */
  async events(filter: {
    readonly run: number;
    readonly after?: number;
    readonly level?: LogLevel;
    readonly step?: string;
    readonly limit: number;
  }): Promise<readonly RunEvent[]> {
    const levels =
      filter.level === undefined ? LOG_LEVELS : LOG_LEVELS.slice(LOG_LEVELS.indexOf(filter.level));
    return this.database.query<RunEvent & Record<string, unknown>>(
      `SELECT ${EVENT} FROM run_event e
       WHERE e.run_id = $1 AND e.id > $2 AND e.level = ANY ($3) AND ($4::text IS NULL OR e.step = $4)
       ORDER BY e.id LIMIT $5`,
      [filter.run, filter.after ?? 0, levels, filter.step ?? null, filter.limit],
    );
  }

  /**
   * What is new in the log of a run, and its end when it has one, both of one moment; and what it waits for. A run has ended
   * for good a second after it said so: its last words may come just then.
   * @throws NotFoundError RUN_UNKNOWN
   */
  async news(
    run: number,
    after: number,
    limit: number,
  ): Promise<{
    readonly events: readonly RunEvent[];
    readonly waits: string | null;
    readonly end: EndedRun | null;
  }> {
    const rows = await this.database.query<
      { isOver: boolean; events: readonly (Omit<RunEvent, 'at'> & { at: string })[] } & Omit<EndedRun, 'run'>
    >(
      `SELECT r.state, r.publication, r.error,
              coalesce(r.ended_at < clock_timestamp() - interval '1 second', false) AS "isOver",
              (SELECT coalesce(json_agg(event ORDER BY event.id), '[]')
               FROM (SELECT ${EVENT} FROM run_event e WHERE e.run_id = r.id AND e.id > $2 ORDER BY e.id LIMIT $3) event)
                AS events
       FROM run r WHERE r.id = $1`,
      [run, after, limit],
    );
    const [row] = rows;
    if (row === undefined) throw unknownRun(run);
    const { isOver, events, ...end } = row;
    const waits = end.state === 'queued' ? await waitsOf(this.database, [run]) : undefined;
    return {
      events: events.map((event) => ({ ...event, at: new Date(event.at) })),
      waits: waits?.get(run) ?? null,
      end: isOver ? { run, ...end } : null,
    };
  }

  /** @throws NotFoundError RUN_UNKNOWN */
  async summary(id: number): Promise<RunSummary> {
    const run = await this.runs.findOne({ where: { id }, relations: { edition: true } });
    if (run === null) throw unknownRun(id);
    return this.summaryOf(run);
  }

  /** @throws NotFoundError RUN_UNKNOWN */
  async get(id: number): Promise<RunStory> {
    const run = await this.runs.findOne({ where: { id }, relations: { edition: true, steps: true } });
    if (run === null) throw unknownRun(id);
    const [findings, rejects, events] = await Promise.all([
      this.findings.find({ where: { runId: id }, order: { id: 'ASC' } }),
      this.rejects.find({ where: { runId: id }, order: { part: 'ASC', line: 'ASC' }, take: SHOWN }),
      this.database.query<RunEvent & Record<string, unknown>>(
        `SELECT ${EVENT} FROM run_event e WHERE e.run_id = $1 ORDER BY e.id DESC LIMIT $2`,
        [id, SHOWN],
      ),
    ]);
    return {
      ...(await this.summaryOf(run)),
      steps: run.steps
        .sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime())
        .map(({ name, state, attempt, error, startedAt, endedAt }) => ({
          name,
          state,
          attempt,
          error,
          startedAt,
          endedAt,
        })),
      findings: findings.map(({ code, severity, message }) => ({ code, severity, message })),
      rejects: rejects.map(({ part, line, reasons, raw }) => ({ part, line, reasons, raw })),
      events: events.reverse(),
    };
  }

  private async summaryOf(run: RunEntity): Promise<RunSummary> {
    const waits = await this.waitsOf([run]);
    return summaryOf(run, waits);
  }

  private async summariesOf(runs: readonly RunEntity[]): Promise<readonly RunSummary[]> {
    const waits = await this.waitsOf(runs);
    return runs.map((run) => summaryOf(run, waits));
  }

  private async waitsOf(runs: readonly RunEntity[]): Promise<Waits> {
    const queued = runs.filter(({ state }) => state === 'queued').map(({ id }) => id);
    return queued.length === 0 ? new Map() : waitsOf(this.database, queued);
  }
}

function summaryOf(run: RunEntity, waits: Waits): RunSummary {
  return {
    id: run.id,
    source: run.sourceId,
    trigger: run.trigger,
    state: run.state,
    edition: run.edition?.editionOn ?? null,
    kind: run.edition?.kind ?? null,
    publication: run.publication,
    totals: run.totals,
    error: run.error,
    waits: waits.get(run.id) ?? null,
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
  };
}
