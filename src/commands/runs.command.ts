import { Command, CommandRunner, Option } from 'nest-commander';
import { BadRequestError } from '../common/errors.js';
import { RunReader, type RunStory, type RunSummary } from '../ingestion/run-reader.js';
import { inside } from './inside.js';
import { answer, answerJson, table } from './terminal.js';

const SHOWN_RUNS = 20;
const SHOWN_REJECTS = 10;

@Command({
  name: 'runs',
  arguments: '[run]',
  argsDescription: { run: 'Number of a run' },
  description: `The last ${SHOWN_RUNS} runs, or the whole story of one`,
})
export class RunsCommand extends CommandRunner {
  async run([word]: string[], options: { json?: boolean; source?: string }): Promise<void> {
    if (word === undefined) {
      const runs = await inside(({ app }) =>
        app.get(RunReader, { strict: false }).list({ source: options.source, limit: SHOWN_RUNS }),
      );
      if (options.json) answerJson(runs);
      else answer(listed(runs));
      return;
    }
    const id = runNumber(word);
    const story = await inside(({ app }) => app.get(RunReader, { strict: false }).get(id));
    if (options.json) answerJson(story);
    else answer(told(story));
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }

  @Option({ flags: '--source <source>', description: 'Only runs of this source' })
  parseSource(text: string): string {
    return text;
  }
}

function runNumber(word: string): number {
  if (/^\d{1,15}$/.test(word)) return Number(word);
  throw new BadRequestError(
    'RUN_NUMBER_INVALID',
    `"${word}" is no run number`,
    'List them: npx isinglass runs',
  );
}

function listed(runs: readonly RunSummary[]): string {
  if (runs.length === 0) return 'There was no run yet. Start one: npx isinglass ingest <source>';
  const rows = runs.map((run) => [
    run.id,
    run.source,
    run.trigger,
    run.state,
    run.edition,
    run.publication,
    (run.startedAt ?? run.createdAt).toISOString(),
    run.error?.code ?? null,
  ]);
  return table(['RUN', 'SOURCE', 'TRIGGER', 'STATE', 'EDITION', 'PUBLICATION', 'STARTED', 'ERROR'], rows);
}

function told(run: RunStory): string {
  const lines = [listed([run]), ''];
  if (run.error !== null)
    lines.push(`${run.error.code}: ${run.error.message}`, `→ ${run.error.nextStep}`, '');
  for (const { at, level, step, message } of run.events) {
    lines.push(`${at.toISOString()} ${level.padEnd(7)} ${step ?? ''} ${message}`);
  }
  if (run.findings.length > 0) lines.push('', 'Findings');
  for (const { severity, code, message } of run.findings)
    lines.push(`  ${severity.padEnd(7)} ${code}: ${message}`);
  if (run.rejects.length > 0) lines.push('', `Rejects (the first ${SHOWN_REJECTS})`);
  for (const { part, line, reasons, raw } of run.rejects.slice(0, SHOWN_REJECTS)) {
    lines.push(
      `  ${part} line ${line}: ${reasons.map(({ code, message }) => `${code}: ${message}`).join('; ')}`,
    );
    if (raw !== '') lines.push(`    ${raw.slice(0, 160)}`);
  }
  return lines.join('\n');
}
