import type { Server } from 'node:http';

/** How long a client may take to ask. */
export interface ServerLimits {
  readonly headersMs: number;
  readonly requestMs: number;
  /** How often Node looks: a client may be so much later. By itself it looks every 30 seconds. */
  readonly everyMs: number;
}

const LIMITS: ServerLimits = { headersMs: 15_000, requestMs: 60_000, everyMs: 5_000 };

/** Who sends a request byte by byte holds a connection no longer than that. Before the server listens. */
export function limitServer(server: Server, { headersMs, requestMs, everyMs } = LIMITS): void {
  server.headersTimeout = headersMs;
  server.requestTimeout = requestMs;
  // Node reads it when the server begins to listen; its types have it among the options only.
  Object.assign(server, { connectionsCheckingInterval: everyMs });
}
