import { Command, CommandRunner, Help, Option } from 'nest-commander';
import { Backfill, BACKFILL_MODES, type BackfillMode, type BackfillPlan } from '../ingestion/backfill.js';
import { BadRequestError } from '../common/errors.js';
import { inside } from './inside.js';
import { answer, answerJson, count, table } from './terminal.js';
import { byCommand, parseChoice, parseProfileOption, parseReason } from './words.js';

interface BackfillOptions {
  from?: string;
  to?: string;
  mode?: BackfillMode;
  backwards?: boolean;
  dryRun?: boolean;
  profile?: readonly string[] | null;
  reason?: string;
  json?: boolean;
}

@Command({
  name: 'backfill',
  arguments: '<source>',
  argsDescription: { source: 'Id of a source whose publisher has an archive, for example eu-esma-firds' },
  description: 'Ask workers to bring days of a publisher’s archive, one run for each edition',
})
export class BackfillCommand extends CommandRunner {
  async run([source = '']: string[], options: BackfillOptions): Promise<void> {
    const { from, to, mode, backwards, dryRun, profile, reason } = options;
    if (from === undefined || to === undefined) {
      throw new BadRequestError(
        'DAY_INVALID',
        'the first or the last day is missing',
        'Say both: --from 2026-08-01 --to 2026-08-08',
      );
    }
    const order = {
      from,
      to,
      mode: mode ?? 'missing',
      isBackwards: backwards ?? false,
      isDryRun: dryRun ?? false,
      letters: profile,
    };
    const plan = await inside(({ app }, signal) =>
      app.get(Backfill, { strict: false }).order(source, order, byCommand(reason), signal),
    );
    if (options.json) answerJson(plan);
    else answer(described(plan));
  }

  @Option({ flags: '--from <day>', description: 'First day of publication, YYYY-MM-DD' })
  parseFrom(text: string): string {
    return text;
  }

  @Option({ flags: '--to <day>', description: 'Last day of publication' })
  parseTo(text: string): string {
    return text;
  }

  @Option({
    flags: '--mode <mode>',
    description:
      'missing: editions that were never published (default); failed: those whose last run did not succeed; all',
  })
  parseMode(text: string): BackfillMode {
    return parseChoice(text, '--mode', BACKFILL_MODES);
  }

  @Option({ flags: '--backwards', description: 'The newest day first' })
  parseBackwards(): boolean {
    return true;
  }

  @Option({ flags: '--dry-run', description: 'Only say which files and how many bytes that would be' })
  parseDryRun(): boolean {
    return true;
  }

  @Option({
    flags: '--profile <kinds>',
    description: 'What to take of files with millions of records: shares,funds,… or all',
  })
  parseProfile(text: string): readonly string[] | null {
    return parseProfileOption(text);
  }

  @Option({ flags: '--reason <why>', description: 'Why, for the log' })
  parseReason(text: string): string {
    return parseReason(text);
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }

  @Help('after')
  examples(): string {
    return [
      '',
      'Examples:',
      '  npx isinglass backfill eu-esma-firds --from 2026-08-01 --to 2026-08-08 --dry-run',
      '  npx isinglass backfill gb-fca-firds --from 2026-08-01 --to 2026-08-08 --mode failed',
    ].join('\n');
  }
}

function described({ source, isDryRun, isPaused, editions, totals }: BackfillPlan): string {
  if (editions.length === 0) return `${source}: nothing to bring`;
  const rows = editions.map(({ editionOn, kind, files, sizeBytes, run, leftOut }) => [
    editionOn,
    kind,
    files,
    ...(isDryRun ? [sizeBytes === null ? null : count(sizeBytes)] : []),
    run,
    leftOut === null ? '' : `left out: it would be refused as ${leftOut}`,
  ]);
  const listed = table(['EDITION', 'KIND', 'FILES', ...(isDryRun ? ['BYTES'] : []), 'RUN', ''], rows);
  const gap = editions.some(({ leftOut }) => leftOut === 'DELTA_GAP')
    ? [
        'Deltas need the day before them: name the missing days too, the oldest first, or go on without: ' +
          `npx isinglass run ${source} --accept-gap "<why>"`,
      ]
    : [];
  if (totals.editions === 0)
    return [listed, `${source}: nothing of these days can be brought`, ...gap].join('\n');
  const size = `, ${count(totals.sizeBytes)} bytes${totals.filesOfUnknownSize > 0 ? `, and ${totals.filesOfUnknownSize} files whose size nobody says` : ''}`;
  const what = `${many(totals.editions, 'edition')}, ${many(totals.files, 'file')}`;
  const waiting = totals.editions - totals.queued;
  const whoTakes = isPaused
    ? 'They wait: the source is paused, see npx isinglass pause. A process with the role worker takes them after npx isinglass resume.'
    : 'A process with the role worker takes them one after the other.';
  return [
    listed,
    isDryRun
      ? `${source}: ${what}${size}; nothing was done`
      : `${source}: ${what}: ${many(totals.queued, 'run')} queued${waiting > 0 ? `, ${waiting} waited already` : ''}. ${whoTakes}`,
  ].join('\n');
}

function many(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
