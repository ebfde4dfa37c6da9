import { Command, CommandRunner, Option } from 'nest-commander';
import { readConfig } from '../config/settings.js';
import { attachOrStartEmbeddedPostgres } from '../database/embedded/embedded-postgres.js';
import { migrate } from '../database/migrate.js';
import { answer, answerJson, say } from './terminal.js';

@Command({ name: 'migrate', description: 'Bring the database schema up to date (serve does it by itself)' })
export class MigrateCommand extends CommandRunner {
  async run(_words: string[], options: { json?: boolean }): Promise<void> {
    const config = readConfig();
    const embedded =
      config.databaseUrl === undefined
        ? await attachOrStartEmbeddedPostgres({ home: config.home, log: say })
        : undefined;
    try {
      const applied = await migrate(config.databaseUrl ?? embedded?.url ?? '');
      if (options.json) answerJson({ applied });
      else answer(applied.length === 0 ? 'The schema is up to date.' : `Applied: ${applied.join(', ')}`);
    } finally {
      await embedded?.stop();
    }
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }
}
