import { Command, CommandRunner, Option } from 'nest-commander';
import { Operator } from '../ingestion/operator.js';
import { answerDecided } from './decided.js';
import { inside } from './inside.js';
import { byCommand, parseReason, parseRunNumber } from './words.js';

@Command({
  name: 'retry',
  arguments: '<run>',
  argsDescription: { run: 'Number of a run that failed, was refused, held or cancelled' },
  description: 'Let a run that did not end well go on at the step that failed',
})
export class RetryCommand extends CommandRunner {
  async run([word = '']: string[], options: { reason?: string; json?: boolean }): Promise<void> {
    const run = parseRunNumber(word);
    const decided = await inside(({ app }) =>
      app.get(Operator, { strict: false }).retry(run, byCommand(options.reason)),
    );
    answerDecided(decided, `run ${run} waits again`, options);
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
