import { once } from 'node:events';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Response } from 'express';
import { TryLaterError } from '../../common/errors.js';
import { followRun, type FollowOptions } from '../../ingestion/run-follower.js';
import { RunReader } from '../../ingestion/run-reader.js';
import type { Reader } from './reader.js';

const RECONNECT_AFTER_MS = 2_000;
/** A client that takes nothing for so long is given up. */
const STALLED_AFTER_MS = 60_000;
/** Marks the id of the last event of a stream: whoever comes back with it has seen the end. */
const END_MARK = '.end';

/** Where a client was, as its `Last-Event-ID` says: after an event, perhaps after the end. */
export interface StreamPosition {
  readonly after: number;
  readonly hasSeenEnd: boolean;
}

/** @returns `undefined` when the text is no id that a stream gave */
export function parsePosition(lastEventId: string): StreamPosition | undefined {
  const [, after, mark] = /^(\d{1,15})(\.end)?$/.exec(lastEventId) ?? [];
  return after === undefined ? undefined : { after: Number(after), hasSeenEnd: mark === END_MARK };
}

/** Who follows. */
export interface Follower {
  /** Those of one holder are counted together. */
  readonly holder: string;
  readonly reader: Reader;
  /** Asked with each heartbeat; when it fails the client has to come back. */
  readonly mayStay: () => Promise<boolean>;
}

/**
 * The logs of runs as server-sent events (WHATWG HTML, 9.2). A stream ends with its run, when the client goes away, and
 * when this process stops: the client then comes back with `Last-Event-ID` and misses nothing.
 */
@Injectable()
export class EventStreams implements OnModuleDestroy {
  /** So many clients may follow at once: each costs a short query every half second. */
  most = 100;
  /** Of one holder, so that nobody takes them all. */
  mostOfOne = 10;
  heartbeatMs = 15_000;
  private readonly open = new Map<AbortController, string>();
  private isClosing = false;

  /** How many clients follow now. */
  get size(): number {
    return this.open.size;
  }

  constructor(private readonly runs: RunReader) {}

  /** Before the server waits for its connections to end. */
  onModuleDestroy(): void {
    this.isClosing = true;
    for (const each of this.open.keys()) each.abort();
  }

  /**
   * Answers with what follows the position, until there is nothing more to come or whoever follows would not be let in any more.
   * @throws NotFoundError RUN_UNKNOWN, TryLaterError STREAMS_TOO_MANY, before a byte was sent
   */
  async send(
    response: Response,
    run: number,
    { after, hasSeenEnd }: StreamPosition,
    filter: Pick<FollowOptions, 'level' | 'step'>,
    { holder, reader, mayStay }: Follower,
  ): Promise<void> {
    const own = [...this.open.values()].filter((each) => each === holder).length;
    if (this.open.size >= this.most || own >= this.mostOfOne || this.isClosing) {
      throw new TryLaterError(
        'STREAMS_TOO_MANY',
        own >= this.mostOfOne
          ? `${own} clients follow runs with keys of this user already`
          : `${this.open.size} clients follow runs already`,
        'Try again later, or ask for pages: GET /v1/runs/{id}/events?after=<id of the last event>.',
      );
    }
    const over = new AbortController();
    this.open.set(over, holder);
    response.once('close', () => over.abort());
    // Whoever hung up while it was found out who they are.
    if (response.destroyed) over.abort();
    let heartbeat: NodeJS.Timeout | undefined;
    try {
      const { endedAt, source } = await this.runs.summary(run);
      // The one answer after which a browser's EventSource does not come back.
      if (hasSeenEnd && endedAt !== null) return void response.status(204).end();
      response.writeHead(200, {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-cache, no-transform',
        'X-Accel-Buffering': 'no',
        // Kept alive, it would keep a process that stops waiting for five seconds more (Node 24, keepAliveTimeout).
        Connection: 'close',
      });
      response.write(`retry: ${RECONNECT_AFTER_MS}\n\n`);
      heartbeat = setInterval(() => {
        mayStay().then(
          (may) => may || over.abort(),
          () => over.abort(),
        );
        if (!response.writableNeedDrain) response.write(': still here\n\n');
      }, this.heartbeatMs);
      let last = after;
      for await (const item of followRun(this.runs, run, { ...filter, after, signal: over.signal })) {
        if ('event' in item) {
          last = item.event.id;
          await write(
            response,
            `id: ${last}\ndata: ${JSON.stringify(reader.event(source, item.event))}\n\n`,
            over.signal,
          );
        } else {
          response.write(
            `id: ${last}${END_MARK}\nevent: end\ndata: ${JSON.stringify(reader.end(source, item.end))}\n\n`,
          );
        }
      }
      response.end();
    } finally {
      clearInterval(heartbeat);
      this.open.delete(over);
    }
  }
}

/** Writes as fast as the client reads; one that does not read any more is cut off. */
async function write(response: Response, text: string, signal: AbortSignal): Promise<void> {
  if (response.write(text) || signal.aborted || response.destroyed) return;
  const stalled = AbortSignal.timeout(STALLED_AFTER_MS);
  try {
    await once(response, 'drain', { signal: AbortSignal.any([signal, stalled]) });
  } catch {
    if (stalled.aborted) response.destroy();
  }
}
