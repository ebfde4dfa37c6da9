import { CommandChild } from './child.js';
import type { TestHouse } from './test-house.js';
import { waitUntil } from './wait-until.js';

export interface ServedHouse {
  readonly url: string;
  /** What the process says. */
  readonly output: () => string;
  stop(): Promise<void>;
}

/** The house of a test as people meet it: a process of its own, from the build, on the same database. */
export async function serveHouse(
  { db, home }: TestHouse,
  environment: Record<string, string> = {},
): Promise<ServedHouse> {
  const child = new CommandChild({ DATABASE_URL: db.url, ISINGLASS_HOME: home, PORT: '0', ...environment }, [
    'serve',
    '--roles',
    'web',
  ]);
  const address = /API (http:\/\/\S+)\/v1/;
  await waitUntil('it listens', async () => address.test(child.output) || child.hasEnded());
  const [, url] = address.exec(child.output) ?? [];
  if (url === undefined) throw new Error(`it did not start:\n${child.output}`);
  return {
    url,
    output: () => child.output,
    stop: async () => {
      child.stop();
      await child.ended;
    },
  };
}
