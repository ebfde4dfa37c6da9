import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { Command, CommandRunner, Option } from 'nest-commander';
import { systemClock } from '../common/clock.js';
import { newPassphrase } from '../auth/passwords.js';
import { Users } from '../auth/users.js';
import { readConfig, type Config } from '../config/settings.js';
import { startSimulatedPublisher, type SimulatedPublisher } from '../demo/simulated-publisher.js';
import type { House } from '../house.js';
import { RunReader, type RunSummary } from '../ingestion/run-reader.js';
import { InstrumentReader } from '../instruments/instrument-reader.js';
import { serve } from '../main.js';
import { SourceOverview } from '../operations/source-overview.js';
import { stopSignal } from '../stop-signal.js';
import { DEMO_SOURCES, rememberDemo } from './demo-home.js';
import { answer, answerJson, count, say } from './terminal.js';
import { byCommand } from './words.js';

const LOOK_EVERY_MS = 200;
const SHOWN_RUNS = 30;

@Command({
  name: 'demo',
  description: 'Start the house on a simulated publisher: nothing leaves this machine, no data is real',
})
export class DemoCommand extends CommandRunner {
  async run(_words: string[], options: { json?: boolean }): Promise<void> {
    const startedAt = systemClock.now();
    const settings = readConfig();
    const { signal } = stopSignal();
    // Invented securities never stand beside real ones: the demo has a home, and so a database, of its own.
    const home = join(settings.home, 'demo');
    if (settings.databaseUrl !== undefined)
      say('DATABASE_URL is left alone: the demo has a database of its own');
    const publisher = await startSimulatedPublisher();
    say(`simulated publisher at ${publisher.url}, home ${home}`);
    try {
      await rememberDemo(home, publisher.url);
      const config: Config = {
        ...settings,
        // It is for this machine alone, and needs no safe configuration.
        production: false,
        host: '127.0.0.1',
        publicUrl: undefined,
        home,
        databaseUrl: undefined,
        filesDirectory: undefined,
        mirrorUrl: publisher.url,
        sources: DEMO_SOURCES,
        letters: null,
      };
      let account: DemoAccount | undefined;
      await serve(
        config,
        say,
        async (house) => {
          const result = await firstEditions(house, signal, startedAt);
          if (result === null || account === undefined) return;
          const seconds = (systemClock.now().getTime() - startedAt.getTime()) / 1000;
          if (options.json)
            answerJson({ ...result, ...account, seconds, url: house.url, publisher: publisher.url });
          else answer(told(result, account, seconds, house.url ?? '', publisher.url, home));
        },
        async (house) => {
          await goOnFromLastDay(house, publisher);
          account = await demoAccount(house);
        },
      );
    } finally {
      await publisher.close();
    }
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }
}

/** The publisher forgets its day when it stops; the house does not, and would find older editions only. */
async function goOnFromLastDay({ app }: House, publisher: SimulatedPublisher): Promise<void> {
  const editions = (await app.get(SourceOverview, { strict: false }).list()).map(
    ({ lastEdition }) => lastEdition,
  );
  const last = editions.reduce((latest, day) => (day !== null && day > (latest ?? '') ? day : latest), null);
  while (last !== null && publisher.world.dateOf(publisher.day) < last) publisher.advance();
}

interface DemoAccount {
  readonly email: string;
  readonly password: string;
}

/** Somebody who may do everything, with a new password at each start: it is nowhere but on the screen. */
async function demoAccount({ app }: House): Promise<DemoAccount> {
  const users = app.get(Users, { strict: false });
  const email = 'admin@demo.example';
  const password = newPassphrase();
  const by = byCommand('demo');
  const user = await users.findByEmail(email);
  if (user === undefined) await users.create(email, 'Demo', 'admin', password, by);
  else {
    const { token } = await users.passwordLink(user.id, by);
    await users.choosePassword('password-reset', token, password, by);
  }
  return { email, password };
}

interface DemoResult {
  readonly instruments: number;
  readonly listings: number;
  readonly venues: number;
  readonly runs: readonly RunSummary[];
  readonly example: string | null;
}

/**
 * Waits until every source has had its run, as the scheduler and the worker bring them by themselves.
 * @returns null when told to stop before
 */
async function firstEditions({ app }: House, signal: AbortSignal, since: Date): Promise<DemoResult | null> {
  const overview = app.get(SourceOverview, { strict: false });
  while (!signal.aborted) {
    const sources = (await overview.list()).filter(({ isOn }) => isOn);
    const hasEnded = ({ lastRun }: (typeof sources)[number]): boolean =>
      lastRun !== null && !['queued', 'running'].includes(lastRun.state);
    if (sources.every(hasEnded)) return resultOf(app, since);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return null;
}

async function resultOf(app: INestApplicationContext, since: Date): Promise<DemoResult> {
  const reader = app.get(InstrumentReader, { strict: false });
  const [counts, runs, [example]] = await Promise.all([
    reader.count(),
    app.get(RunReader, { strict: false }).list({ limit: SHOWN_RUNS }),
    // Of a list that may be passed on: any key may read it.
    reader.list({ source: 'eu-esma-firds', status: 'active', cfi: 'ES', limit: 1 }),
  ]);
  const ofThisStart = runs.filter(({ createdAt }) => createdAt >= since);
  return { ...counts, runs: ofThisStart, example: example?.isin ?? null };
}

function told(
  result: DemoResult,
  account: DemoAccount,
  seconds: number,
  url: string,
  publisherUrl: string,
  home: string,
): string {
  const runs = [...result.runs]
    .reverse()
    .map(
      ({ source, state, edition, kind, error }) =>
        `  ${source.padEnd(18)} ${state}, ${edition === null ? 'no edition' : `${kind} edition of ${edition}`}${error ? `: ${error.code}: ${error.message}` : ''}`,
    );
  return [
    '',
    `${count(result.instruments)} instruments, ${count(result.listings)} listings, ${count(result.venues)} venues, in ${seconds.toFixed(1)} s`,
    ...runs,
    '',
    `  sign in  ${url}/  as ${account.email}, password ${account.password}  (a new one at each start)`,
    `  API      ${url}/v1/instruments  (with a key: make one at ${url}/account/keys)`,
    `  docs     ${url}/docs`,
    `  health   ${url}/health/ready`,
    `  faults   ${publisherUrl}/  (how to make the publisher misbehave, or go on to its next day)`,
    '',
    'Try:',
    `  export ISINGLASS_HOME=${home}`,
    `  KEY=$(npx isinglass create-key demo --user ${account.email} --scopes instruments:read,operations:read,operations:write)`,
    `  curl -H "Authorization: Bearer $KEY" ${url}/v1/instruments/${result.example ?? ''}`,
    '  npx isinglass runs',
    '  (the next day)',
    `  curl ${publisherUrl}/_control -d '{"advance":1}' && npx isinglass run in-nse-equities`,
    '  (six days: deltas, and the full set that audits them)',
    `  curl ${publisherUrl}/_control -d '{"advance":6}' && npx isinglass run eu-esma-firds`,
    '',
    'All of it is invented. Ctrl-C stops everything; the next start finds its data again.',
  ].join('\n');
}
