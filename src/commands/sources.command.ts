import { Command, CommandRunner, Option } from 'nest-commander';
import { SourceOverview } from '../operations/source-overview.js';
import { inside } from './inside.js';
import { answer, answerJson, table } from './terminal.js';

@Command({ name: 'sources', description: 'The lists we read: on or off, when due, how fresh' })
export class SourcesCommand extends CommandRunner {
  async run(_words: string[], options: { json?: boolean }): Promise<void> {
    const sources = await inside(({ app }) => app.get(SourceOverview, { strict: false }).list());
    if (options.json) {
      answerJson(sources);
      return;
    }
    const rows = sources.map(({ id, title, isOn, lastEdition, lastConfirmedAt, lastRun, nextDueAt }) => [
      id,
      isOn ? 'on' : 'off',
      lastEdition,
      lastConfirmedAt?.toISOString() ?? null,
      lastRun === null
        ? null
        : `${lastRun.id} ${lastRun.state}${lastRun.code === null ? '' : ` ${lastRun.code}`}`,
      nextDueAt[0]?.toISOString() ?? null,
      title,
    ]);
    answer(table(['SOURCE', 'IS', 'EDITION', 'CONFIRMED', 'LAST RUN', 'NEXT DUE', 'TITLE'], rows));
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }
}
