import { Command, CommandRunner, Option } from 'nest-commander';
import {
  SourceOverview,
  type SchedulePreview,
  type SourceState,
  type WholeSchedule,
} from '../operations/source-overview.js';
import { inside } from './inside.js';
import { answer, answerJson, table } from './terminal.js';

@Command({
  name: 'sources',
  arguments: '[source]',
  argsDescription: { source: 'Id of a source' },
  description:
    'The lists we read: on or off, when due, how fresh; or the schedule of one, with its next and last slots',
})
export class SourcesCommand extends CommandRunner {
  async run([id]: string[], options: { json?: boolean }): Promise<void> {
    if (id === undefined) {
      const sources = await inside(({ app }) => app.get(SourceOverview, { strict: false }).list());
      if (options.json) answerJson(sources);
      else answer(listed(sources));
      return;
    }
    const preview = await inside(({ app }) => app.get(SourceOverview, { strict: false }).schedule(id));
    if (options.json) answerJson(preview);
    else answer(previewed(preview));
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }
}

function listed(sources: readonly SourceState[]): string {
  const rows = sources.map(({ id, title, isOn, lastEdition, lastConfirmedAt, lastRun, nextDueAt }) => [
    id,
    isOn ? 'on' : 'off',
    lastEdition,
    lastConfirmedAt?.toISOString() ?? null,
    lastRun === null
      ? null
      : `${lastRun.id} ${lastRun.state}${lastRun.code === null ? '' : ` ${lastRun.code}`}`,
    nextDueAt[0]?.toISOString() ?? null,
    title,
  ]);
  return table(['SOURCE', 'IS', 'EDITION', 'CONFIRMED', 'LAST RUN', 'NEXT DUE', 'TITLE'], rows);
}

function previewed({ id, title, isOn, isPaused, schedule, next, slots }: SchedulePreview): string {
  const is = isOn ? (isPaused ? 'paused' : 'on') : 'off';
  const facts = [['is', is], ...described(schedule)];
  const due = next.map(({ dueAt, local }) => [dueAt.toISOString(), local]);
  const last = slots.map(({ dueAt, state, reason, runs }) => [
    dueAt.toISOString(),
    state,
    runs.length === 0 ? null : runs.map((run) => `${run.id} ${run.state}`).join(', '),
    reason,
  ]);
  return [
    `${id}  ${title}`,
    ...facts.map(([name = '', text = '']) => `  ${name.padEnd(12)} ${text}`),
    '',
    table(['DUE (UTC)', 'THERE'], due),
    '',
    last.length === 0 ? 'No slot was due yet.' : table(['SLOT', 'STATE', 'RUNS', 'REASON'], last),
  ].join('\n');
}

function described(schedule: WholeSchedule): readonly (readonly string[])[] {
  const { cron, timeZone, catchUp, catchUpMost, after, patienceMinutes, until } = schedule;
  const facts = [
    ['schedule', `${cron} in ${timeZone}`],
    ['catch-up', catchUpMost === null ? catchUp : `${catchUp}, ${catchUpMost} at most`],
  ];
  if (after.length > 0) facts.push(['after', `${after.join(', ')}, for ${patienceMinutes} minutes at most`]);
  if (until !== null) {
    const day = until.lagDays === 0 ? 'the day' : `${until.lagDays} days before`;
    facts.push([
      'until',
      `the edition of ${day}: again every ${until.everyMinutes} minutes, given up at ${until.giveUpAt}`,
    ]);
  }
  return facts;
}
