import { Command, CommandRunner, Help, Option } from 'nest-commander';
import {
  ConcurrencyLimits,
  parseLimitKind,
  parseMost,
  type ConcurrencyLimit,
  type LimitDecided,
} from '../ingestion/concurrency-limits.js';
import { inside } from './inside.js';
import { answer, answerJson, table } from './terminal.js';
import { byCommand, parseReason } from './words.js';

@Command({
  name: 'limit',
  arguments: '[words...]',
  argsDescription: {
    words: 'overall, source <id> or host <host>, then a number or none; without words the limits are listed',
  },
  description: 'How many steps may be at work at once: overall, of a source, or downloading from a host',
})
export class LimitCommand extends CommandRunner {
  async run(words: string[], options: { reason?: string; json?: boolean }): Promise<void> {
    const [kindWord, ...rest] = words.flat();
    if (kindWord === undefined) {
      const limits = await inside(({ app }) => app.get(ConcurrencyLimits, { strict: false }).list());
      if (options.json) answerJson(limits);
      else answer(listed(limits));
      return;
    }
    const kind = parseLimitKind(kindWord);
    const most = parseMost(rest.pop() ?? '');
    const name = rest.join(' ');
    const decided = await inside(({ app }) =>
      app.get(ConcurrencyLimits, { strict: false }).set(kind, name, most, byCommand(options.reason)),
    );
    if (options.json) answerJson(decided);
    else answer(described(decided));
  }

  @Option({ flags: '--reason <why>', description: 'Why, for the log' })
  parseReason(text: string): string {
    return parseReason(text);
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }

  @Help('after')
  examples(): string {
    return [
      '',
      'Examples:',
      '  npx isinglass limit overall 4',
      '  npx isinglass limit source eu-esma-firds 2',
      '  npx isinglass limit host firds.esma.europa.eu none',
    ].join('\n');
  }
}

function listed(limits: readonly ConcurrencyLimit[]): string {
  if (limits.length === 0) return 'No limit is set.';
  return table(
    ['LIMIT', 'OF', 'MOST'],
    limits.map(({ kind, name, most }) => [kind, name || null, most]),
  );
}

function described({ kind, name, most, changed }: LimitDecided): string {
  const what = name === '' ? kind : `${kind} ${name}`;
  const is = most === null ? 'no limit' : `at most ${most} steps at once`;
  return `${what}: ${is}${changed ? '' : ', as before: nothing changed'}`;
}
