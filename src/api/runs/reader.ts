import { hiddenFrom } from '../http/hidden-sources.js';
import type { Principal } from '../../auth/principal.js';
import type { EndedRun, RunEvent, RunStory, RunSummary } from '../../ingestion/run-reader.js';
import type { Failure, RunTotals } from '../../ingestion/run.js';

/** Stands where a row of the publisher might. */
const KEPT_BACK =
  'kept back: it may quote the publisher, whose terms let nobody pass its data on; a key with all fields is told';

/** A run as it is told. */
export type Told<Run extends RunSummary> = Omit<Run, 'totals'> & {
  readonly totals: (Omit<RunTotals, 'instruments'> & Partial<Pick<RunTotals, 'instruments'>>) | null;
};

/** Whoever asks for runs, and what of them may be told. Codes, states and counts are ours; words may quote the publisher. */
export class Reader {
  private readonly hidden: readonly string[];

  constructor(principal: Principal) {
    this.hidden = hiddenFrom(principal);
  }

  /** A row of this source must not be passed on to this reader. */
  isKeptFrom(source: string): boolean {
    return this.hidden.includes(source);
  }

  /** How many instruments are new would tell which of them a hidden source has too. */
  summary<Run extends RunSummary>(run: Run): Told<Run> {
    const told = this.end(run.source, run);
    if (run.totals === null || this.hidden.length === 0) return told;
    const { instruments: _, ...totals } = run.totals;
    return { ...told, totals };
  }

  story(story: RunStory): Told<RunStory> {
    const { source } = story;
    if (!this.isKeptFrom(source)) return this.summary(story);
    return {
      ...this.summary(story),
      steps: story.steps.map((step) => ({ ...step, error: withoutWords(step.error) })),
      findings: story.findings.map((finding) => ({ ...finding, message: KEPT_BACK })),
      rejects: [],
      events: story.events.map((event) => this.event(source, event)),
    };
  }

  /** A line that tells what went wrong may quote the row in which it did. */
  event(source: string, event: RunEvent): RunEvent {
    const isOurs = event.level === 'debug' || event.level === 'info';
    return isOurs || !this.isKeptFrom(source) ? event : { ...event, message: KEPT_BACK, fields: {} };
  }

  end<Run extends Pick<EndedRun, 'error'>>(source: string, run: Run): Run {
    return this.isKeptFrom(source) ? { ...run, error: withoutWords(run.error) } : run;
  }
}

function withoutWords(error: Failure | null): Failure | null {
  return error === null
    ? null
    : {
        code: error.code,
        message: KEPT_BACK,
        nextStep: 'See it in the panel, or by npx isinglass runs <run>.',
      };
}
