import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { inspect } from 'node:util';
import { loggable } from './secrets.js';

export type LogLevelName = 'error' | 'warn' | 'info' | 'debug';

const LEVELS: Readonly<Record<LogLevelName, LogLevel[]>> = {
  error: ['fatal', 'error'],
  warn: ['fatal', 'error', 'warn'],
  info: ['fatal', 'error', 'warn', 'log'],
  debug: ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'],
};

/** Nest's own talk about its wiring, which tells an operator nothing. */
const WIRING = new Set([
  'InstanceLoader',
  'RouterExplorer',
  'RoutesResolver',
  'NestFactory',
  'NestApplication',
]);

/** Logs to stderr only: what a command prints on stdout is its answer, which another program may read. */
export class StderrLogger extends ConsoleLogger {
  constructor(private readonly level: LogLevelName) {
    super({ logLevels: LEVELS[level], colors: process.stderr.isTTY === true, prefix: 'isinglass' });
  }

  protected override printMessages(messages: unknown[], context = '', level: LogLevel = 'log'): void {
    if (level === 'log' && this.level !== 'debug' && WIRING.has(context)) return;
    super.printMessages(messages.map(textOf), context, level, 'stderr');
  }

  protected override printStackTrace(stack: string | undefined): void {
    // Nest calls it without one, too.
    if (stack !== undefined) super.printStackTrace(loggable(stack));
  }
}

function textOf(message: unknown): string {
  return loggable(typeof message === 'string' ? message : inspect(message));
}
