import { Command, CommandRunner, Option } from 'nest-commander';
import { Pauses, type Pause, type PauseDecided } from '../ingestion/pauses.js';
import { inside } from './inside.js';
import { answer, answerJson, table } from './terminal.js';
import { byCommand, parseReason } from './words.js';

@Command({
  name: 'pause',
  arguments: '[source]',
  argsDescription: { source: 'Id of a source, or all; without it the pauses in force are listed' },
  description:
    'Begin nothing more of a source, or of all, until it is resumed; what is at work goes to the end of its step',
})
export class PauseCommand extends CommandRunner {
  async run([source]: string[], options: { reason?: string; json?: boolean }): Promise<void> {
    if (source === undefined) {
      const pauses = await inside(({ app }) => app.get(Pauses, { strict: false }).list());
      if (options.json) answerJson(pauses);
      else answer(listed(pauses));
      return;
    }
    const decided = await inside(({ app }) =>
      app.get(Pauses, { strict: false }).pause(source, byCommand(options.reason)),
    );
    if (options.json) answerJson(decided);
    else answer(described(decided));
  }

  @Option({ flags: '--reason <why>', description: 'Why, for the log and for whoever wonders' })
  parseReason(text: string): string {
    return parseReason(text);
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }
}

function listed(pauses: readonly Pause[]): string {
  if (pauses.length === 0) return 'Nothing is paused.';
  const rows = pauses.map(({ source, pausedAt, pausedBy, reason }) => [
    source,
    pausedAt.toISOString(),
    pausedBy,
    reason || null,
  ]);
  return table(['PAUSED', 'SINCE', 'BY', 'REASON'], rows);
}

function described({ source, changed, pauses }: PauseDecided): string {
  if (changed) return `${source}: paused, until: npx isinglass resume ${source}`;
  return `${source}: paused already, nothing changed\n${listed(pauses)}`;
}
