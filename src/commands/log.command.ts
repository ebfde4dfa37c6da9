import { Command, CommandRunner, Option } from 'nest-commander';
import type { WrittenEvent } from '../auth/audit-log.js';
import { Users, type User } from '../auth/users.js';
import { DecisionLog } from '../ingestion/decision-log.js';
import { inside } from './inside.js';
import { answer, answerJson, table } from './terminal.js';
import { parseRunNumber } from './words.js';

const SHOWN_EVENTS = 50;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

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
    const [events, users] = await inside(async ({ app }) => [
      await app.get(DecisionLog, { strict: false }).list({ sourceId, runId, before, limit: SHOWN_EVENTS }),
      await app.get(Users, { strict: false }).list(),
    ]);
    if (options.json) answerJson(events);
    else answer(listed(events, users));
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

/** In the log users stand by their number, so that a name can be forgotten; who reads it knows them by their address. */
function listed(events: readonly WrittenEvent[], users: readonly User[]): string {
  const emails = new Map(users.map(({ id, email }) => [id, email]));
  const named = (text: string): string => text.replace(UUID, (id) => emails.get(id) ?? id);
  if (events.length === 0) return 'Nobody has decided anything yet.';
  const rows = events.map(({ id, at, actor, action, sourceId, runId, reason, details }) => [
    id,
    at.toISOString(),
    named(actor),
    action,
    sourceId ?? null,
    runId ?? null,
    reason,
    Object.keys(details ?? {}).length === 0 ? '' : named(JSON.stringify(details)),
  ]);
  return table(['LINE', 'AT', 'WHO', 'ACTION', 'SOURCE', 'RUN', 'WHY', ''], rows);
}
