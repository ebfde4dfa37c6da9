import { Command, CommandRunner, Option } from 'nest-commander';
import { readConfig } from '../config/settings.js';
import { attachOrStartEmbeddedPostgres } from '../database/embedded/embedded-postgres.js';
import { AuditLog } from '../auth/audit-log.js';
import { Database } from '../database/database.js';
import { migrate } from '../database/migrate.js';
import { answer, answerJson, say } from './terminal.js';
import { byCommand } from './words.js';

@Command({ name: 'migrate', description: 'Bring the database schema up to date (serve does it by itself)' })
export class MigrateCommand extends CommandRunner {
  async run(_words: string[], options: { json?: boolean }): Promise<void> {
    const config = readConfig();
    const embedded =
      config.databaseUrl === undefined
        ? await attachOrStartEmbeddedPostgres({ home: config.home, log: say })
        : undefined;
    try {
      const url = config.databaseUrl ?? embedded?.url ?? '';
      const applied = await migrate(url);
      if (applied.length > 0) await writeDown(url, applied);
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

/** The log is one of the tables that were made. */
async function writeDown(url: string, applied: readonly string[]): Promise<void> {
  const database = new Database(url, { maxConnections: 1 });
  try {
    await database.transaction((client) =>
      new AuditLog(database).write(client, byCommand(), { action: 'migrate', details: { applied } }),
    );
  } finally {
    await database.close();
  }
}
