import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { TryLaterError } from '../common/errors.js';
import { CONFIG, type Config } from '../config/settings.js';
import { Database, type Client } from '../database/database.js';
import { recordStore } from '../instruments/record-store.js';
import type { EditionInHand, ScopeComparison, Store } from '../instruments/store.js';
import { venueStore } from '../instruments/venue-store.js';
import type { Source, SourceItem } from '../sources/source.js';
import { FileStore } from './file-store.js';
import { dropStaging, RunLedger, stagingOf } from './run-ledger.js';
import type { ClaimedRun, Failure, Progress, RunState, RunTotals } from './run.js';
import { writeEdition } from './steps/edition.js';
import { examineEvidence } from './steps/evidence.js';
import { examineEdition } from './steps/gate.js';
import {
  fetchPart,
  NO_COUNTS,
  stagePart,
  type LoadedPart,
  type LoadTools,
  type StoredFile,
} from './steps/load.js';
import { locateEdition, type LocatedEdition, type LocatedPart } from './steps/locate.js';
import { publishEdition } from './steps/publish.js';
import { removeOldFiles } from './retention.js';
import { WebClient } from './web/web-client.js';

/** What a run came to. */
export interface RunOutcome {
  readonly run: number;
  readonly state: RunState;
  readonly publication: number | null;
}

/**
 * The way of one edition into the house:
 *
 *     locate → load (download · verify · parse · stage) → gate → merge → publish
 *
 * Each step is done when its effect and the word "done" were committed together, so a run that was interrupted anywhere
 * goes on at the step that was not. Nothing is visible to readers before the one transaction of the last step.
 */
@Injectable()
export class Pipeline {
  private readonly logger = new Logger('Pipeline');

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: Database,
    private readonly ledger: RunLedger,
    private readonly files: FileStore,
    private readonly web: WebClient,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Brings one edition in, or says why not. Failures end the run with a coded reason and are thrown.
   * @param signal aborting it leaves the run where it is, for {@link RunLedger.release}
   */
  async run(
    run: ClaimedRun,
    source: Source,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void = () => undefined,
  ): Promise<RunOutcome> {
    try {
      return await this.bringIn(run, source, signal, onProgress);
    } catch (error) {
      if (!(error instanceof TryLaterError && error.code === STAGING_LOST)) throw error;
      await this.say(run, null, 'PostgreSQL crashed meanwhile: what was staged is staged again');
      await this.ledger.forgetSteps(run, 'locate');
      return this.bringIn(run, source, signal, onProgress);
    }
  }

  private async bringIn(
    run: ClaimedRun,
    source: Source,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<RunOutcome> {
    const edition = await this.locate(run, source, signal);
    if (edition === null) {
      // What the publisher shows is older than what we hold: that is no news, and confirms nothing either.
      await this.say(run, null, 'unchanged: the publisher shows an older edition than the one published');
      await this.ledger.end(run, 'unchanged');
      return { run: run.id, state: 'unchanged', publication: null };
    }

    const tools = { database: this.database, files: this.files, web: this.web, signal, onProgress };
    const loaded: LoadedPart[] = [];
    for (const part of edition.parts) {
      loaded.push(await this.load(run, source, edition, part, tools));
      signal.throwIfAborted();
    }
    if (loaded.every(({ state }) => state !== 'staged')) {
      return this.endUnchanged(run, source, edition, 'the files are the ones published last');
    }
    // A record may have moved from one list to another: those that did not change are read along with those that did.
    const parts: LoadedPart[] = [];
    for (const part of loaded) {
      parts.push(part.state === 'same' ? await this.stageSame(run, source, edition, part, tools) : part);
      signal.throwIfAborted();
    }

    const passed = await this.gate(run, source, edition, parts);
    if (edition.kind === 'evidence') {
      await this.say(run, null, 'compared: evidence changes nothing');
      await this.ledger.end(run, 'unchanged', undefined, totalsOf(parts, passed), edition.hasNewer);
      return { run: run.id, state: 'unchanged', publication: null };
    }
    if (passed.held !== null) {
      await this.ledger.end(run, 'held', passed.held, totalsOf(parts, passed));
      return { run: run.id, state: 'held', publication: null };
    }
    signal.throwIfAborted();
    return this.publish(run, source, edition, passed, parts);
  }

  private async locate(run: ClaimedRun, source: Source, signal: AbortSignal): Promise<LocatedEdition | null> {
    return this.ledger.step<LocatedEdition | null>(run, 'locate', async (commit) => {
      const web = this.web.forHosts(source.hosts, signal);
      const edition = await locateEdition(source, run.requested, {
        database: this.database,
        web,
        clock: this.clock,
        profile: { letters: this.config.letters, mics: this.config.mics },
      });
      await this.say(run, 'locate', edition ? `edition of ${edition.editionOn}` : 'nothing newer');
      return commit(async (client) => {
        await client.query(
          `CREATE UNLOGGED TABLE ${stagingOf(run.id)} (LIKE ${storeOf(source).stagingTemplate})`,
        );
        return edition;
      });
    });
  }

  private async load(
    run: ClaimedRun,
    source: Source,
    edition: LocatedEdition,
    part: LocatedPart,
    tools: LoadTools,
  ): Promise<LoadedPart> {
    const { name, scope } = part;
    return this.ledger.step<LoadedPart>(run, `load ${name}`, async (commit) => {
      const fetched = await fetchPart(source, part, tools);
      if (fetched === null) {
        return commit(async () => ({ name, scope, state: 'absent', file: null, counts: NO_COUNTS }));
      }
      const { isSame, ...file } = fetched;
      return commit(async (client) => {
        await client.query(
          `INSERT INTO file (sha256, size_bytes) VALUES ($1, $2) ON CONFLICT (sha256) DO UPDATE SET removed_at = NULL`,
          [file.sha256, file.sizeBytes],
        );
        if (isSame && file.md5 !== null) {
          // The list may have another MD5 than before for the very same bytes.
          await client.query(
            `WITH part AS (
               UPDATE edition_part SET md5 = $3 WHERE file_sha256 = $1 AND file_name = $2 RETURNING edition_id
             )
             UPDATE edition SET last_seen_at = clock_timestamp() WHERE id IN (SELECT edition_id FROM part)`,
            [file.sha256, file.fileName, file.md5],
          );
        }
        if (isSame) return { name, scope, state: 'same', file, counts: NO_COUNTS };
        return this.stage(client, run, source, edition, { name, scope, file }, tools);
      });
    });
  }

  private async stageSame(
    run: ClaimedRun,
    source: Source,
    edition: LocatedEdition,
    part: LoadedPart,
    tools: LoadTools,
  ): Promise<LoadedPart> {
    const { name, scope, file } = part;
    if (file === null) throw new Error(`${name}: the same as what?`);
    return this.ledger.step<LoadedPart>(run, `stage ${name}`, (commit) =>
      commit((client) => this.stage(client, run, source, edition, { name, scope, file }, tools)),
    );
  }

  /** Parses a stored file into a staging table of its own, inside the transaction of the step. */
  private async stage(
    client: Client,
    run: ClaimedRun,
    source: Source,
    edition: LocatedEdition,
    part: { readonly name: string; readonly scope: string; readonly file: StoredFile },
    tools: LoadTools,
  ): Promise<LoadedPart> {
    const parent = stagingOf(run.id);
    const counts = await stagePart(
      source,
      storeOf(source),
      {
        path: this.files.path(part.file.sha256),
        part: { name: part.name, scope: part.scope },
        editionOn: edition.editionOn,
        kind: edition.kind,
        profile: edition.profile,
      },
      { client, runId: run.id, staging: stagingOfPart(run, edition, part.name), parent },
      tools,
    );
    await this.say(run, `load ${part.name}`, `${counts.items} records out of ${counts.rows} rows`, {
      ...counts,
    });
    return { ...part, state: 'staged', counts };
  }

  private async gate(
    run: ClaimedRun,
    source: Source,
    located: LocatedEdition,
    parts: readonly LoadedPart[],
  ): Promise<Passed> {
    return this.ledger.step<Passed>(run, 'gate', (commit) =>
      commit(async (client) => {
        const filled = parts.filter(({ state, counts }) => state === 'staged' && counts.items > 0);
        await requireStaging(
          client,
          run,
          filled.map(({ name }) => stagingOfPart(run, located, name)),
        );
        const edition = await writeEdition(client, source.id, located, parts, run.id);
        const staging = stagingOf(run.id);
        if (located.kind === 'evidence') {
          const found = await examineEvidence(client, edition.inHand, staging);
          return { ...NOTHING_PASSED, edition: edition.inHand, drift: found > 0 ? { cancelled: found } : {} };
        }
        const verdict = await examineEdition(source, storeOf(source), edition.inHand, parts, staging, {
          client,
          runId: run.id,
          approval: run.requested.approval,
          isPublished: edition.isPublished,
          isDayAssumed: located.isDayAssumed ?? false,
          missingDays: located.missingDays ?? [],
          waitingScopes: located.waitingScopes ?? [],
          gapReason: run.requested.isGapAccepted === true ? (run.requested.gapReason ?? '') : undefined,
        });
        if (verdict.held !== null)
          await client.query(`UPDATE edition SET state = 'held' WHERE id = $1 AND state <> 'published'`, [
            edition.inHand.id,
          ]);
        const { scopes, drift } = verdict.comparison;
        const total = (count: (scope: ScopeComparison) => number): number =>
          scopes.reduce((sum, scope) => sum + count(scope), 0);
        const news = total((scope) => scope.new + scope.changed + scope.ended + scope.past);
        return {
          edition: edition.inHand,
          held: verdict.held,
          hasNews: news > 0 || !edition.isPublished,
          hasDifferences: news > 0,
          new: total((scope) => scope.new),
          cosmetic: total(({ cosmetic }) => cosmetic),
          unchanged: total(({ unchanged }) => unchanged),
          duplicates: verdict.duplicates,
          drift,
        };
      }),
    );
  }

  private async publish(
    run: ClaimedRun,
    source: Source,
    located: LocatedEdition,
    passed: Passed,
    parts: readonly LoadedPart[],
  ): Promise<RunOutcome> {
    if (!passed.hasNews)
      return this.endUnchanged(
        run,
        source,
        located,
        'the edition is published already',
        totalsOf(parts, passed),
      );
    // The run ends in the very transaction that publishes.
    const publication = await this.ledger.step<number>(run, 'publish', async (commit) => {
      await storeOf(source).prepare?.(this.database, { new: passed.new });
      return commit(async (client) => {
        await requireStaging(client, run, [
          ...(parts.some(({ counts }) => counts.items > 0) ? [stagingOf(run.id)] : []),
          ...(passed.hasDifferences && source.fills === 'record' ? [`${stagingOf(run.id)}_difference`] : []),
        ]);
        const staging = stagingOf(run.id);
        const { number, counts } = await publishEdition(
          client,
          storeOf(source),
          passed.edition,
          run.id,
          staging,
        );
        const totals = { ...totalsOf(parts, passed), ...counts };
        await dropStaging(client, run.id);
        await confirmSource(client, source.id);
        if (located.hasNewer) await this.ledger.enqueueFollower(client, run);
        await client.query(
          `UPDATE run SET state = 'published', publication = $2, totals = $3, error = NULL, ended_at = clock_timestamp(),
                          owner = NULL, lease_until = NULL
           WHERE id = $1`,
          [run.id, number, JSON.stringify(totals)],
        );
        return number;
      });
    });
    this.logger.log(`${source.id}: edition of ${passed.edition.editionOn} is publication ${publication}`);
    await this.tidyUp(source);
    return { run: run.id, state: 'published', publication };
  }

  /** What follows a publication takes nothing back: its failures are told, and made up for another time. */
  private async tidyUp(source: Source): Promise<void> {
    try {
      await storeOf(source).settle?.(this.database);
      if ('bulk' in source) await removeOldFiles(this.database, this.files, source.id, this.config.keepWeeks);
    } catch (error) {
      this.logger.warn(`${source.id}: after the publication: ${String(error)}`);
    }
  }

  private async endUnchanged(
    run: ClaimedRun,
    source: Source,
    edition: LocatedEdition,
    why: string,
    totals?: RunTotals,
  ): Promise<RunOutcome> {
    await this.say(run, null, `unchanged: ${why}`);
    // A follower that changed nothing has none of its own: whatever the publisher does, this comes to rest.
    const hasFollower = edition.hasNewer === true && run.trigger !== 'backlog';
    await this.ledger.end(run, 'unchanged', undefined, totals, hasFollower);
    await confirmSource(this.database, source.id);
    return { run: run.id, state: 'unchanged', publication: null };
  }

  private async say(
    run: ClaimedRun,
    step: string | null,
    message: string,
    fields: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    this.logger.debug(`${run.sourceId} run ${run.id}: ${step ?? 'end'}: ${message}`);
    await this.ledger.tell(run, 'info', step, message, fields);
  }
}

/** What the gate let through, as the publishing step needs it; kept with the run. */
interface Passed {
  readonly edition: EditionInHand;
  readonly held: Failure | null;
  readonly hasNews: boolean;
  readonly hasDifferences: boolean;
  readonly new: number;
  readonly drift: RunTotals['drift'];
  readonly cosmetic: number;
  readonly unchanged: number;
  readonly duplicates: number;
}

const NOTHING_PASSED: Omit<Passed, 'edition'> = {
  held: null,
  hasNews: false,
  hasDifferences: false,
  new: 0,
  cosmetic: 0,
  unchanged: 0,
  duplicates: 0,
  drift: {},
};

const STAGING_LOST = 'STAGING_LOST';

function stagingOfPart(run: ClaimedRun, edition: LocatedEdition, partName: string): string {
  return `${stagingOf(run.id)}_${edition.parts.findIndex(({ name }) => name === partName)}`;
}

/**
 * Staging is not in the write-ahead log: a crash of PostgreSQL leaves its tables empty.
 * @param tables each must have rows; a crash after the last of them was filled empties all
 */
async function requireStaging(client: Client, run: ClaimedRun, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    const { rowCount } = await client.query(`SELECT FROM ${table} LIMIT 1`);
    if (rowCount !== 0) continue;
    throw new TryLaterError(
      STAGING_LOST,
      `${run.sourceId}: what was staged in ${table} is gone`,
      'Nothing: it is staged again.',
    );
  }
}

const STORES: Readonly<Record<SourceItem['fills'], Store<SourceItem['value']>>> = {
  record: recordStore,
  venue: venueStore,
};

function storeOf(source: Source): Store<SourceItem['value']> {
  return STORES[source.fills];
}

/** The publisher was seen to hold what we hold. */
async function confirmSource(
  db: { query(sql: string, values: unknown[]): Promise<unknown> },
  sourceId: string,
): Promise<void> {
  await db.query(`UPDATE source SET last_confirmed_at = clock_timestamp() WHERE id = $1`, [sourceId]);
}

function totalsOf(parts: readonly LoadedPart[], passed: Passed): RunTotals {
  const skipped: Record<string, number> = {};
  for (const { counts } of parts) {
    for (const [reason, rows] of Object.entries(counts.skipped))
      skipped[reason] = (skipped[reason] ?? 0) + rows;
  }
  return {
    files: parts.filter(({ file }) => file !== null).length,
    rows: parts.reduce((sum, { counts }) => sum + counts.rows, 0),
    rejected: parts.reduce((sum, { counts }) => sum + counts.rejected, passed.duplicates),
    skipped,
    cosmetic: passed.cosmetic,
    drift: passed.drift,
    records: { new: 0, changed: 0, unchanged: passed.unchanged, ended: 0 },
    instruments: { new: 0, changed: 0, ended: 0 },
  };
}
