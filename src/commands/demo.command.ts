import type { INestApplicationContext } from '@nestjs/common';
import { Command, CommandRunner, Option } from 'nest-commander';
import { readConfig } from '../config/settings.js';
import { startSimulatedPublisher, type SimulatedPublisher } from '../demo/simulated-publisher.js';
import type { House } from '../house.js';
import { RunReader, type RunSummary } from '../ingestion/run-reader.js';
import { InstrumentReader } from '../instruments/instrument-reader.js';
import { serve } from '../main.js';
import { SourceOverview } from '../operations/source-overview.js';
import { answer, answerJson, count, say } from './terminal.js';

const LOOK_EVERY_MS = 200;
const DEMO_SOURCES = new Map([
  ['xx-iso-mic', true],
  ['in-nse-equities', true],
]);

@Command({
  name: 'demo',
  description: 'Start the house on a simulated publisher: nothing leaves this machine, no data is real',
})
export class DemoCommand extends CommandRunner {
  async run(_words: string[], options: { json?: boolean }): Promise<void> {
    const startedMs = performance.now();
    const settings = readConfig();
    const publisher = await startSimulatedPublisher();
    say(`simulated publisher at ${publisher.url}`);
    try {
      const config = { ...settings, mirrorUrl: publisher.url, sources: DEMO_SOURCES };
      await serve(config, say, async (house) => {
        const result = await firstEditions(house, publisher);
        const seconds = (performance.now() - startedMs) / 1000;
        if (options.json) answerJson({ ...result, seconds, url: house.url, publisher: publisher.url });
        else answer(told(result, seconds, house.url ?? '', publisher.url));
      });
    } finally {
      await publisher.close();
    }
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }
}

interface DemoResult {
  readonly instruments: number;
  readonly listings: number;
  readonly venues: number;
  readonly runs: readonly RunSummary[];
  readonly example: string | null;
}

/** Waits until every source has had its run, as the scheduler and the worker bring them by themselves. */
async function firstEditions(house: House, publisher: SimulatedPublisher): Promise<DemoResult> {
  const { app } = house;
  const overview = app.get(SourceOverview, { strict: false });
  for (;;) {
    const sources = (await overview.list()).filter(({ isOn }) => isOn);
    if (sources.every(({ lastRun }) => lastRun !== null && !['queued', 'running'].includes(lastRun.state)))
      break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  void publisher;
  return resultOf(app);
}

async function resultOf(app: INestApplicationContext): Promise<DemoResult> {
  const reader = app.get(InstrumentReader, { strict: false });
  const [counts, runs, [example]] = await Promise.all([
    reader.count(),
    app.get(RunReader, { strict: false }).list({ limit: DEMO_SOURCES.size }),
    reader.list({ symbol: 'RELIANCE', limit: 1 }),
  ]);
  return { ...counts, runs, example: example?.isin ?? null };
}

function told(result: DemoResult, seconds: number, url: string, publisherUrl: string): string {
  const runs = [...result.runs]
    .reverse()
    .map(
      ({ source, state, edition, error }) =>
        `  ${source.padEnd(18)} ${state}, edition of ${edition ?? '–'}${error ? `: ${error.code}: ${error.message}` : ''}`,
    );
  return [
    '',
    `${count(result.instruments)} instruments, ${count(result.listings)} listings, ${count(result.venues)} venues, in ${seconds.toFixed(1)} s`,
    ...runs,
    '',
    `  API      ${url}/v1/instruments`,
    `  docs     ${url}/docs`,
    `  health   ${url}/health/ready`,
    `  faults   ${publisherUrl}/  (how to make the publisher misbehave, or go on to its next day)`,
    '',
    'Try:',
    `  curl ${url}/v1/instruments/${result.example ?? 'INE002A01018'}`,
    '',
    'All of it is invented. Ctrl-C stops everything; the next start finds its data again.',
  ].join('\n');
}
