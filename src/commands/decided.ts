import type { RunDecided } from '../ingestion/operator.js';
import type { RunState } from '../ingestion/run.js';
import { answer, answerJson } from './terminal.js';

/**
 * Answers with what became of a run.
 * @param done what happened, if something did
 */
export function answerDecided(decided: RunDecided, done: string, options: { readonly json?: boolean }): void {
  if (options.json) {
    answerJson(decided);
    return;
  }
  const { run, source, state, changed } = decided;
  const lines = [
    changed ? `${source}: ${done}` : `${source}: run ${run} is ${state} already: nothing changed`,
  ];
  if (isToCome(state)) lines.push(...whatComes(decided));
  answer(lines.join('\n'));
}

function isToCome(state: RunState): boolean {
  return state === 'queued' || state === 'running';
}

function whatComes({ run, isPaused }: RunDecided): readonly string[] {
  return [
    isPaused
      ? 'It waits: the source is paused, see npx isinglass pause. A process with the role worker takes it after npx isinglass resume.'
      : 'A process with the role worker takes it.',
    `See how it goes: npx isinglass runs ${run}`,
  ];
}
