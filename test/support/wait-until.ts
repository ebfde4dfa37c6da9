import { setTimeout as wait } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;
const PATIENCE_MS = 120_000;

/** Waits for a condition, and fails with its name when it does not come true. */
export async function waitUntil(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const since = performance.now();
  while (!(await isTrue())) {
    if (performance.now() - since > PATIENCE_MS) throw new Error(`waited in vain until ${what}`);
    await wait(LOOK_EVERY_MS);
  }
}
