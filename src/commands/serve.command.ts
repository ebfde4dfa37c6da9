import { Command, CommandRunner, Option } from 'nest-commander';
import { masked } from '../common/secrets.js';
import { parseRoles, readConfig, type Role } from '../config/settings.js';
import { serve } from '../main.js';
import { atHome } from './demo-home.js';
import { say } from './terminal.js';

@Command({
  name: 'serve',
  description: 'Start the house and stay: web, scheduler and worker, or some of them',
})
export class ServeCommand extends CommandRunner {
  async run(_words: string[], options: { roles?: readonly Role[]; json?: boolean }): Promise<void> {
    const config = atHome(readConfig());
    const sayLine = options.json
      ? (line: string): void => say(JSON.stringify({ message: masked(line) }))
      : say;
    await serve({ ...config, roles: options.roles ?? config.roles }, sayLine);
  }

  @Option({ flags: '--roles <roles>', description: 'Any of web,scheduler,worker (default: all)' })
  parseRoles(text: string): readonly Role[] {
    return parseRoles(text);
  }

  @Option({ flags: '--json', description: 'Say what happens as one JSON object a line' })
  parseJson(): boolean {
    return true;
  }
}
