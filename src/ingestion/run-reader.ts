import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, Repository } from 'typeorm';
import { NotFoundError } from '../common/errors.js';
import { Database } from '../database/database.js';
import { FindingEntity, RejectEntity, RunEntity, RunEventEntity } from './run.entity.js';
import type { Failure, RunState, RunTotals, Trigger } from './run.js';

/** So many rejects and events are shown with a run; all are in the tables. */
const SHOWN = 100;

export interface RunSummary {
  readonly id: number;
  readonly source: string;
  readonly trigger: Trigger;
  readonly state: RunState;
  readonly edition: string | null;
  readonly publication: number | null;
  readonly totals: RunTotals | null;
  readonly error: Failure | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

export interface RunStory extends RunSummary {
  readonly steps: readonly {
    readonly name: string;
    readonly state: string;
    readonly error: Failure | null;
    readonly startedAt: Date;
    readonly endedAt: Date | null;
  }[];
  readonly findings: readonly Pick<FindingEntity, 'code' | 'severity' | 'message'>[];
  readonly rejects: readonly Pick<RejectEntity, 'part' | 'line' | 'reasons' | 'raw'>[];
  readonly events: readonly Pick<RunEventEntity, 'at' | 'level' | 'step' | 'message'>[];
}

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
    @InjectRepository(RunEventEntity) private readonly events: Repository<RunEventEntity>,
  ) {}

  /** The newest runs first. @param before only runs older than this number */
  async list(filter: {
    readonly source?: string;
    readonly state?: RunState;
    readonly before?: number;
    readonly limit: number;
  }): Promise<readonly RunSummary[]> {
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
    return runs.map(summaryOf);
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

  /** @throws NotFoundError RUN_UNKNOWN */
  async get(id: number): Promise<RunStory> {
    const run = await this.runs.findOne({ where: { id }, relations: { edition: true, steps: true } });
    if (run === null) {
      throw new NotFoundError(
        'RUN_UNKNOWN',
        `there is no run ${id}`,
        'See the list of runs: npx isinglass runs',
      );
    }
    const [findings, rejects, events] = await Promise.all([
      this.findings.find({ where: { runId: id }, order: { id: 'ASC' } }),
      this.rejects.find({ where: { runId: id }, order: { part: 'ASC', line: 'ASC' }, take: SHOWN }),
      this.events.find({ where: { runId: id }, order: { id: 'DESC' }, take: SHOWN }),
    ]);
    return {
      ...summaryOf(run),
      steps: run.steps
        .sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime())
        .map(({ name, state, error, startedAt, endedAt }) => ({ name, state, error, startedAt, endedAt })),
      findings: findings.map(({ code, severity, message }) => ({ code, severity, message })),
      rejects: rejects.map(({ part, line, reasons, raw }) => ({ part, line, reasons, raw })),
      events: events.reverse().map(({ at, level, step, message }) => ({ at, level, step, message })),
    };
  }
}

function summaryOf(run: RunEntity): RunSummary {
  return {
    id: run.id,
    source: run.sourceId,
    trigger: run.trigger,
    state: run.state,
    edition: run.edition?.editionOn ?? null,
    publication: run.publication,
    totals: run.totals,
    error: run.error,
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
  };
}
