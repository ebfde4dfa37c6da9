import { createHash } from 'node:crypto';
import { createServer } from 'node:net';

import { IsinglassError } from '../../common/errors.js';

const ATTEMPTS = 5;

/**
 * A port that is free now: the last one, else one derived from the home (below the range the system gives to outgoing
 * connections, so that it stays free), else any.
 */
export async function findFreePort(home: string, lastPort: number): Promise<number> {
  for (const port of [lastPort, preferredPort(home)]) {
    if (port !== 0 && (await tryPort(port)) !== undefined) return port;
  }
  const port = await tryPort(0);
  if (port === undefined) throw new Error('the system has no free port on 127.0.0.1');
  return port;
}

/** Starts on a free port; when somebody takes it between the look and the start, on another. */
export async function startOnFreePort<T>(
  findPort: () => Promise<number>,
  start: (port: number) => Promise<T>,
  log: (line: string) => void,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findPort();
    try {
      return await start(port);
    } catch (error) {
      const isTaken = error instanceof IsinglassError && error.code === 'EMBEDDED_POSTGRES_PORT_TAKEN';
      if (!isTaken || attempt === ATTEMPTS) throw error;
      log(`port ${port} was taken meanwhile, trying another`);
    }
  }
}

/** Between 20000 and 29999, always the same for a home. */
export function preferredPort(home: string): number {
  return 20_000 + (createHash('sha256').update(home).digest().readUInt32BE(0) % 10_000);
}

/** The port that could be listened on, or undefined when it is taken. */
export function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address();
      const found = typeof address === 'object' && address ? address.port : undefined;
      server.close(() => resolve(found));
    });
  });
}
