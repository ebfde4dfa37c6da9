import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';

import type { Answer, FileSlice } from './http-answer.js';

/** Sends an answer in the way it asks for, well-behaved or not. */
export function send(answer: Answer, request: IncomingMessage, response: ServerResponse): void {
  const { status, headers, body, slice, delivery } = answer;
  if (delivery === 'reset') {
    request.socket.resetAndDestroy();
    return;
  }
  if (status === 304) {
    response.writeHead(status, headers).end();
    return;
  }
  if (slice) {
    sendSlice(answer, slice, request, response);
    return;
  }
  if (delivery === 'unannounced cut') {
    response.writeHead(status, headers).end(body.subarray(0, middleOfSomeRow(body)));
    return;
  }
  response.writeHead(status, { ...headers, 'Content-Length': body.length });
  switch (delivery) {
    case 'whole':
      response.end(request.method === 'HEAD' ? undefined : body);
      break;
    case 'stalled':
      response.flushHeaders();
      break;
    case 'cut':
      response.write(body.subarray(0, middleOfSomeRow(body)), () => response.destroy());
      break;
  }
}

/** The same from disk, as fast as the client takes it. */
function sendSlice(
  { status, headers, delivery }: Answer,
  { path, start, end }: FileSlice,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const isWhole = delivery === 'whole';
  const size = end - start;
  const announced = delivery === 'unannounced cut' ? {} : { 'Content-Length': size };
  response.writeHead(status, { ...headers, ...announced });
  if (request.method === 'HEAD' || (isWhole && size === 0)) {
    response.end();
    return;
  }
  if (delivery === 'stalled') {
    response.flushHeaders();
    return;
  }
  const last = isWhole ? end - 1 : start + Math.max(Math.floor(size * 0.6), 1) - 1;
  const bytes = createReadStream(path, { start, end: last });
  // A client that goes away in the middle is its own affair.
  const ignore = (): void => undefined;
  if (delivery !== 'cut') {
    pipeline(bytes, response, ignore);
    return;
  }
  bytes.once('end', () => response.destroy());
  bytes.once('error', () => response.destroy());
  response.once('close', () => bytes.destroy());
  bytes.pipe(response, { end: false });
}

/** A place after more than half of the body that neither begins nor ends a row. */
function middleOfSomeRow(body: Buffer): number {
  const rowStart = body.lastIndexOf('\n', Math.floor(body.length * 0.6)) + 1;
  const rowEnd = body.indexOf('\n', rowStart);
  return Math.floor((rowStart + (rowEnd === -1 ? body.length : rowEnd)) / 2);
}
