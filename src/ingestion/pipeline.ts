import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { Database, type Client } from '../database/database.js';
import { recordStore } from '../instruments/record-store.js';
import type { EditionInHand, Store } from '../instruments/store.js';
import { venueStore } from '../instruments/venue-store.js';
import type { Source, SourceItem } from '../sources/source.js';
import { FileStore } from './file-store.js';
import { RunLedger, stagingOf } from './run-ledger.js';
import type { ClaimedRun, Failure, Progress, RunState, RunTotals } from './run.js';
import { writeEdition } from './steps/edition.js';
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
      return this.endUnchanged(run, source, 'the files are the ones published last');
    }
    // A record may have moved from one list to another: those that did not change are read along with those that did.
    const parts: LoadedPart[] = [];
    for (const part of loaded) {
      parts.push(part.state === 'same' ? await this.stageSame(run, source, edition, part, tools) : part);
      signal.throwIfAborted();
    }

    const passed = await this.gate(run, source, edition, parts);
    if (passed.held !== null) {
      await this.ledger.end(run, 'held', passed.held, totalsOf(parts, passed));
      return { run: run.id, state: 'held', publication: null };
    }
    signal.throwIfAborted();
    return this.publish(run, source, passed, parts);
  }

  private async locate(run: ClaimedRun, source: Source, signal: AbortSignal): Promise<LocatedEdition | null> {
    return this.ledger.step<LocatedEdition | null>(run, 'locate', async (commit) => {
      const web = this.web.forHosts(source.hosts, signal);
      const edition = await locateEdition(source, run.requested, {
        database: this.database,
        web,
        clock: this.clock,
      });
      await this.say(run, 'locate', edition ? `edition of ${edition.editionOn}` : 'nothing newer');
      return commit(async (client) => {
        await client.query(`CREATE TABLE ${stagingOf(run.id)} (LIKE ${storeOf(source).stagingTemplate})`);
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
        await client.query(`INSERT INTO file (sha256, size_bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING`, [
          file.sha256,
          file.sizeBytes,
        ]);
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
    const index = edition.parts.findIndex(({ name }) => name === part.name);
    const counts = await stagePart(
      source,
      storeOf(source),
      { path: this.files.path(part.file.sha256), part, editionOn: edition.editionOn },
      { client, runId: run.id, staging: `${parent}_${index}`, parent },
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
        const edition = await writeEdition(client, source.id, located, parts, run.id);
        const staging = stagingOf(run.id);
        const verdict = await examineEdition(source, storeOf(source), edition.inHand, parts, staging, {
          client,
          runId: run.id,
          approval: run.requested.approval,
          isPublished: edition.isPublished,
          isDayAssumed: located.isDayAssumed ?? false,
        });
        if (verdict.held !== null)
          await client.query(`UPDATE edition SET state = 'held' WHERE id = $1 AND state <> 'published'`, [
            edition.inHand.id,
          ]);
        const news = verdict.comparison.reduce(
          (sum, scope) => sum + scope.new + scope.changed + scope.ended,
          0,
        );
        return {
          edition: edition.inHand,
          held: verdict.held,
          hasNews: news > 0 || !edition.isPublished,
          cosmetic: verdict.comparison.reduce((sum, { cosmetic }) => sum + cosmetic, 0),
          unchanged: verdict.comparison.reduce((sum, { unchanged }) => sum + unchanged, 0),
          duplicates: verdict.duplicates,
        };
      }),
    );
  }

  private async publish(
    run: ClaimedRun,
    source: Source,
    passed: Passed,
    parts: readonly LoadedPart[],
  ): Promise<RunOutcome> {
    if (!passed.hasNews)
      return this.endUnchanged(run, source, 'the edition is published already', totalsOf(parts, passed));
    // The run ends in the very transaction that publishes.
    const publication = await this.ledger.step<number>(run, 'publish', (commit) =>
      commit(async (client) => {
        const staging = stagingOf(run.id);
        const { number, counts } = await publishEdition(
          client,
          storeOf(source),
          passed.edition,
          run.id,
          staging,
        );
        const totals = { ...totalsOf(parts, passed), ...counts };
        await client.query(`DROP TABLE ${staging} CASCADE`);
        await confirmSource(client, source.id);
        await client.query(
          `UPDATE run SET state = 'published', publication = $2, totals = $3, error = NULL, ended_at = clock_timestamp(),
                          owner = NULL, lease_until = NULL
           WHERE id = $1`,
          [run.id, number, JSON.stringify(totals)],
        );
        return number;
      }),
    );
    this.logger.log(`${source.id}: edition of ${passed.edition.editionOn} is publication ${publication}`);
    return { run: run.id, state: 'published', publication };
  }

  private async endUnchanged(
    run: ClaimedRun,
    source: Source,
    why: string,
    totals?: RunTotals,
  ): Promise<RunOutcome> {
    await this.say(run, null, `unchanged: ${why}`);
    await this.ledger.end(run, 'unchanged', undefined, totals);
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
  readonly cosmetic: number;
  readonly unchanged: number;
  readonly duplicates: number;
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
    records: { new: 0, changed: 0, unchanged: passed.unchanged, ended: 0 },
    instruments: { new: 0, changed: 0, ended: 0 },
  };
}
