import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { By } from '../auth/audit-log.js';
import { BadRequestError } from '../common/errors.js';
import { CONFIG, type Config } from '../config/settings.js';
import { Database, type Client } from '../database/database.js';
import { isDay } from '../domain/day.js';
import type { Profile } from '../domain/profile.js';
import { followLicences } from '../instruments/redistributable.js';
import { SOURCES } from '../sources/index.js';
import { DecisionLog } from './decision-log.js';
import { knownSource } from './known-source.js';
import { FileStore } from './file-store.js';
import { RunLedger } from './run-ledger.js';
import { RunOwner } from './run-owner.js';
import type { Progress, RunRequest } from './run.js';
import { StepLedger } from './step-ledger.js';
import { StepRecovery } from './step-recovery.js';
import { StepRunner } from './step-runner.js';
import { requireProfile } from './steps/locate.js';

/** What a person may ask of an ingestion in the foreground. */
export interface IngestRequest {
  readonly files?: readonly string[];
  readonly editionOn?: string;
  readonly approval?: string;
  /** Why deltas may be missing. */
  readonly acceptsGap?: string;
  readonly profile?: Profile;
  /** Who asks, for the log. */
  readonly by?: By;
}

/** How an ingestion in the foreground is stopped and watched. */
export interface IngestOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** A step that another process is at is looked at again after this. */
const LOOK_AGAIN_MS = 500;
/** Half-written downloads older than this belong to nobody. */
const STALE_PART_MS = 6 * 3_600_000;

/** What doors and commands may ask of ingestion. */
@Injectable()
export class IngestionService implements OnModuleInit {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: Database,
    private readonly files: FileStore,
    private readonly runs: RunLedger,
    private readonly steps: StepLedger,
    private readonly recovery: StepRecovery,
    private readonly runner: StepRunner,
    private readonly log: DecisionLog,
  ) {}

  /** Writes the list of sources, as the code has it, where the merges look priorities up; sweeps what crashes left. */
  async onModuleInit(): Promise<void> {
    await this.database.query(
      `INSERT INTO source (id, priority, authoritative_for)
       SELECT id, priority, ARRAY(SELECT jsonb_array_elements_text("authoritativeFor"))
       FROM jsonb_to_recordset($1::jsonb) AS sources (id text, priority integer, "authoritativeFor" jsonb)
       ON CONFLICT (id) DO UPDATE SET priority = excluded.priority, authoritative_for = excluded.authoritative_for
       WHERE (source.priority, source.authoritative_for) IS DISTINCT FROM (excluded.priority, excluded.authoritative_for)`,
      [
        JSON.stringify(
          SOURCES.map(({ id, priority, authoritativeFor }) => ({ id, priority, authoritativeFor })),
        ),
      ],
    );
    await followLicences(
      this.database,
      SOURCES.map(({ id, licence: { mayRedistribute } }) => ({ id, mayRedistribute })),
    );
    await this.files.sweepParts(STALE_PART_MS);
  }

  /** Brings files into the store, and says what a run needs to know of them. */
  async storeFiles(paths: readonly string[]): Promise<NonNullable<RunRequest['files']>> {
    const stored = [];
    for (const path of paths) {
      const { sha256, sizeBytes } = await this.files.importFile(path);
      stored.push({ name: basename(path), sha256, sizeBytes });
    }
    return stored;
  }

  /**
   * One ingestion in this very process, from the publisher or from files brought by hand. A run of the source that
   * another process left half-way is finished first.
   * @returns numbers of the runs that ended, well or not: their ledger tells how. More than one when the publisher has
   *   editions that follow on each other.
   * @throws before there is a run: what is wrong with the request; else only the signal's reason
   */
  async ingest(sourceId: string, request: IngestRequest, options: IngestOptions): Promise<readonly number[]> {
    const source = knownSource(sourceId);
    if (request.editionOn !== undefined && !isDay(request.editionOn)) {
      throw new BadRequestError('DAY_INVALID', `"${request.editionOn}" is no day`, 'Write it as YYYY-MM-DD.');
    }
    if (request.profile !== undefined) requireProfile(source);
    const files = request.files?.length ? await this.storeFiles(request.files) : undefined;
    const requested: RunRequest = {
      files,
      editionOn: request.editionOn,
      approval: request.approval,
      profile: request.profile,
      ...(request.acceptsGap !== undefined && {
        isGapAccepted: true,
        gapReason: request.acceptsGap,
      }),
    };
    const owner = new RunOwner(this.database, this.config.leaseSeconds);
    await owner.open();
    try {
      for (const abandoned of await this.recovery.abandoned(source.id))
        await this.recovery.takeOver(abandoned);
      const leftHalfWay = await this.runs.leftHalfWay(source.id);
      if (leftHalfWay !== undefined) await this.carryOut(owner, leftHalfWay, options);
      const done: number[] = [];
      let run: number | undefined = await this.runs.start(
        owner.id,
        source.id,
        'cli',
        requested,
        (client, runId) => this.note(client, { sourceId: source.id, runId }, request),
      );
      while (run !== undefined) {
        await this.carryOut(owner, run, options);
        done.push(run);
        run = await this.runs.follower(source.id);
      }
      return done;
    } finally {
      await owner.close();
    }
  }

  /** What a person decided by asking so, in the log. */
  private async note(
    client: Client,
    on: { readonly sourceId: string; readonly runId: number },
    { by, approval, acceptsGap, files = [], editionOn }: IngestRequest,
  ): Promise<void> {
    if (by === undefined) return;
    const details = { files: files.map((path) => basename(path)), editionOn };
    await this.log.write(client, by, { action: 'ingest', ...on, details });
    const reasons = { approve: approval, 'accept-gap': acceptsGap };
    for (const [action, reason] of Object.entries(reasons)) {
      if (reason !== undefined) await this.log.write(client, { actor: by.actor, reason }, { action, ...on });
    }
  }

  /** Does the steps of a run in this process, or waits for those that another one is at, until the run has ended. */
  private async carryOut(owner: RunOwner, runId: number, options: IngestOptions): Promise<void> {
    await this.runs.attend(runId, owner.id);
    const atWork = new Map<string, Promise<void>>();
    const begin = async (step: string): Promise<void> => {
      try {
        const taken = await this.runner.perform(owner, { runId, step }, { ...options, isAttended: true });
        if (taken !== 'done')
          await delay(LOOK_AGAIN_MS, undefined, { signal: options.signal }).catch(() => undefined);
      } finally {
        atWork.delete(step);
      }
    };
    try {
      while (!(await this.runs.hasEnded(runId))) {
        options.signal.throwIfAborted();
        const pending = (await this.steps.pending(runId)).filter((step) => !atWork.has(step));
        for (const step of pending.slice(0, this.config.parallelLoads - atWork.size))
          atWork.set(step, begin(step));
        // None, when the run ended just now.
        if (atWork.size > 0) await Promise.race(atWork.values());
      }
    } finally {
      await Promise.allSettled(atWork.values());
      await this.runs.leave(runId, owner.id);
    }
  }
}
