import { Command, CommandRunner, Option } from 'nest-commander';
import { Operator } from '../ingestion/operator.js';
import { answerDecided } from './decided.js';
import { inside } from './inside.js';
import { byCommand, parseReason, parseRunNumber } from './words.js';

@Command({
  name: 'approve',
  arguments: '<run>',
  argsDescription: { run: 'Number of a run that is held' },
  description: 'Publish the very edition that a run holds, whatever the publisher shows by now',
})
export class ApproveCommand extends CommandRunner {
  async run([word = '']: string[], options: { reason?: string; json?: boolean }): Promise<void> {
    const run = parseRunNumber(word);
    const decided = await inside(({ app }) =>
      app.get(Operator, { strict: false }).approve(run, 'cli', byCommand(options.reason)),
    );
    answerDecided(decided, `approved: run ${decided.run} publishes what run ${run} held`, options);
  }

  @Option({ flags: '--reason <why>', description: 'Why: needed, and kept with the edition' })
  parseReason(text: string): string {
    return parseReason(text);
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }
}
