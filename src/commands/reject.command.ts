import { Command, CommandRunner, Option } from 'nest-commander';
import { Operator } from '../ingestion/operator.js';
import { answerDecided } from './decided.js';
import { inside } from './inside.js';
import { byCommand, parseReason, parseRunNumber } from './words.js';

@Command({
  name: 'reject',
  arguments: '<run>',
  argsDescription: { run: 'Number of a run that is held' },
  description: 'Leave an edition that a run holds aside, until its files change',
})
export class RejectCommand extends CommandRunner {
  async run([word = '']: string[], options: { reason?: string; json?: boolean }): Promise<void> {
    const run = parseRunNumber(word);
    const decided = await inside(({ app }) =>
      app.get(Operator, { strict: false }).reject(run, byCommand(options.reason)),
    );
    answerDecided(
      decided,
      `rejected: run ${run} ends as refused, and its edition is left aside until its files change`,
      options,
    );
  }

  @Option({ flags: '--reason <why>', description: 'Why: needed, and kept with the run' })
  parseReason(text: string): string {
    return parseReason(text);
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }
}
