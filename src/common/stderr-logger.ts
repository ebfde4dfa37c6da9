import { inspect } from 'node:util';
import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { systemClock } from './clock.js';
import { logLine } from './secrets.js';

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

/**
 * Logs to stderr only: what a command prints on stdout is its answer, which another program may read. Nothing is written
 * unmasked, and one message is one line with the frames of its stack.
 */
export class StderrLogger extends ConsoleLogger {
  constructor(private readonly level: LogLevelName) {
    super({ logLevels: LEVELS[level], colors: process.stderr.isTTY === true, prefix: 'isinglass' });
  }

  protected override printMessages(messages: unknown[], context = '', level: LogLevel = 'log'): void {
    if (level === 'log' && this.level !== 'debug' && WIRING.has(context)) return;
    super.printMessages(messages, logLine(context), level, 'stderr');
  }

  protected override stringifyMessage(message: unknown, level: LogLevel): string {
    const said: unknown = this.resolveMessage(message);
    const text = typeof said === 'string' ? said : inspect(said, { breakLength: Infinity, depth: 5 });
    return super.stringifyMessage(logLine(text), level);
  }

  /** As everything else says it: ISO 8601, in UTC. */
  protected override getTimestamp(): string {
    return systemClock.now().toISOString();
  }

  /** Nest calls it without a stack as well. */
  protected override printStackTrace(stack: string | undefined): void {
    if (stack) super.printStackTrace(logLine(stack));
  }
}
