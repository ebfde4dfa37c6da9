import { Command, CommandRunner, Option } from 'nest-commander';
import { BadRequestError } from '../common/errors.js';
import { followRun } from '../ingestion/run-follower.js';
import { LOG_LEVELS, type LogLevel } from '../ingestion/run-log.js';
import {
  RunReader,
  type Drift,
  type EndedRun,
  type RunEvent,
  type RunStory,
  type RunSummary,
} from '../ingestion/run-reader.js';
import { inside } from './inside.js';
import { answer, answerJson, count, say, table } from './terminal.js';
import { parseRunNumber } from './words.js';

const SHOWN_RUNS = 20;
const SHOWN_REJECTS = 10;

const SHOWN_DRIFT = 10;
const EXIT_CODE_AFTER_SIGINT = 130;
const LONGEST_FIELD = 80;

interface RunsOptions {
  json?: boolean;
  source?: string;
  follow?: boolean;
  level?: LogLevel;
}

@Command({
  name: 'runs',
  arguments: '[run]',
  argsDescription: { run: 'Number of a run' },
  description:
    `The last ${SHOWN_RUNS} runs, or the whole story of one. With --follow its log as it is written: ` +
    'exit code 0 when it ends published or unchanged',
})
export class RunsCommand extends CommandRunner {
  async run([word]: string[], options: RunsOptions): Promise<void> {
    if (options.follow) {
      await follow(parseRunNumber(word ?? ''), options);
      return;
    }
    if (word === undefined) {
      const runs = await inside(({ app }) =>
        app.get(RunReader, { strict: false }).list({ source: options.source, limit: SHOWN_RUNS }),
      );
      if (options.json) answerJson(runs);
      else answer(listed(runs));
      return;
    }
    const run = parseRunNumber(word);
    const { level } = options;
    const story = await inside(async ({ app }) => {
      const reader = app.get(RunReader, { strict: false });
      return { ...(await reader.get(run)), drift: await reader.drift({ run, limit: SHOWN_DRIFT }) };
    });
    const events = story.events.filter((event) => isAtLeast(event.level, level));
    if (options.json) answerJson({ ...story, events });
    else answer(told({ ...story, events }, story.drift));
  }

  @Option({ flags: '--follow', description: 'Show the log of a run as it is written, until the run ends' })
  parseFollow(): boolean {
    return true;
  }

  @Option({
    flags: '--level <level>',
    description: `Only lines of this level and those above it: ${LOG_LEVELS.join(', ')}`,
  })
  parseLevel(text: string): LogLevel {
    const level = LOG_LEVELS.find((each) => each === text);
    if (level !== undefined) return level;
    throw new BadRequestError(
      'LEVEL_UNKNOWN',
      `--level: "${text}" is no level`,
      `Name one of ${LOG_LEVELS.join(', ')}.`,
    );
  }

  @Option({ flags: '--json', description: 'Answer in JSON; with --follow one object a line' })
  parseJson(): boolean {
    return true;
  }

  @Option({ flags: '--source <source>', description: 'Only runs of this source' })
  parseSource(text: string): string {
    return text;
  }
}

/** Ctrl-C ends the command, not the run. */
async function follow(run: number, { level, json }: RunsOptions): Promise<void> {
  const end = await inside(async ({ app }, signal) => {
    let isAway = false;
    const onTrouble = ({ message }: Error): void => {
      if (!isAway) say(`${message}; waiting for it`);
      isAway = true;
    };
    for await (const item of followRun(app.get(RunReader, { strict: false }), run, {
      level,
      signal,
      onWait: (waits) => say(`run ${run} waits ${waits}`),
      onTrouble,
    })) {
      isAway = false;
      if (json) answer(JSON.stringify('event' in item ? item.event : item.end));
      else answer('event' in item ? line(item.event) : lastLine(item.end));
      if ('end' in item) return item.end;
    }
    return undefined;
  });
  if (end === undefined) process.exitCode = EXIT_CODE_AFTER_SIGINT;
  else if (!['published', 'unchanged'].includes(end.state)) process.exitCode = 1;
}

function isAtLeast(level: LogLevel, least: LogLevel | undefined): boolean {
  return least === undefined || LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
}

/** `2026-11-24T10:15:00.123Z info    load EQUITY_L #2  1936 records out of 1936 rows  rows=1936` */
function line({ at, level, step, attempt, message, fields }: RunEvent): string {
  const where = [step, attempt === null ? null : `#${attempt}`].filter((each) => each !== null).join(' ');
  const details = Object.entries(fields)
    .filter(([, value]) => !isEmpty(value))
    .map(([name, value]) => `${name}=${name === 'nextStep' ? JSON.stringify(value) : brief(value)}`);
  return [`${at.toISOString()} ${level.padEnd(7)}`, where, message, details.join(' ')]
    .filter(Boolean)
    .join('  ');
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

function brief(value: unknown): string {
  const text = typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value);
  return text.length > LONGEST_FIELD ? `${text.slice(0, LONGEST_FIELD - 1)}…` : text;
}

function lastLine({ run, state, publication, error }: EndedRun): string {
  const lines = [`run ${run} ${state}${publication === null ? '' : `, publication ${publication}`}`];
  if (error !== null) lines.push(`${error.code}: ${error.message}`, `→ ${error.nextStep}`);
  return lines.join('\n');
}

function listed(runs: readonly RunSummary[]): string {
  if (runs.length === 0) return 'There was no run yet. Start one: npx isinglass ingest <source>';
  const isAnyWaiting = runs.some(({ waits }) => waits !== null);
  const rows = runs.map((run) => [
    run.id,
    run.source,
    run.trigger,
    run.state,
    run.edition,
    run.kind,
    run.publication,
    run.startedAt?.toISOString() ?? null,
    run.error?.code ?? null,
    ...(isAnyWaiting ? [run.waits] : []),
  ]);
  const waits = isAnyWaiting ? ['WAITS'] : [];
  return table(
    ['RUN', 'SOURCE', 'TRIGGER', 'STATE', 'EDITION', 'KIND', 'PUBLICATION', 'STARTED', 'ERROR', ...waits],
    rows,
  );
}

function told(run: RunStory, drift: readonly Drift[]): string {
  const lines = [listed([run]), ''];
  if (run.error !== null)
    lines.push(`${run.error.code}: ${run.error.message}`, `→ ${run.error.nextStep}`, '');
  if (run.steps.length > 0) {
    const rows = run.steps.map(({ name, state, attempt, startedAt, endedAt, error }) => [
      name,
      state,
      attempt,
      startedAt.toISOString(),
      endedAt?.toISOString() ?? null,
      error?.code ?? null,
    ]);
    lines.push(table(['STEP', 'STATE', 'ATTEMPT', 'STARTED', 'ENDED', 'ERROR'], rows), '');
  }
  lines.push(...run.events.map(line));
  if (run.findings.length > 0) lines.push('', 'Findings');
  for (const { severity, code, message } of run.findings)
    lines.push(`  ${severity.padEnd(7)} ${code}: ${message}`);
  if (drift.length > 0) lines.push('', driftHeading(run));
  for (const { isin, mic, reason, fields } of drift)
    lines.push(`  ${isin} ${mic} ${reason}${fields.length > 0 ? `: ${fields.join(', ')}` : ''}`);
  if (run.rejects.length > 0) lines.push('', `Rejects (the first ${SHOWN_REJECTS})`);
  for (const { part, line, reasons, raw } of run.rejects.slice(0, SHOWN_REJECTS)) {
    lines.push(
      `  ${part} line ${line}: ${reasons.map(({ code, message }) => `${code}: ${message}`).join('; ')}`,
    );
    if (raw !== '') lines.push(`    ${raw.slice(0, 160)}`);
  }
  return lines.join('\n');
}

function driftHeading({ id, totals }: RunStory): string {
  const all = Object.values(totals?.drift ?? {}).reduce((sum, each) => sum + each, 0);
  return all > SHOWN_DRIFT
    ? `Drift (the first ${SHOWN_DRIFT} of ${count(all)}; GET /v1/runs/${id}/drift has all)`
    : 'Drift';
}
