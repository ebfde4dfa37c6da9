import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { CONFIG, type Config } from '../config/settings.js';
import { Database, longQuery, type Client } from '../database/database.js';
import { recordStore } from '../instruments/record-store.js';
import {
  PUBLICATION_LOCK,
  type EditionInHand,
  type ScopeComparison,
  type Store,
} from '../instruments/store.js';
import { venueStore } from '../instruments/venue-store.js';
import type { Source, SourceItem } from '../sources/source.js';
import { FileStore } from './file-store.js';
import { editionOf, kindOf, partsOf, type DoneSteps } from './plan.js';
import { removeOldFiles } from './retention.js';
import { RunLedger } from './run-ledger.js';
import type { ClaimedStep, Progress, RunEnd, RunTotals } from './run.js';
import { gatherStaging, requireStaging, stagingOf } from './staging.js';
import { StepLedger } from './step-ledger.js';
import { writeEdition } from './steps/edition.js';
import { examineEvidence } from './steps/evidence.js';
import { examineEdition } from './steps/gate.js';
import {
  fetchedBefore,
  fetchPart,
  NO_COUNTS,
  rememberFile,
  stagePart,
  type LoadedPart,
  type LoadTools,
  type StoredFile,
} from './steps/load.js';
import { locateEdition, type LocatedEdition, type LocatedPart } from './steps/locate.js';
import { lastPublicationOf, NOTHING_PASSED, requireSameBase, totalsOf, type Passed } from './steps/passed.js';
import { publishEdition } from './steps/publish.js';
import { WebClient } from './web/web-client.js';

/**
 * The way of one edition into the house:
 *
 *     locate → load (download · verify · parse · stage), one for each file, in parallel → gate → merge → publish
 *
 * Each step may be done by another process. It is done when its effect and the word "done" were committed together, so a
 * run that was interrupted anywhere goes on at the steps that were not; see `plan.ts` for their order. Nothing is visible
 * to readers before the one transaction of the last step.
 */
@Injectable()
export class Pipeline {
  private readonly logger = new Logger('Pipeline');

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: Database,
    private readonly runs: RunLedger,
    private readonly steps: StepLedger,
    private readonly files: FileStore,
    private readonly web: WebClient,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Does one step of a run and makes it durable.
   * @param signal aborting it stops the work, statements in PostgreSQL too, and leaves nothing of the step
   * @throws whatever keeps the step from being done, coded
   */
  async perform(
    step: ClaimedStep,
    source: Source,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void = () => undefined,
  ): Promise<void> {
    const work: Work = { step, source, signal, onProgress, done: await this.runs.doneSteps(step.run.id) };
    const { kind, part } = kindOf(step.name);
    switch (kind) {
      case 'locate':
        return this.locate(work);
      case 'load':
        return this.load(work, part);
      case 'stage':
        return this.stageSame(work, part);
      case 'gate':
        return this.gate(work);
      case 'publish':
        return this.publish(work);
    }
  }

  private async locate(work: Work): Promise<void> {
    const { step, source, signal } = work;
    const edition = await locateEdition(source, step.run.requested, {
      database: this.database,
      web: this.web.forHosts(source.hosts, signal),
      clock: this.clock,
      profile: { letters: this.config.letters, mics: this.config.mics },
    });
    if (edition === null) {
      // What the publisher shows is older than what we hold: that is no news, and confirms nothing either.
      await this.say(work, 'unchanged: the publisher shows nothing newer than what is published');
      await this.steps.commit(step, async () => ({ result: null, end: { state: 'unchanged' } }), signal);
      return;
    }
    await this.say(work, `edition of ${edition.editionOn}`, {
      kind: edition.kind,
      parts: edition.parts.length,
    });
    await this.steps.commit(step, async () => ({ result: edition }), signal);
  }

  private async load(work: Work, name: string): Promise<void> {
    const { step, source } = work;
    const { edition, part } = located(work, name);
    const { scope } = part;
    const earlier = (await this.runs.earlierResult(step.run.id, step.name)) as LoadedPart | undefined;
    const fetched =
      (await fetchedBefore(earlier, this.files)) ??
      (await fetchPart(source, part, step.run.requested.force === true, this.toolsFor(work)));
    if (fetched === null) {
      await this.commitPart(work, async () => ({
        name,
        scope,
        state: 'absent',
        file: null,
        counts: NO_COUNTS,
      }));
      return;
    }
    const { isSame, ...file } = fetched;
    await this.remember(file, isSame);
    await this.commitPart(work, (client) =>
      isSame
        ? Promise.resolve({ name, scope, state: 'same', file, counts: NO_COUNTS })
        : this.stage(client, work, edition, { name, scope, file }),
    );
  }

  private async stageSame(work: Work, partName: string): Promise<void> {
    const edition = requireEdition(work);
    const part = partsOf(work.done, edition).find(({ name }) => name === partName);
    if (part === undefined || part.file === null) throw new Error(`${partName}: the same as what?`);
    const { name, scope } = part;
    // A worker on another machine may have fetched it.
    const isHere = await this.files.verify(part.file.sha256);
    const file = isHere ? part.file : await this.fetchAgain(work, name);
    if (!isHere) await this.remember(file, false);
    await this.commitPart(work, (client) => this.stage(client, work, edition, { name, scope, file }));
  }

  /**
   * In a transaction of its own: a worker that freezes in the middle of a COPY must not keep the file's line from whoever
   * takes the part over.
   */
  private async remember(file: StoredFile, isSame: boolean): Promise<void> {
    await this.database.transaction((client) => rememberFile(client, file, isSame));
  }

  private async fetchAgain(work: Work, name: string): Promise<StoredFile> {
    const { part } = located(work, name);
    const fetched = await fetchPart(work.source, { ...part, isOptional: false }, true, this.toolsFor(work));
    if (fetched === null) throw new Error(`${name}: nothing was fetched, and nothing thrown`);
    const { isSame: _, ...file } = fetched;
    return file;
  }

  private toolsFor({ signal, onProgress }: Work): LoadTools {
    return { database: this.database, files: this.files, web: this.web, signal, onProgress };
  }

  private async commitPart(work: Work, effect: (client: Client) => Promise<LoadedPart>): Promise<void> {
    const { result } = await this.steps.commit(
      work.step,
      async (client) => ({ result: await effect(client) }),
      work.signal,
    );
    const { state, counts } = result as LoadedPart;
    await this.say(
      work,
      state === 'staged' ? `${counts.items} records out of ${counts.rows} rows` : PART_STATES[state],
      { ...counts },
    );
  }

  /** Parses a stored file into a staging table of its own, inside the transaction of the step. */
  private async stage(
    client: Client,
    work: Work,
    edition: LocatedEdition,
    part: { readonly name: string; readonly scope: string; readonly file: StoredFile },
  ): Promise<LoadedPart> {
    const { step, source, signal, onProgress } = work;
    const staging = `${stagingOf(step.run.id)}_${edition.parts.findIndex(({ name }) => name === part.name)}_${step.attempt}`;
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
      { client, runId: step.run.id, step: step.name, staging },
      { signal, onProgress },
    );
    return { ...part, state: 'staged', staging, counts };
  }

  private async gate(work: Work): Promise<void> {
    const { step, source, signal } = work;
    const { run } = step;
    const located = requireEdition(work);
    const parts = partsOf(work.done, located);
    if (parts.every(({ state }) => state !== 'staged')) {
      return this.endUnchanged(work, 'gate', 'the files are the ones published last');
    }
    const { result, end } = await this.steps.commit(
      step,
      async (client) => {
        const staging = await gatherStaging(client, run, storeOf(source).stagingTemplate, parts);
        const edition = await writeEdition(client, source.id, located, parts, run.id);
        const passed =
          located.kind === 'evidence'
            ? await this.compareEvidence(client, edition.inHand, staging)
            : await this.examine(client, work, located, parts, edition, staging);
        const isOver = located.kind === 'evidence' || passed.held !== null;
        return {
          result: passed,
          editionId: edition.inHand.id,
          ...(isOver && {
            end: {
              state: passed.held === null ? 'unchanged' : 'held',
              error: passed.held ?? undefined,
              totals: totalsOf(parts, passed),
              hasFollower: located.kind === 'evidence' && located.hasNewer === true,
            } satisfies RunEnd,
          }),
        };
      },
      signal,
    );
    if (end === undefined) await this.say(work, 'passed');
    else if ((result as Passed).held === null) await this.say(work, 'compared: evidence changes nothing');
    else await this.say(work, `held: ${end.error?.code}`);
  }

  private async compareEvidence(client: Client, edition: EditionInHand, staging: string): Promise<Passed> {
    const found = await examineEvidence(client, edition, staging);
    return { ...NOTHING_PASSED, edition, drift: found > 0 ? { cancelled: found } : {} };
  }

  private async examine(
    client: Client,
    work: Work,
    located: LocatedEdition,
    parts: readonly LoadedPart[],
    edition: Awaited<ReturnType<typeof writeEdition>>,
    staging: string,
  ): Promise<Passed> {
    const { source, step } = work;
    const { requested, id: runId } = step.run;
    const verdict = await examineEdition(source, storeOf(source), edition.inHand, parts, staging, {
      client,
      runId,
      approval: requested.approval,
      isKept: requested.editionId !== undefined,
      isPublished: edition.isPublished,
      isDayAssumed: located.isDayAssumed ?? false,
      missingDays: located.missingDays ?? [],
      waitingScopes: located.waitingScopes ?? [],
      gapReason: requested.isGapAccepted === true ? (requested.gapReason ?? '') : undefined,
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
      base: await lastPublicationOf(client, source.id),
      held: verdict.held,
      hasNews: news > 0 || !edition.isPublished,
      hasDifferences: news > 0,
      new: total((scope) => scope.new),
      cosmetic: total(({ cosmetic }) => cosmetic),
      unchanged: total(({ unchanged }) => unchanged),
      duplicates: verdict.duplicates,
      drift,
    };
  }

  private async publish(work: Work): Promise<void> {
    const { step, source, signal, done } = work;
    const { run } = step;
    const located = requireEdition(work);
    const parts = partsOf(done, located);
    const passed = done.get('gate') as Passed;
    if (!passed.hasNews) {
      return this.endUnchanged(work, 'publish', 'the edition is published already', totalsOf(parts, passed));
    }
    await storeOf(source).prepare?.(this.database, { new: passed.new });
    // The run ends in the very transaction that publishes.
    const { result } = await this.steps.commit(
      step,
      async (client) => {
        const staging = stagingOf(run.id);
        await longQuery(client, 'SELECT pg_advisory_xact_lock($1)', [PUBLICATION_LOCK]);
        requireSameBase(source, passed.base, await lastPublicationOf(client, source.id));
        await requireStaging(client, run, [
          ...(parts.some(({ counts }) => counts.items > 0) ? [staging] : []),
          ...(passed.hasDifferences && source.fills === 'record' ? [`${staging}_difference`] : []),
        ]);
        const { number, counts } = await publishEdition(
          client,
          storeOf(source),
          passed.edition,
          run.id,
          staging,
        );
        await confirmSource(client, source.id);
        return {
          result: number,
          end: {
            state: 'published',
            publication: number,
            totals: { ...totalsOf(parts, passed), ...counts },
            hasFollower: located.hasNewer === true,
          },
        };
      },
      signal,
    );
    await this.say(work, `publication ${String(result)}`);
    this.logger.log(`${source.id}: edition of ${passed.edition.editionOn} is publication ${String(result)}`);
    await this.tidyUp(source);
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

  private async endUnchanged(work: Work, result: string, why: string, totals?: RunTotals): Promise<void> {
    const { run } = work.step;
    await this.say(work, `unchanged: ${why}`);
    await this.steps.commit(
      work.step,
      async (client) => {
        await confirmSource(client, work.source.id);
        return {
          result,
          end: {
            state: 'unchanged',
            totals,
            // A follower that changed nothing has none of its own: whatever the publisher does, this comes to rest.
            hasFollower: requireEdition(work).hasNewer === true && run.trigger !== 'backlog',
          },
        };
      },
      work.signal,
    );
  }

  private async say(
    { step }: Work,
    message: string,
    fields: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    this.logger.debug(`${step.run.sourceId} run ${step.run.id}: ${step.name}: ${message}`);
    await this.runs.tell(step.run, 'info', step, message, fields);
  }
}

/** A step in hand, and what the steps before it came to. */
interface Work {
  readonly step: ClaimedStep;
  readonly source: Source;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  readonly done: DoneSteps;
}

function requireEdition({ done }: Work): LocatedEdition {
  const edition = editionOf(done);
  if (edition === null) throw new Error('no edition was located');
  return edition;
}

function located(work: Work, name: string): { edition: LocatedEdition; part: LocatedPart } {
  const edition = requireEdition(work);
  const part = edition.parts.find((each) => each.name === name);
  if (part === undefined) throw new Error(`the edition has no part ${name}`);
  return { edition, part };
}

const PART_STATES = {
  same: 'the file is the one published last',
  absent: 'the publisher does not have this list',
} as const;

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
