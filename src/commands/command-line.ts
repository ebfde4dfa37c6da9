import { Module } from '@nestjs/common';
import { CommandFactory } from 'nest-commander';
import { IsinglassError } from '../common/errors.js';
import { StderrLogger } from '../common/stderr-logger.js';
import { CheckCommand } from './check.command.js';
import { DemoCommand } from './demo.command.js';
import { IngestCommand } from './ingest.command.js';
import { LookupCommand } from './lookup.command.js';
import { MigrateCommand } from './migrate.command.js';
import { RunsCommand } from './runs.command.js';
import { ServeCommand } from './serve.command.js';
import { SimulateCommand } from './simulate.command.js';
import { SourcesCommand } from './sources.command.js';
import { say } from './terminal.js';
import { ValidateCommand } from './validate.command.js';

@Module({
  providers: [
    ServeCommand,
    DemoCommand,
    MigrateCommand,
    SourcesCommand,
    IngestCommand,
    RunsCommand,
    LookupCommand,
    ValidateCommand,
    CheckCommand,
    SimulateCommand,
  ],
})
class CommandsModule {}

/** Runs the command that the process was started with. The exit code is 0 only on success. */
export async function runCommandLine(): Promise<void> {
  await CommandFactory.run(CommandsModule, {
    logger: new StderrLogger('warn'),
    cliName: 'isinglass',
    usePlugins: false,
    errorHandler: fail,
    serviceErrorHandler: fail,
  });
}

function fail(error: unknown): void {
  process.exitCode = 1;
  if (error instanceof IsinglassError) {
    say(`${error.code}: ${error.message}`);
    say(`→ ${error.nextStep}`);
    return;
  }
  // Commander has said itself what is wrong with the words of the command.
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('commander.')) {
    process.exitCode = 'exitCode' in error && error.exitCode === 0 ? 0 : 1;
    return;
  }
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
