import { PostgresCluster } from './support/cluster.js';
import { progressOf, sayFigures } from './support/figures.js';
import { casesOf, runCase, titleOf, type CaseResult, type KillCase } from './support/kill-case.js';
import { Lane } from './support/lane.js';
import { firdsStory, nseStory, prepareScenario, type Beginning, type Scenario } from './support/scenario.js';
import { balancedChoice, IS_FULL, randomNumbers, SEED } from './support/seed.js';

const CHOICE = Number(process.env['ISINGLASS_CHAOS_CASES'] ?? 60);
const FEWEST_CASES = 250;
/** Of cases that share a PostgreSQL: they mostly wait, for leases and for processes to start. */
const AT_ONCE = 3;

/** To look at some again: `ISINGLASS_CHAOS_ONLY='FIRDS: restart at publish'`. */
const only = process.env['ISINGLASS_CHAOS_ONLY'];

const STORIES = { NSE: nseStory, FIRDS: firdsStory };
const BEGINNINGS: Readonly<Record<string, readonly Beginning[]>> = {
  NSE: ['asked', 'abandoned', 'due'],
  FIRDS: ['asked'],
};
const stories = await Promise.all(
  Object.entries(STORIES).flatMap(([name, tell]) =>
    only === undefined || only.startsWith(name) ? [tell()] : [],
  ),
);
/** One that is restarted under the one case it serves, and one for all other cases. */
const clusters = await Promise.all([PostgresCluster.start(), PostgresCluster.start()]);
const [fragile, steady] = clusters.map((cluster) => ({ cluster, scenarios: new Map<string, Scenario>() }));
const results = new Map<KillCase, Promise<CaseResult>>();
const allCases: KillCase[] = [];

try {
  for (const story of stories) {
    for (const beginning of BEGINNINGS[story.name] ?? []) {
      for (const place of [steady!, fragile!]) {
        const scenario = await prepareScenario(place.cluster, story, beginning);
        place.scenarios.set(scenario.name, scenario);
        if (place === steady) allCases.push(...casesOf(scenario));
      }
    }
  }
} catch (error) {
  await closeAll();
  throw error;
}

const cases =
  IS_FULL || only !== undefined
    ? allCases.filter((one) => titleOf(one).includes(only ?? ''))
    : balancedChoice(
        allCases,
        CHOICE,
        ({ scenario, point, fault }) => [`${scenario} ${fault}`, `${scenario} ${point}`],
        randomNumbers(SEED),
      );

async function closeAll(): Promise<void> {
  await Promise.all(clusters.map((cluster) => cluster.stop()));
  await Promise.all(stories.map((story) => story.close()));
}

beforeAll(() => {
  const alone = new Lane(1);
  const together = new Lane(AT_ONCE);
  const oneMore = progressOf('kill matrix', cases.length);
  for (const one of cases) {
    const [lane, place] = one.fault === 'restart' ? [alone, fragile!] : [together, steady!];
    const result = lane.run(() => runCase(place.scenarios.get(one.scenario)!, one));
    // Its own test tells whether it failed.
    void result.catch(() => undefined).then(oneMore);
    results.set(one, result);
  }
});

afterAll(async () => {
  const ended = await Promise.all(
    [...results].map(async ([one, result]) => ({ one, result: await result.catch(() => undefined) })),
  );
  const fired = ended.filter(({ result }) => result?.hasFired);
  const byRecovery = fired.toSorted((a, b) => (b.result?.recoveryMs ?? 0) - (a.result?.recoveryMs ?? 0));
  const secondsOf = (place: { result: CaseResult | undefined } | undefined): string =>
    `${((place?.result?.recoveryMs ?? 0) / 1_000).toFixed(1)} s`;
  await sayFigures('kill matrix', {
    seed: SEED,
    cases: cases.length,
    'of all cases': allCases.length,
    fired: fired.length,
    'in order afterwards': ended.filter(({ result }) => result?.faults.length === 0).length,
    'recovery, half of them within': secondsOf(byRecovery[Math.floor(byRecovery.length / 2)]),
    'slowest recovery': byRecovery[0] ? `${secondsOf(byRecovery[0])}: ${titleOf(byRecovery[0].one)}` : 'none',
  });
  await closeAll();
});

(only === undefined ? it : it.skip)(`there are at least ${FEWEST_CASES} cases`, () => {
  expect(allCases.length).toBeGreaterThanOrEqual(FEWEST_CASES);
});

it.each(cases.map((one) => [titleOf(one), one] as const))(
  '%s leaves nothing behind that a reader or an operator could see',
  async (_title, one) => {
    const result = await results.get(one);
    expect(result?.faults).toEqual([]);
    expect(result?.hasFired).toBe(true);
  },
  3_600_000,
);
