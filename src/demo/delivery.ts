import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Answer } from './http-answer.js';

/** Sends an answer in the way it asks for, well-behaved or not. */
export function send(
  { status, headers, body, delivery }: Answer,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (delivery === 'reset') {
    request.socket.resetAndDestroy();
    return;
  }
  if (status === 304) {
    response.writeHead(status, headers).end();
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

/** A place after more than half of the body that neither begins nor ends a row. */
function middleOfSomeRow(body: Buffer): number {
  const rowStart = body.lastIndexOf('\n', Math.floor(body.length * 0.6)) + 1;
  const rowEnd = body.indexOf('\n', rowStart);
  return Math.floor((rowStart + (rowEnd === -1 ? body.length : rowEnd)) / 2);
}
