import { Command, CommandRunner, Help, Option } from 'nest-commander';
import { BadRequestError } from '../common/errors.js';
import { Operator } from '../ingestion/operator.js';
import { EDITION_KINDS, type EditionKind } from '../sources/source.js';
import { answerDecided } from './decided.js';
import { inside } from './inside.js';
import { byCommand, parseChoice, parseProfileOption, parseReason } from './words.js';

interface RunOptions {
  date?: string;
  kind?: EditionKind;
  profile?: readonly string[] | null;
  force?: boolean;
  acceptGap?: string | true;
  reason?: string;
  json?: boolean;
}

@Command({
  name: 'run',
  arguments: '<source>',
  argsDescription: { source: 'Id of the source, for example eu-esma-firds' },
  description: 'Ask a worker to fetch a source now, and answer with the number of the run',
})
export class RunCommand extends CommandRunner {
  async run([source = '']: string[], options: RunOptions): Promise<void> {
    const { date, kind, profile, force, acceptGap, reason } = options;
    // Without a value commander says `true`, and calls no parser.
    const gapReason = acceptGap === true ? parseReason('', '--accept-gap') : acceptGap;
    const order = { editionOn: date, kind, letters: profile, force, gapReason };
    const decided = await inside(({ app }) =>
      app.get(Operator, { strict: false }).run(source, order, 'cli', byCommand(reason)),
    );
    answerDecided(decided, `run ${decided.run} is ${decided.state}`, options);
  }

  @Option({
    flags: '--date <day>',
    description: 'Only the edition of this day, YYYY-MM-DD, out of the archive',
  })
  parseDate(text: string): string {
    if (text.trim() !== '') return text.trim();
    throw new BadRequestError('DAY_INVALID', '--date: a day is missing', 'Write it as YYYY-MM-DD.');
  }

  @Option({
    flags: '--kind <kind>',
    description: 'With --date: full, delta or evidence (default: the full set of that day, else its delta)',
  })
  parseKind(text: string): EditionKind {
    return parseChoice(text, '--kind', EDITION_KINDS);
  }

  @Option({
    flags: '--profile <kinds>',
    description: 'What to take of files with millions of records: shares,funds,… or all',
  })
  parseProfile(text: string): readonly string[] | null {
    return parseProfileOption(text);
  }

  @Option({
    flags: '--force',
    description: 'Download and apply it again even if it is what was published last',
  })
  parseForce(): boolean {
    return true;
  }

  @Option({
    flags: '--accept-gap [why]',
    description: 'Go on although deltas are missing, for this reason; the next full set heals what they said',
  })
  parseAcceptGap(text: string): string {
    return parseReason(text, '--accept-gap');
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
      '  npx isinglass run xx-iso-mic',
      '  npx isinglass run eu-esma-firds --date 2026-08-08 --kind full --force',
      '  npx isinglass run eu-esma-firds --accept-gap "ESMA says the file of the 7th is lost"',
    ].join('\n');
  }
}
