import { Command, CommandRunner, Option } from 'nest-commander';
import { Retention } from '../ingestion/retention.js';
import { inside } from './inside.js';
import { answer, answerJson, count, table } from './terminal.js';

@Command({
  name: 'retain',
  description:
    'Delete what is older than it is to be kept: runs, logs, slots, files, and what faults left behind (serve does it each hour)',
})
export class RetainCommand extends CommandRunner {
  async run(_words: string[], { dryRun = false, json }: { dryRun?: boolean; json?: boolean }): Promise<void> {
    const swept = await inside(({ app }, signal) =>
      app.get(Retention, { strict: false }).sweep({ isDryRun: dryRun, signal }),
    );
    if (json) {
      answerJson({ isDryRun: dryRun, deleted: swept });
      return;
    }
    const rows = Object.entries(swept).map(([kind, deleted]) => [kind, count(deleted)]);
    answer(table(['KIND', dryRun ? 'WOULD BE DELETED' : 'DELETED'], rows));
  }

  @Option({ flags: '--dry-run', description: 'Only count what would be deleted' })
  parseDryRun(): boolean {
    return true;
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }
}
