import { Command, CommandRunner, Option } from 'nest-commander';
import { readConfig } from '../config/settings.js';
import { Database } from '../database/database.js';
import { checkDeployment } from '../operations/deploy-checks.js';
import { deploymentOf } from '../operations/deployment.js';
import { checkedHouse, checkSystem, type CheckResult } from '../operations/system-checks.js';
import { inside } from './inside.js';
import { answer, answerJson, count } from './terminal.js';

@Command({
  name: 'check',
  description: 'System checks: is the house set up well? Fails when one finds an error',
})
export class CheckCommand extends CommandRunner {
  async run(_words: string[], options: { deploy?: boolean; json?: boolean }): Promise<void> {
    const deploy = options.deploy ? await checkDeployment(deploymentOf(readConfig())) : [];
    const system = await inside(({ app }) =>
      checkSystem(checkedHouse(readConfig(), app.get(Database, { strict: false }))),
    );
    const results = [...system, ...deploy];
    if (results.some(({ level }) => level === 'error')) process.exitCode = 1;
    if (options.json) {
      answerJson(results);
      return;
    }
    for (const { id, level, message, hint } of results) {
      answer(`${level.padEnd(8)} ${id.padEnd(24)} ${message}${hint === null ? '' : `\n         → ${hint}`}`);
    }
    answer(summaryOf(results));
  }

  @Option({
    flags: '--deploy',
    description: 'Is it safe to be reached by others, as with NODE_ENV=production?',
  })
  parseDeploy(): boolean {
    return true;
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }
}

/** `2 errors, 1 warning, 20 ok` */
function summaryOf(results: readonly CheckResult[]): string {
  const of = (level: CheckResult['level']): number => results.filter((each) => each.level === level).length;
  const [errors, warnings] = [of('error'), of('warning')];
  const words = [
    `${count(errors)} ${errors === 1 ? 'error' : 'errors'}`,
    `${count(warnings)} ${warnings === 1 ? 'warning' : 'warnings'}`,
    `${count(results.length - errors - warnings)} ok`,
  ];
  return words.join(', ');
}
