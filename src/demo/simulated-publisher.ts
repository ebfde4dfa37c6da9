import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { answerControl } from './control.js';
import { send } from './delivery.js';
import { explain } from './explanation.js';
import { commonModeOf, type Fault, strikes, toFault } from './faults.js';
import { FirdsWorld } from './firds/firds-world.js';
import { FirdsSite } from './firds/site.js';
import type { FirdsWorldOptions } from './firds/world-options.js';
import { type Answer, answerWith, plainAnswer, type ServedFile } from './http-answer.js';
import { micPublications } from './mic-list.js';
import { nsePublications } from './nse-lists.js';
import type { Publication } from './publication.js';
import type { SimulatedPublisher } from './publisher.js';
import { World, type WorldOptions } from './world.js';

export type { SimulatedPublisher } from './publisher.js';

export interface SimulatedPublisherOptions extends WorldOptions, FirdsWorldOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** The address to listen at. Default 127.0.0.1, so that nobody else can turn the knobs. */
  readonly host?: string;
}

/**
 * Starts an HTTP server that publishes the lists of a simulated world: `GET /` explains it to a person.
 * The same options give the same bytes; the clock plays no part.
 */
export async function startSimulatedPublisher(
  options: SimulatedPublisherOptions = {},
): Promise<SimulatedPublisher> {
  const world = new World(options);
  const firds = new FirdsSite({
    esma: new FirdsWorld('esma', { ...options, firstDay: world.firstDay }),
    fca: new FirdsWorld('fca', { ...options, firstDay: world.firstDay }),
  });
  const publications = [...nsePublications(world), ...micPublications(world)];
  const written = new Map<Publication, ServedFile>();
  let day = 0;
  let requests = 0;
  let fault: Fault | null = null;
  let url = '';

  const fileOf = (publication: Publication): ServedFile => {
    const file = written.get(publication) ?? {
      bytes: publication.bytesOn(day),
      contentType: publication.contentType,
      modifiedAt: publication.publishedAt(day),
    };
    written.set(publication, file);
    return file;
  };

  const answerFor = (publication: Publication, request: IncomingMessage): Answer => {
    const method = request.method ?? 'GET';
    const otherFile = () =>
      fileOf(publications[(publications.indexOf(publication) + 1) % publications.length] ?? publication);
    const mode = fault && strikes(fault, publication.address) ? commonModeOf(fault.name) : undefined;
    const file = mode?.changes === 'file' ? mode.apply(fileOf(publication), otherFile) : fileOf(publication);
    const answer = answerWith(file, method, request.headers);
    const hasBody = method === 'GET' && (answer.status === 200 || answer.status === 206);
    if (!mode || (mode.changes !== 'answer' && !hasBody)) return answer;
    useUpOnce();
    if (mode.changes === 'answer') return mode.apply(answer);
    return mode.changes === 'delivery' ? { ...answer, delivery: mode.delivery } : answer;
  };

  const useUpOnce = (): void => {
    if (fault?.times === undefined) return;
    fault = fault.times > 1 ? { ...fault, times: fault.times - 1 } : null;
  };

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://publisher');
    if (pathname === '/_control') {
      if (request.method !== 'POST') return plainAnswer(405, 'Send a POST', { Allow: 'POST' });
      return answerControl(publisher, request);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return plainAnswer(405, 'Only GET and HEAD', { Allow: 'GET, HEAD' });
    }
    if (pathname === '/') return plainAnswer(200, explain(publisher));
    requests += 1;
    const found = await firds.answer({
      address: pathname.slice(1),
      asked: searchParams,
      method: request.method,
      headers: request.headers,
      today: world.dateOf(day),
      fault,
    });
    if (found?.isStruck) useUpOnce();
    if (found) return found.answer;
    const publication = publications.find(({ address }) => `/${address}` === pathname);
    return publication
      ? answerFor(publication, request)
      : plainAnswer(404, 'Nothing is published here; see GET /');
  };

  const server = createServer((request, response) => {
    answer(request).then(
      (ready) => send(ready, request, response),
      (error: unknown) => send(plainAnswer(500, String(error)), request, response),
    );
  });

  const publisher: SimulatedPublisher = {
    world,
    firds: firds.worlds,
    publications,
    get url() {
      return url;
    },
    get day() {
      return day;
    },
    get requests() {
      return requests;
    },
    get fault() {
      return fault;
    },
    setDay: (next) => {
      world.dateOf(next);
      if (next !== day) written.clear();
      day = next;
    },
    advance: (days = 1) => publisher.setDay(day + days),
    setFault: (next) => {
      fault = next && toFault({ match: undefined, times: undefined, ...next });
    },
    close: async () => {
      await new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      });
      await firds.close();
    },
  };

  const { port = 0, host = '127.0.0.1' } = options;
  server.listen(port, host);
  await once(server, 'listening');
  url = `http://${reachable(host)}:${(server.address() as AddressInfo).port}`;
  return publisher;
}

/** Where a client of this machine finds a server that listens at `host`. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
