import type { Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { limitServer } from '../../src/api/http/server-limits.js';
import { openTestHouse, type TestHouse } from '../support/test-house.js';

let house: TestHouse;
let port: number;
beforeAll(async () => {
  house = await openTestHouse();
  const server = house.app.getHttpServer() as Server;
  limitServer(server, { headersMs: 1_000, requestMs: 2_000, everyMs: 200 });
  await house.app.listen(0, '127.0.0.1');
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => house.close());

/** Says something, and then nothing. @returns all that it was told until it was hung up on */
function mumble(text: string): { readonly socket: Socket; readonly heard: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.on('data', (data) => (heard += data.toString('latin1')));
  socket.on('error', () => undefined);
  socket.write(text);
  return { socket, heard: new Promise((resolve) => socket.on('close', () => resolve(heard))) };
}

it('two hundred who send half a request keep nobody waiting, and are hung up on', async () => {
  const slow = Array.from({ length: 200 }, (_, at) =>
    mumble(
      at % 2 === 0
        ? 'GET /v1/instruments HTTP/1.1\r\nHost: localhost\r\nX-Half: '
        : 'POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nemail=',
    ),
  );
  const answers = await Promise.all(
    Array.from({ length: 20 }, async () => (await fetch(`http://127.0.0.1:${port}/health/live`)).status),
  );
  expect(answers).toEqual(Array.from({ length: 20 }, () => 200));
  for (const text of await Promise.all(slow.map(({ heard }) => heard)))
    expect(text).toMatch(/^HTTP\/1\.1 40[038] /);
});
