import { Command, CommandRunner, Option } from 'nest-commander';
import { ALL_SOURCES, Pauses, type PauseDecided } from '../ingestion/pauses.js';
import { inside } from './inside.js';
import { answer, answerJson } from './terminal.js';
import { byCommand, parseReason } from './words.js';

@Command({
  name: 'resume',
  arguments: '<source>',
  argsDescription: { source: 'Id of a source, or all for what "pause all" paused' },
  description: 'Go on with a source that is paused, or with all',
})
export class ResumeCommand extends CommandRunner {
  async run([source = '']: string[], options: { reason?: string; json?: boolean }): Promise<void> {
    const decided = await inside(({ app }) =>
      app.get(Pauses, { strict: false }).resume(source, byCommand(options.reason)),
    );
    if (options.json) answerJson(decided);
    else answer(described(decided));
  }

  @Option({ flags: '--reason <why>', description: 'Why, for the log' })
  parseReason(text: string): string {
    return parseReason(text);
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }
}

function described({ source, changed, pauses }: PauseDecided): string {
  const what = changed ? 'resumed' : 'was not paused: nothing changed';
  const isHeldByAll = source !== ALL_SOURCES && pauses.some((pause) => pause.source === ALL_SOURCES);
  return `${source}: ${what}${isHeldByAll ? '; but all sources are paused: npx isinglass resume all' : ''}`;
}
