import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { CommandChild, ChildFault } from '../../support/child.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { faultsOf } from './oracle.js';
import {
  demolish,
  isAtWork,
  isThrough,
  LEASE_SECONDS,
  likeHouse,
  startProcess,
  type Scenario,
} from './scenario.js';

/** `kill`: SIGKILL · `stop`: frozen for longer than a lease · `restart`: PostgreSQL crashes · `cut`: its connections break ·
 * `unanswered`: COMMIT takes effect, and nobody is told. */
export const FAULTS = ['kill', 'stop', 'restart', 'cut', 'unanswered'] as const;
export type FaultName = (typeof FAULTS)[number];

/** One fault at one place. */
export interface KillCase {
  readonly scenario: string;
  readonly point: string;
  /** Strikes when a process comes by there for that time. */
  readonly nth: number;
  readonly fault: FaultName;
}

/** What came of it. */
export interface CaseResult {
  /** Empty when all is well. */
  readonly faults: readonly string[];
  readonly hasFired: boolean;
  /** From the strike until the last run had ended, less what the fault itself took. */
  readonly recoveryMs: number;
}

/** However it is disturbed, a run ends within this, besides what the fault itself takes. */
const ENDS_WITHIN_MS = 60_000;
const STRIKES_WITHIN_MS = 60_000;
const WORD_COMES_WITHIN_MS = 2_000;
const STOPS_WITHIN_MS = 15_000;
const FROZEN_MS = 2.2 * LEASE_SECONDS * 1_000;
const LOOK_EVERY_MS = 25;

/** What only happens at this beginning; all that comes after it is the same at each. */
const POINTS_OF: Readonly<Record<Scenario['beginning'], RegExp>> = {
  asked: /^/,
  abandoned: /^sweep:/,
  due: /^slot:/,
};

/** Every fault at every point, and at the last time a long step comes by a place as well. */
export function casesOf({ name, beginning, points }: Scenario): KillCase[] {
  const reached = [...points].filter(([point]) => POINTS_OF[beginning].test(point));
  return reached.flatMap(([point, times]) => {
    // A step is one process' from its beginning to its end, so that it alone counts how often it comes by.
    const isOneProcess = point.endsWith(':mid-copy');
    const moments = isOneProcess ? [...new Set([1, Math.ceil(times / 2), times])] : [1];
    return moments.flatMap((nth) =>
      FAULTS.filter((fault) => fault !== 'unanswered' || point.endsWith(':before-commit')).map((fault) => ({
        scenario: name,
        point,
        nth,
        fault,
      })),
    );
  });
}

export function titleOf({ scenario, point, nth, fault }: KillCase): string {
  return `${scenario}: ${fault} at ${point}${nth > 1 ? ` for the ${nth}th time` : ''}`;
}

/**
 * Two workers bring the scenario's edition in; one of them is struck, once. The oracle then judges what is left.
 * @param build directory of another build than this project's
 */
export async function runCase(
  scenario: Scenario,
  { point, nth, fault }: KillCase,
  build?: string,
): Promise<CaseResult> {
  const house = await likeHouse(scenario.cluster, scenario.template);
  // Slots are looked for while a process starts: the second one would still be starting.
  const count = scenario.beginning === 'due' && fault === 'restart' ? 1 : 2;
  const proxies = await Promise.all(Array.from({ length: count }, () => TcpProxy.before(house.db.url)));
  const kind = fault === 'kill' || fault === 'stop' ? fault : 'ask';
  const childFault: ChildFault = { kind, point, nth, build, marker: join(house.home, 'struck') };
  const workers = proxies.map(({ url }) => startProcess(house, scenario, url, childFault));
  try {
    const index = await firstToReach(point, workers, () => isThrough(house, scenario));
    if (index === undefined) {
      return { faults: [`never reached ${point}${outputs(workers)}`], hasFired: false, recoveryMs: 0 };
    }
    // A process that starts while PostgreSQL is away refuses to: that is another matter.
    const others = workers.filter((worker) => worker !== workers[index]);
    if (fault === 'restart') await within(STRIKES_WITHIN_MS, async () => others.every(isAtWork));
    const struckAtMs = performance.now();
    const { hasFired, tookMs } = await strike(fault, {
      scenario,
      worker: workers[index]!,
      proxy: proxies[index]!,
    });
    const hasEnded = await within(ENDS_WITHIN_MS, () => isThrough(house, scenario));
    const recoveryMs = Math.max(0, performance.now() - struckAtMs - tookMs);
    const ownFaults = await stopAll(workers, fault === 'kill' ? index : undefined);
    // Whether a COMMIT was swallowed shows only once the worker has gone on.
    const isEffective = hasFired && (fault !== 'unanswered' || proxies[index]!.swallowed === 1);
    const faults = [
      ...(isEffective ? [] : [`${fault} had no effect`]),
      ...(hasEnded ? [] : [`stuck for ${Math.round(recoveryMs / 1_000)} s`]),
      ...ownFaults,
      ...(await faultsOf(house.db.database, scenario.undisturbed)),
    ];
    return {
      faults: faults.length === 0 ? [] : [...faults, outputs(workers)],
      hasFired: isEffective,
      recoveryMs,
    };
  } finally {
    for (const worker of workers) worker.stop('SIGKILL');
    await Promise.all(workers.map(({ ended }) => ended));
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await demolish(house);
  }
}

async function firstToReach(
  point: string,
  workers: readonly CommandChild[],
  isOver: () => Promise<boolean>,
): Promise<number | undefined> {
  const reached = (): number => workers.findIndex((worker) => worker.hasReached(point));
  await within(STRIKES_WITHIN_MS, async () => {
    if (reached() >= 0) return true;
    return workers.every((worker) => worker.hasEnded()) || (await isOver());
  });
  // What stands behind the last COMMIT is reached a moment after everybody can see that all is over.
  await within(WORD_COMES_WITHIN_MS, async () => reached() >= 0);
  return reached() >= 0 ? reached() : undefined;
}

interface Target {
  readonly scenario: Scenario;
  readonly worker: CommandChild;
  readonly proxy: TcpProxy;
}

/** What the process does not do to itself. */
async function strike(
  fault: FaultName,
  { scenario, worker, proxy }: Target,
): Promise<{ hasFired: boolean; tookMs: number }> {
  const sinceMs = performance.now();
  const took = (hasFired: boolean) => ({ hasFired, tookMs: performance.now() - sinceMs });
  switch (fault) {
    case 'kill':
      return took((await worker.ended).signal === 'SIGKILL');
    case 'stop':
      await wait(FROZEN_MS);
      worker.stop('SIGCONT');
      return took(true);
    case 'restart':
      await scenario.cluster.immediateRestart();
      worker.answer();
      return took(true);
    case 'cut':
      proxy.cut();
      worker.answer();
      return took(proxy.fired.cut > 0);
    case 'unanswered':
      proxy.swallowNextCommit();
      worker.answer();
      return took(true);
  }
}

/** @returns what is wrong with how they ended: whoever was not killed stays until it is told to stop, and then goes in order */
async function stopAll(workers: readonly CommandChild[], killed: number | undefined): Promise<string[]> {
  const faults: string[] = [];
  // One that is still starting does not know yet how to stop in order.
  await within(STOPS_WITHIN_MS, async () => workers.every((worker) => worker.hasEnded() || isAtWork(worker)));
  for (const [index, worker] of workers.entries()) {
    if (index !== killed && worker.hasEnded()) faults.push(`worker ${index} has ended by itself`);
    worker.stop();
  }
  await within(STOPS_WITHIN_MS, async () => workers.every((worker) => worker.hasEnded()));
  for (const [index, worker] of workers.entries()) {
    if (!worker.hasEnded()) {
      faults.push(`worker ${index} does not stop`);
      worker.stop('SIGKILL');
    }
    const { code, signal } = await worker.ended;
    if (index !== killed && code !== 0) faults.push(`worker ${index} ended with ${code ?? signal}`);
  }
  return faults;
}

/** Looks until it is true, or for so long. */
export async function within(ms: number, isTrue: () => Promise<boolean>): Promise<boolean> {
  const untilMs = performance.now() + ms;
  while (!(await isTrue())) {
    if (performance.now() > untilMs) return false;
    await wait(LOOK_EVERY_MS);
  }
  return true;
}

function outputs(workers: readonly CommandChild[]): string {
  return workers.map(({ output }, index) => `\nworker ${index}:\n${output}`).join('');
}
