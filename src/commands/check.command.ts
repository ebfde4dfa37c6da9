import { Command, CommandRunner, Option } from 'nest-commander';
import { readConfig } from '../config/settings.js';
import { Database } from '../database/database.js';
import { checkedHouse, checkSystem } from '../operations/system-checks.js';
import { inside } from './inside.js';
import { answer, answerJson } from './terminal.js';

@Command({
  name: 'check',
  description: 'System checks: is the house set up well? Fails when one finds an error',
})
export class CheckCommand extends CommandRunner {
  async run(_words: string[], options: { json?: boolean }): Promise<void> {
    const results = await inside(({ app }) =>
      checkSystem(checkedHouse(readConfig(), app.get(Database, { strict: false }))),
    );
    if (results.some(({ level }) => level === 'error')) process.exitCode = 1;
    if (options.json) {
      answerJson(results);
      return;
    }
    for (const { id, level, message, hint } of results) {
      answer(`${level.padEnd(8)} ${id.padEnd(20)} ${message}${hint === null ? '' : `\n         → ${hint}`}`);
    }
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }
}
