import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What PostgreSQL says when a COMMIT has taken effect: CommandComplete with this tag. */
const COMMIT_DONE = Buffer.from('COMMIT\0');

/** Stands between the house and its PostgreSQL, and cuts a connection when it is asked to. */
export class TcpProxy {
  /** How many acknowledgements it has swallowed. */
  swallowed = 0;
  private isArmed = false;
  private isCut = false;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    /** The database's URL, by way of the proxy. */
    readonly url: string,
  ) {}

  static async before(databaseUrl: string): Promise<TcpProxy> {
    const target = new URL(databaseUrl);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const proxy = new TcpProxy(server, url.href);
    server.on('connection', (client) => {
      if (proxy.isCut) client.destroy();
      else proxy.join(client, connect(Number(target.port), target.hostname));
    });
    return proxy;
  }

  /** The next COMMIT takes effect, but nobody is told: the connection breaks instead. */
  swallowNextCommit(): void {
    this.isArmed = true;
  }

  /** Breaks all connections and lets nobody through until it is mended: PostgreSQL is away. */
  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private join(client: Socket, server: Socket): void {
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      // Either side may go at any time; the other follows.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (bytes) => server.write(bytes));
    server.on('data', (bytes) => {
      if (this.isArmed && bytes.includes(COMMIT_DONE)) {
        this.isArmed = false;
        this.swallowed += 1;
        client.destroy();
        return;
      }
      client.write(bytes);
    });
  }
}
