import { SingleBar } from 'cli-progress';
import { Command, CommandRunner, Help, Option } from 'nest-commander';
import { IngestionService } from '../ingestion/ingestion.service.js';
import { RunReader, type RunStory } from '../ingestion/run-reader.js';
import type { Progress } from '../ingestion/run.js';
import { inside } from './inside.js';
import { answer, answerJson, count } from './terminal.js';
import { byCommand, parseProfileOption, parseReason } from './words.js';

interface IngestOptions {
  file?: string[];
  date?: string;
  approve?: string;
  acceptGap?: string | true;
  profile?: readonly string[] | null;
  json?: boolean;
}

@Command({
  name: 'ingest',
  arguments: '<source>',
  argsDescription: { source: 'Id of the source, for example xx-iso-mic; "npx isinglass sources" lists them' },
  description:
    'Bring the newest edition in now, from the publisher or from files fetched by hand. ' +
    'Exit code 0 when it was published or nothing is new',
})
export class IngestCommand extends CommandRunner {
  async run([sourceId = '']: string[], options: IngestOptions): Promise<void> {
    // Without a value commander says `true`, and calls no parser.
    const acceptsGap = options.acceptGap === true ? parseReason('', '--accept-gap') : options.acceptGap;
    const stories = await inside(async ({ app }, signal) => {
      const bar = new ProgressBar(!options.json && process.stderr.isTTY);
      try {
        const runs = await app.get(IngestionService, { strict: false }).ingest(
          sourceId,
          {
            files: options.file,
            editionOn: options.date,
            approval: options.approve,
            acceptsGap,
            by: byCommand(),
            ...(options.profile !== undefined && { profile: { letters: options.profile, mics: null } }),
          },
          { signal, onProgress: (progress) => bar.show(progress) },
        );
        const reader = app.get(RunReader, { strict: false });
        return await Promise.all(runs.map((run) => reader.get(run)));
      } finally {
        bar.stop();
      }
    });
    if (!stories.every(({ state }) => ['published', 'unchanged'].includes(state))) process.exitCode = 1;
    const [last, ...earlier] = stories.map(summaryOf).reverse();
    // A program reads the run that ended last; those it followed on stand beside it.
    if (options.json) answerJson({ ...last, ...(earlier.length > 0 && { earlier: earlier.reverse() }) });
    else answer(stories.map(described).join('\n'));
  }

  @Option({
    flags: '--file <paths...>',
    description: 'Files fetched by hand, named as the publisher names them',
  })
  parseFile(path: string, earlier: string[] = []): string[] {
    return [...earlier, path];
  }

  @Option({ flags: '--date <day>', description: 'Day of the edition the files are, YYYY-MM-DD' })
  parseDate(text: string): string {
    return text;
  }

  @Option({
    flags: '--approve <reason>',
    description: 'Publish although the gate would hold the edition, for this reason',
  })
  parseApprove(text: string): string {
    return parseReason(text, '--approve');
  }

  @Option({
    flags: '--accept-gap [reason]',
    description:
      'Apply a delta although deltas before it are missing, for this reason; the next full set heals what they said',
  })
  parseAcceptGap(text: string): string {
    return parseReason(text, '--accept-gap');
  }

  @Option({
    flags: '--profile <kinds>',
    description:
      'What to take of files with millions of records: shares,funds,bonds,… or all (default: all of files, ISINGLASS_PROFILE of a publisher)',
  })
  parseProfile(text: string): readonly string[] | null {
    return parseProfileOption(text);
  }

  @Option({ flags: '--json', description: 'Answer in JSON, without a progress bar' })
  parseJson(): boolean {
    return true;
  }

  @Help('after')
  examples(): string {
    return [
      '',
      'Examples:',
      '  npx isinglass ingest xx-iso-mic',
      '  npx isinglass ingest in-nse-equities --file EQUITY_L.csv SME_EQUITY_L.csv --date 2026-11-20',
      '  npx isinglass ingest in-nse-equities --approve "the exchange delisted 150 shares"',
      '  npx isinglass ingest eu-esma-firds --file DLTINS_20210117_01of01.zip --accept-gap "only this day is wanted"',
    ].join('\n');
  }
}

class ProgressBar {
  private readonly bar: SingleBar;
  private step: string | undefined;

  constructor(private readonly isShown: boolean) {
    this.bar = new SingleBar({
      format: '{step} {bar} {value}/{total} {unit}',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
    });
  }

  show({ step, done, total, unit }: Progress): void {
    if (!this.isShown) return;
    const label = `${step} ${unit}`;
    if (label !== this.step) {
      this.bar.stop();
      this.bar.start(total ?? done, done, { step, unit });
      this.step = label;
    }
    this.bar.setTotal(total ?? done);
    this.bar.update(done);
  }

  stop(): void {
    if (this.isShown) this.bar.stop();
  }
}

/** What a program reads of an ingestion. */
function summaryOf(run: RunStory): Record<string, unknown> {
  const { totals } = run;
  const none = { new: 0, changed: 0, unchanged: 0, ended: 0 };
  const { unchanged: _, ...noInstruments } = none;
  return {
    run: run.id,
    source: run.source,
    edition: run.edition,
    state: run.state,
    files: totals?.files ?? 0,
    rows: totals?.rows ?? 0,
    rejected: totals?.rejected ?? 0,
    skipped: totals?.skipped ?? {},
    cosmetic: totals?.cosmetic ?? 0,
    drift: totals?.drift ?? {},
    records: totals?.records ?? none,
    instruments: totals?.instruments ?? noInstruments,
    publication: run.publication,
    seconds: secondsOf(run),
    findings: run.findings,
    error: run.error,
  };
}

function described(run: RunStory): string {
  const lines = [`${run.source}: ${run.state}${run.edition === null ? '' : `, edition of ${run.edition}`}`];
  const { totals } = run;
  if (totals !== null) {
    const { records, instruments } = totals;
    const skipped = Object.entries(totals.skipped).map(([reason, rows]) => `, ${count(rows)} ${reason}`);
    lines.push(
      `  rows         ${count(totals.rows)}, ${count(totals.rejected)} rejected${skipped.join('')}`,
      `  records      ${count(records.new)} new, ${count(records.changed)} changed, ${count(records.unchanged)} unchanged, ${count(records.ended)} ended`,
      `  instruments  ${count(instruments.new)} new, ${count(instruments.changed)} changed, ${count(instruments.ended)} ended`,
    );
  }
  if (run.publication !== null) lines.push(`  publication  ${run.publication}`);
  lines.push(`  run          ${run.id}, ${secondsOf(run)} s`);
  for (const { severity, code, message } of run.findings) lines.push(`  ${severity}: ${code}: ${message}`);
  if (run.error !== null) lines.push(`${run.error.code}: ${run.error.message}`, `→ ${run.error.nextStep}`);
  if (run.state === 'held') lines.push('Nothing that readers see has changed.');
  return lines.join('\n');
}

function secondsOf({ startedAt, endedAt }: RunStory): number | null {
  return startedAt === null || endedAt === null ? null : (endedAt.getTime() - startedAt.getTime()) / 1000;
}
