import type { Progress } from './run.js';

const TELLS_EVERY_MS = 15_000;

/** @returns when it was written; what fails is not tried again, for it is told anew */
type Tell = (message: string, fields: Readonly<Record<string, unknown>>) => Promise<void>;

/**
 * What a long step says of itself in the log of its run: every quarter of a minute how far it has come, or that it has come no
 * further. So a download that stalls can be told from a large one.
 */
export class StepProgress {
  private latest: Progress | undefined;
  private told: Progress | undefined;
  private readonly sinceMs = performance.now();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly tell: Tell,
    everyMs = TELLS_EVERY_MS,
  ) {
    this.timer = setInterval(() => this.say(), everyMs).unref();
  }

  readonly note = (progress: Progress): void => {
    this.latest = progress;
  };

  end(): void {
    clearInterval(this.timer);
  }

  private say(): void {
    const seconds = Math.round((performance.now() - this.sinceMs) / 1_000);
    const { latest, told } = this;
    this.told = latest;
    const message =
      latest === undefined ? 'at work' : `${latest === told ? 'no further than ' : ''}${wordsOf(latest)}`;
    this.tell(message, { seconds }).catch(() => undefined);
  }
}

function wordsOf({ done, total, unit }: Progress): string {
  if (unit === '%') return `${done} %`;
  const of = total === undefined ? '' : ` of ${total.toLocaleString('en')}`;
  return `${done.toLocaleString('en')}${of} ${unit}`;
}
