import { Command, CommandRunner, Option } from 'nest-commander';
import type { WrittenEvent } from '../auth/audit-log.js';
import { DecisionLog } from '../ingestion/decision-log.js';
import { inside } from './inside.js';
import { answer, answerJson, table } from './terminal.js';
import { parseRunNumber } from './words.js';

const SHOWN_EVENTS = 50;

@Command({
  name: 'log',
  description: `What people decided, the newest first: who, when, why. The last ${SHOWN_EVENTS}`,
})
export class LogCommand extends CommandRunner {
  async run(
    _words: string[],
    options: { source?: string; run?: number; before?: number; json?: boolean },
  ): Promise<void> {
    const { source: sourceId, run: runId, before } = options;
    const events = await inside(({ app }) =>
      app.get(DecisionLog, { strict: false }).list({ sourceId, runId, before, limit: SHOWN_EVENTS }),
    );
    if (options.json) answerJson(events);
    else answer(listed(events));
  }

  @Option({ flags: '--source <source>', description: 'Only what was decided on this source and its runs' })
  parseSource(text: string): string {
    return text;
  }

  @Option({ flags: '--run <run>', description: 'Only what was decided on this run' })
  parseRun(text: string): number {
    return parseRunNumber(text);
  }

  @Option({ flags: '--before <line>', description: 'Only lines older than this one' })
  parseBefore(text: string): number {
    return parseRunNumber(text);
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }
}

function listed(events: readonly WrittenEvent[]): string {
  if (events.length === 0) return 'Nobody has decided anything yet.';
  const rows = events.map(({ id, at, actor, action, sourceId, runId, reason, details }) => [
    id,
    at.toISOString(),
    actor,
    action,
    sourceId ?? null,
    runId ?? null,
    reason,
    Object.keys(details ?? {}).length === 0 ? '' : JSON.stringify(details),
  ]);
  return table(['LINE', 'AT', 'WHO', 'ACTION', 'SOURCE', 'RUN', 'WHY', ''], rows);
}
