import { Inject, Injectable } from '@nestjs/common';
import type { By } from '../auth/audit-log.js';
import { CLOCK, type Clock } from '../common/clock.js';
import { BadRequestError, ConflictError } from '../common/errors.js';
import { CONFIG, type Config } from '../config/settings.js';
import { Database, type Client } from '../database/database.js';
import { dayIn, daysAfter, isDay, type Day } from '../domain/day.js';
import type { EditionKind, Source } from '../sources/source.js';
import { DecisionLog } from './decision-log.js';
import { Jobs } from './jobs.js';
import { knownSource } from './known-source.js';
import { isSourcePaused } from './pauses.js';
import { RunLedger, runInProgress } from './run-ledger.js';
import { writeLine } from './run-log.js';
import { unknownRun, type Failure, type RunRequest, type RunState } from './run.js';
import { requireArchive, requireProfile } from './steps/locate.js';

export interface RunDecided {
  /** The run that was decided on; of an approval the one that publishes. */
  readonly run: number;
  readonly source: string;
  readonly state: RunState;
  readonly changed: boolean;
  /** The run waits until somebody resumes its source. */
  readonly isPaused: boolean;
}

/** What is asked of a run now, beyond "bring what is new". */
export interface RunOrder {
  readonly editionOn?: Day;
  readonly kind?: EditionKind;
  /** First letters of the CFI, instead of what the settings say; `null` for all. */
  readonly letters?: readonly string[] | null;
  readonly force?: boolean;
  /** Why deltas may be missing. */
  readonly gapReason?: string;
  readonly idempotencyKey?: string;
}

/** The door through which a run was asked for. */
type Door = 'cli' | 'api';

const ENDED_WELL: readonly RunState[] = ['published', 'unchanged'];

interface RunFacts {
  readonly id: number;
  readonly source: string;
  readonly state: RunState;
  readonly error: Failure | null;
  readonly editionId: number | null;
  readonly editionOn: Day | null;
  readonly editionState: string | null;
  readonly areFilesGone: boolean;
}

/**
 * What people do about runs. Each action is one transaction that holds the change and its line in the log;
 * done twice it changes nothing the second time.
 */
@Injectable()
export class Operator {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly database: Database,
    private readonly ledger: RunLedger,
    private readonly log: DecisionLog,
    private readonly jobs: Jobs,
  ) {}

  /**
   * Asks for a run, to be carried out by a worker. The same key gives the same run. A run that waits for a publisher that was
   * busy is brought forward, unless something special is asked: whoever asks now does not want to wait.
   * @throws NotFoundError SOURCE_UNKNOWN; BadRequestError DAY_INVALID, EDITION_IN_FUTURE, BACKFILL_UNSUPPORTED,
   *   PROFILE_UNSUPPORTED; ConflictError RUN_IN_PROGRESS, IDEMPOTENCY_KEY_REUSED
   */
  async run(sourceId: string, order: RunOrder, door: Door, by: By): Promise<RunDecided> {
    const asked = knownSource(sourceId);
    const { id: source } = asked;
    const requested = this.requestOf(asked, order);
    return this.decide(async (client) => {
      await lockSource(client, source);
      const known = await runOfKey(client, source, requested);
      if (known !== undefined) return this.runDecided(client, known, false);
      const forward =
        Object.keys(requested).length === 0 ? await this.ledger.bringForward(client, source) : undefined;
      if (forward === undefined) await this.ledger.refuseSecondRun(client, source, ['queued', 'running']);
      const runId = forward ?? (await this.ledger.enqueue(client, source, door, requested));
      const details = forward === undefined ? { ...requested } : { isBroughtForward: true };
      await this.log.write(client, by, { action: 'run', sourceId: source, runId, details });
      if (order.gapReason !== undefined) {
        const accepts = { actor: by.actor, reason: order.gapReason };
        await this.log.write(client, accepts, { action: 'accept-gap', sourceId: source, runId });
      }
      return this.runDecided(client, runId, true);
    });
  }

  /** Ends a run that waits or is at work. One that has ended stays as it is. @throws NotFoundError RUN_UNKNOWN; BadRequestError REASON_MISSING */
  async cancel(runId: number, by: By): Promise<RunDecided> {
    const reason = requireReason(by, 'cancel a run');
    return this.decide(async (client) => {
      const { source } = await factsOf(client, runId);
      const changed = await this.ledger.cancel(client, runId, `cancelled by ${by.actor}: ${reason}`);
      if (changed) await this.log.write(client, by, { action: 'cancel', sourceId: source, runId });
      return this.runDecided(client, runId, changed);
    });
  }

  /**
   * Puts a run that failed, was refused, held or cancelled back into the queue: it goes on at the step that was not done.
   * One that waits, is at work or ended well stays as it is. @throws NotFoundError RUN_UNKNOWN
   */
  async retry(runId: number, by: By): Promise<RunDecided> {
    return this.decide(async (client) => {
      const facts = await factsOf(client, runId);
      const { source, state, error, editionId } = facts;
      // What it held was decided on: its story stays.
      if (editionId !== null && (await publishingRun(client, facts)) !== undefined) {
        return this.runDecided(client, runId, false);
      }
      // The ledger calls it an error to do again what ended well.
      const changed = !ENDED_WELL.includes(state) && (await this.ledger.retry(client, runId));
      const details = { was: state, ...(error !== null && { code: error.code }) };
      if (changed) await this.log.write(client, by, { action: 'retry', sourceId: source, runId, details });
      return this.runDecided(client, runId, changed);
    });
  }

  /**
   * Publishes the very edition that a run held, out of the file store, whatever the publisher shows meanwhile: a run of its
   * own applies it. The run that held it keeps its story. A person may think better of a rejection.
   * @returns the run that publishes it
   * @throws NotFoundError RUN_UNKNOWN; ConflictError RUN_NOT_HELD, EDITION_FILES_GONE, EDITION_OLDER; BadRequestError
   *   REASON_MISSING
   */
  async approve(runId: number, door: Door, by: By): Promise<RunDecided> {
    const approval = requireReason(by, 'approve an edition');
    return this.decide(async (client) => {
      await lockSource(client, (await factsOf(client, runId)).source);
      const held = await factsOf(client, runId);
      const publishing = await publishingRun(client, held);
      if (publishing !== undefined) return this.runDecided(client, publishing, false);
      const isRejected = held.state === 'refused' && held.editionState === 'refused';
      if (held.editionId === null || (held.state !== 'held' && !isRejected)) throw notHeld(held);
      if (held.areFilesGone) throw filesGone(held);
      await refuseOlder(client, held);
      const requested: RunRequest = { editionId: held.editionId, approval };
      const run = await this.ledger.enqueue(client, held.source, door, requested);
      // Who looks at it later must not be told to decide.
      await client.query(
        `UPDATE run SET error = jsonb_set(error, '{nextStep}', to_jsonb($2::text))
         WHERE edition_id = $1 AND state IN ('held', 'refused') AND error IS NOT NULL`,
        [held.editionId, `Nothing: it was approved since. See npx isinglass runs ${run}.`],
      );
      await writeLine(client, run, {
        level: 'info',
        message: `publishes what run ${runId} held: approved by ${by.actor}: ${approval}`,
      });
      await this.log.write(client, by, {
        action: 'approve',
        sourceId: held.source,
        runId,
        editionId: held.editionId,
        details: { run, editionOn: held.editionOn },
      });
      return this.runDecided(client, run, true);
    });
  }

  /**
   * The edition that a run held is not wanted: it is left aside until its files change.
   * @throws NotFoundError RUN_UNKNOWN; ConflictError RUN_NOT_HELD, RUN_IN_PROGRESS; BadRequestError REASON_MISSING
   */
  async reject(runId: number, by: By): Promise<RunDecided> {
    const reason = requireReason(by, 'reject an edition');
    return this.decide(async (client) => {
      await lockSource(client, (await factsOf(client, runId)).source);
      const held = await factsOf(client, runId);
      const { editionId } = held;
      const publishing = await publishingRun(client, held);
      if (publishing !== undefined) await refuseApproved(client, publishing);
      if (held.state === 'refused' && held.editionState === 'refused') {
        return this.runDecided(client, runId, false);
      }
      if (held.state !== 'held' || editionId === null) throw notHeld(held);
      await client.query(`UPDATE edition SET state = 'refused' WHERE id = $1`, [editionId]);
      // An edition that is brought each day anew may have been held by several runs.
      await client.query(
        `UPDATE run SET state = 'refused', error = jsonb_build_object(
           'code', 'EDITION_REJECTED',
           'message', $2::text || coalesce('; it was held for ' || (error ->> 'code') || ': ' || (error ->> 'message'), ''),
           'nextStep', 'Nothing: it is left aside until its files change.')
         WHERE edition_id = $1 AND state = 'held'`,
        [editionId, `a person rejected the edition of ${held.editionOn}: ${reason}`],
      );
      await this.log.write(client, by, {
        action: 'reject',
        sourceId: held.source,
        runId,
        editionId,
        details: { editionOn: held.editionOn, code: held.error?.code },
      });
      return this.runDecided(client, runId, true);
    });
  }

  /** One transaction; what it queued may begin at once. */
  private async decide(work: (client: Client) => Promise<RunDecided>): Promise<RunDecided> {
    const decided = await this.database.transaction(work);
    if (decided.changed) this.jobs.wake();
    return decided;
  }

  private requestOf(source: Source, order: RunOrder): RunRequest {
    const { editionOn, kind, letters, force, gapReason, idempotencyKey } = order;
    if (letters !== undefined) requireProfile(source);
    if (editionOn !== undefined) {
      requireDay(editionOn);
      requireArchive(source);
      requireComeDay(source, editionOn, this.clock.now());
    } else if (kind !== undefined) {
      throw new BadRequestError(
        'DAY_INVALID',
        'a kind of edition without its day',
        'Say the day as well: YYYY-MM-DD.',
      );
    }
    return {
      ...(editionOn !== undefined && { edition: { editionOn, ...(kind !== undefined && { kind }) } }),
      ...(letters !== undefined && { profile: { letters, mics: this.config.mics } }),
      ...(force === true && { force }),
      ...(gapReason !== undefined && { isGapAccepted: true, gapReason }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    };
  }

  private async runDecided(client: Client, runId: number, changed: boolean): Promise<RunDecided> {
    const { source, state } = await factsOf(client, runId);
    return {
      run: runId,
      source,
      state,
      changed,
      isPaused: state === 'queued' && (await isSourcePaused(client, source)),
    };
  }
}

/** @throws BadRequestError DAY_INVALID */
export function requireDay(text: string): void {
  if (isDay(text)) return;
  throw new BadRequestError('DAY_INVALID', `"${text}" is no day`, 'Write it as YYYY-MM-DD.');
}

/** Publishers date their lists a day ahead at most. @throws BadRequestError EDITION_IN_FUTURE */
function requireComeDay({ id, schedule }: Source, editionOn: Day, now: Date): void {
  if (editionOn <= daysAfter(dayIn(now, schedule.timeZone), 1)) return;
  throw new BadRequestError(
    'EDITION_IN_FUTURE',
    `${id}: ${editionOn} has not come yet`,
    'Say the day of a list that is out: --date YYYY-MM-DD.',
  );
}

/** Nobody else asks for a run of this source until the transaction ends. */
export async function lockSource(client: Client, sourceId: string): Promise<void> {
  await client.query(`SELECT FROM source WHERE id = $1 FOR NO KEY UPDATE`, [sourceId]);
}

function requireReason({ reason }: By, what: string): string {
  if (reason !== undefined && reason.trim() !== '') return reason;
  throw new BadRequestError('REASON_MISSING', `to ${what} takes a reason`, 'Say why: --reason "<why>".');
}

async function factsOf(client: Client, runId: number): Promise<RunFacts> {
  const { rows } = await client.query<RunFacts>(
    `SELECT r.id, r.source_id AS source, r.state, r.error, e.id AS "editionId", e.edition_on AS "editionOn",
            e.state AS "editionState",
            EXISTS (SELECT FROM edition_part p JOIN file f ON f.sha256 = p.file_sha256
                    WHERE p.edition_id = e.id AND f.removed_at IS NOT NULL) AS "areFilesGone"
     FROM run r LEFT JOIN edition e ON e.id = r.edition_id WHERE r.id = $1`,
    [runId],
  );
  const [facts] = rows;
  if (facts === undefined) throw unknownRun(runId);
  return facts;
}

async function runOfKey(client: Client, source: string, requested: RunRequest): Promise<number | undefined> {
  const { idempotencyKey } = requested;
  if (idempotencyKey === undefined) return undefined;
  const { rows } = await client.query<{ id: number; isSame: boolean }>(
    `SELECT id, requested = $3::jsonb AS "isSame" FROM run
     WHERE source_id = $1 AND requested ->> 'idempotencyKey' = $2 ORDER BY id LIMIT 1`,
    [source, idempotencyKey, JSON.stringify(requested)],
  );
  const [run] = rows;
  if (run === undefined || run.isSame) return run?.id;
  throw new ConflictError(
    'IDEMPOTENCY_KEY_REUSED',
    `the key "${idempotencyKey}" asked for run ${run.id} already, with other parameters`,
    'Take a new key for a new request, and the same one only to repeat a request as it was.',
  );
}

/** The run that publishes by a person's word what another one held, or has published it since. */
async function publishingRun(client: Client, { id, editionId }: RunFacts): Promise<number | undefined> {
  const { rows } = await client.query<{ id: number }>(
    `SELECT r.id FROM run r
     WHERE (r.state IN ('queued', 'running') AND (r.requested ->> 'editionId')::bigint = $1)
        OR r.id IN (SELECT run_id FROM publication WHERE edition_id = $1 AND run_id > $2)
     ORDER BY r.id DESC LIMIT 1`,
    [editionId, id],
  );
  return rows[0]?.id;
}

async function refuseApproved(client: Client, publishing: number): Promise<void> {
  const { state, source } = await factsOf(client, publishing);
  if (state === 'queued' || state === 'running') {
    throw runInProgress(`${source}: the edition is approved, and run ${publishing} is ${state}`, publishing);
  }
  throw new ConflictError(
    'RUN_NOT_HELD',
    `${source}: the edition is published, by run ${publishing}`,
    `See what it did: npx isinglass runs ${publishing}`,
  );
}

/** The gate would refuse it: a full set of before would undo what a newer one, or a correction of the same day, said. */
async function refuseOlder(client: Client, { source, editionId, editionOn }: RunFacts): Promise<void> {
  const { rows } = await client.query<{ newerOn: Day; publication: number }>(
    `SELECT newer.edition_on AS "newerOn", p.number AS publication
     FROM edition e
     JOIN edition newer ON newer.source_id = e.source_id AND newer.kind = e.kind AND newer.scopes && e.scopes
     JOIN publication p ON p.edition_id = newer.id
     WHERE e.id = $1 AND e.kind = 'full' AND (newer.edition_on, newer.id) > (e.edition_on, e.id)
     ORDER BY newer.edition_on DESC, p.number DESC LIMIT 1`,
    [editionId],
  );
  const [newer] = rows;
  if (newer === undefined) return;
  throw new ConflictError(
    'EDITION_OLDER',
    `${source}: the edition of ${editionOn} was overtaken by the one of ${newer.newerOn}, publication ${newer.publication}`,
    'Nothing: what it said is said by the newer one, or gone.',
  );
}

function notHeld({ id, source, state }: RunFacts): ConflictError {
  return new ConflictError(
    'RUN_NOT_HELD',
    `${source}: run ${id} holds no edition: it is ${state}`,
    'Approve or reject runs that are held: GET /v1/runs?state=held, or npx isinglass runs.',
  );
}

function filesGone({ source, editionOn }: RunFacts): ConflictError {
  return new ConflictError(
    'EDITION_FILES_GONE',
    `${source}: the files of the edition of ${editionOn} were deleted, because newer editions made them needless`,
    `Bring it again: npx isinglass ingest ${source} --approve "<why>", with --file if the publisher has it no more.`,
  );
}
