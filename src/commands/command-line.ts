import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { CommandFactory, InjectCommander, type CommandRunner } from 'nest-commander';
import { BadRequestError, ConfigurationError, IsinglassError } from '../common/errors.js';
import { StderrLogger } from '../common/stderr-logger.js';
import { failureOf } from '../ingestion/run-ledger.js';
import { ApproveCommand } from './approve.command.js';
import { AuditCommand, AuditExportCommand, AuditVerifyCommand } from './audit.command.js';
import { BackfillCommand } from './backfill.command.js';
import { CancelCommand } from './cancel.command.js';
import { CheckCommand } from './check.command.js';
import { CreateKeyCommand } from './create-key.command.js';
import { CreateUserCommand } from './create-user.command.js';
import { DemoCommand } from './demo.command.js';
import { IngestCommand } from './ingest.command.js';
import { LimitCommand } from './limit.command.js';
import { LogCommand } from './log.command.js';
import { LookupCommand } from './lookup.command.js';
import { MigrateCommand } from './migrate.command.js';
import { PauseCommand } from './pause.command.js';
import { RejectCommand } from './reject.command.js';
import { ResumeCommand } from './resume.command.js';
import { RetryCommand } from './retry.command.js';
import { RunCommand } from './run.command.js';
import { RetainCommand } from './retain.command.js';
import { RunsCommand } from './runs.command.js';
import { ServeCommand } from './serve.command.js';
import { SimulateCommand } from './simulate.command.js';
import { SourcesCommand } from './sources.command.js';
import { answerJson, say } from './terminal.js';
import { ValidateCommand } from './validate.command.js';

/** Commander's own class, of the version that nest-commander brings. */
type Program = Parameters<CommandRunner['setCommand']>[0];
type ProgramError = Parameters<NonNullable<Parameters<Program['exitOverride']>[0]>>[0];

@Module({
  providers: [
    ServeCommand,
    DemoCommand,
    MigrateCommand,
    SourcesCommand,
    IngestCommand,
    RunsCommand,
    RunCommand,
    CancelCommand,
    RetryCommand,
    ApproveCommand,
    RejectCommand,
    PauseCommand,
    ResumeCommand,
    BackfillCommand,
    LimitCommand,
    LogCommand,
    CreateUserCommand,
    CreateKeyCommand,
    AuditCommand,
    AuditVerifyCommand,
    AuditExportCommand,
    LookupCommand,
    ValidateCommand,
    CheckCommand,
    RetainCommand,
    SimulateCommand,
  ],
})
class CommandsModule implements OnApplicationBootstrap {
  constructor(@InjectCommander() private readonly program: Program) {}

  /** nest-commander has made the commands by now. */
  onApplicationBootstrap(): void {
    this.program
      .name('isinglass')
      .usage('<command> [options]')
      .description(
        'A securities master at home: public lists of ISINs, fetched, checked, kept with their history.',
      )
      .addHelpText('after', HELP_AFTER);
    const commands = this.program.commands.flatMap((command) => [command, ...command.commands]);
    for (const command of [this.program, ...commands]) {
      command
        .allowExcessArguments(false)
        .configureOutput({ outputError: () => undefined })
        .exitOverride((error) => {
          throw wordsError(error, wayTo(command, this.program));
        });
    }
  }
}

/** `audit verify ` */
function wayTo(command: Program, program: Program): string {
  const above = command.parent;
  if (command === program || above === null) return '';
  return `${wayTo(above, program)}${command.name()} `;
}

const HELP_AFTER = `
Settings come from the environment, DATABASE_URL and PORT for example; the README lists them all.
The answer of a command is on stdout, everything else on stderr. Exit code 0 means success,
78 that a setting or this machine is not as it must be.`;

/** Help that was asked for stays as it is; wrong words become one of our errors, with a next step. */
function wordsError(error: ProgramError, command: string): Error {
  if (error.code === 'commander.help' || error.code === 'commander.helpDisplayed') return error;
  return new BadRequestError(
    'WORDS_UNKNOWN',
    error.message.replace(/^error: /, '').replace(/(?<!\s)\s*\n\s*/g, ' '),
    `See npx isinglass ${command}--help`,
    { cause: error },
  );
}

/** Runs the command that the process was started with. The exit code is 0 only on success, and 78 for what is set up wrongly. */
export async function runCommandLine(): Promise<void> {
  // Node would write it as it is, secrets and all.
  process.on('uncaughtException', (error) => {
    fail(error);
    process.exit();
  });
  await CommandFactory.run(CommandsModule, {
    logger: new StderrLogger('warn'),
    cliName: 'isinglass',
    usePlugins: false,
    serviceErrorHandler: fail,
  });
}

/** EX_CONFIG of sysexits.h: starting again will not help before somebody has changed something. */
const EXIT_CODE_CONFIGURATION = 78;
/** What may be over at the next start: a supervisor that does not start again after 78 should do it here. */
const MAY_PASS = ['DATABASE_UNREACHABLE', 'MIGRATION_IN_PROGRESS'];

function isForAPerson(error: unknown): boolean {
  return error instanceof ConfigurationError && !MAY_PASS.includes(error.code);
}

/** Says why a command failed: on stderr for people, as JSON on stdout for programs that asked for it. */
function fail(error: unknown): void {
  process.exitCode = isForAPerson(error) ? EXIT_CODE_CONFIGURATION : 1;
  // Commander has shown the help; it was asked for unless its code says otherwise.
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('commander.')) {
    process.exitCode = 'exitCode' in error && error.exitCode === 0 ? 0 : 1;
    return;
  }
  const { code, message, nextStep } = failureOf(error);
  if (process.argv.includes('--json')) answerJson({ error: { code, message, nextStep } });
  if (error instanceof IsinglassError) {
    // What PostgreSQL wrote last, for example, has lines of its own; indented, none of them passes for one of ours.
    const [first = '', ...more] = message.split('\n');
    say(`${code}: ${first}`);
    for (const line of more) say(`  ${line}`);
    say(`→ ${nextStep}`);
    return;
  }
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
