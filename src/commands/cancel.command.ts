import { Command, CommandRunner, Option } from 'nest-commander';
import { Operator } from '../ingestion/operator.js';
import { answerDecided } from './decided.js';
import { inside } from './inside.js';
import { byCommand, parseReason, parseRunNumber } from './words.js';

@Command({
  name: 'cancel',
  arguments: '<run>',
  argsDescription: { run: 'Number of a run that waits or is at work' },
  description: 'End a run that waits or is at work; what is published stays',
})
export class CancelCommand extends CommandRunner {
  async run([word = '']: string[], options: { reason?: string; json?: boolean }): Promise<void> {
    const run = parseRunNumber(word);
    const decided = await inside(({ app }) =>
      app.get(Operator, { strict: false }).cancel(run, byCommand(options.reason)),
    );
    answerDecided(decided, `run ${run} is cancelled`, options);
  }

  @Option({ flags: '--reason <why>', description: 'Why: needed' })
  parseReason(text: string): string {
    return parseReason(text);
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }
}
