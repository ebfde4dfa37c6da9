import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What PostgreSQL says when a COMMIT has taken effect: CommandComplete with this tag. */
const COMMIT_DONE = Buffer.from('COMMIT\0');
/** The house's own connections, not those of its leases or its queue: as the first packet of each says. */
const OF_THE_HOUSE = Buffer.from('application_name\0isinglass\0');

/** Stands between the house and its PostgreSQL, and does to their connections what it is asked to. */
export class TcpProxy {
  /** How often each action took effect on a connection. */
  readonly fired = { cut: 0, reset: 0, swallowed: 0, silenced: 0 };
  private isArmed = false;
  private isSilent = false;
  private isAway = false;
  private readonly links = new Set<Link>();

  private constructor(
    private readonly listener: Server,
    /** The database's URL, by way of the proxy. */
    readonly url: string,
  ) {}

  static async before(databaseUrl: string): Promise<TcpProxy> {
    const target = new URL(databaseUrl);
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
    const proxy = new TcpProxy(listener, url.href);
    listener.on('connection', (client) => {
      if (proxy.isAway) client.destroy();
      else proxy.join(client, connect(Number(target.port), target.hostname));
    });
    return proxy;
  }

  /** Acknowledgements that were swallowed. */
  get swallowed(): number {
    return this.fired.swallowed;
  }

  /** By which ports PostgreSQL knows its connections: `pg_stat_activity.client_port`. */
  get ports(): readonly number[] {
    return [...this.links].flatMap(({ server }) => server.localPort ?? []);
  }

  /** The next COMMIT takes effect, but nobody is told: the connection breaks instead. */
  swallowNextCommit(): void {
    this.isArmed = true;
  }

  /** Ends every connection, in order. */
  cut(): void {
    this.each('cut', (socket) => socket.destroy());
  }

  /** Ends every connection with an RST. */
  reset(): void {
    this.each('reset', (socket) => socket.resetAndDestroy());
  }

  /** From now on nothing comes through, in either direction, and nobody is told. */
  silence(): void {
    this.isSilent = true;
    this.fired.silenced += this.links.size;
  }

  /**
   * Connections made from now on work. PostgreSQL gives the silent ones up, as it does by keepalive; their other end is not
   * told.
   */
  heal(): void {
    this.isSilent = false;
    for (const { server, isSilent } of this.links) if (isSilent) server.destroy();
  }

  /** Ends every connection and lets nobody through until {@link mend}: PostgreSQL is away. */
  goAway(): void {
    this.isAway = true;
    this.cut();
  }

  mend(): void {
    this.isAway = false;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.listener.close(resolve));
    this.cut();
    await closed;
  }

  private each(action: 'cut' | 'reset', end: (socket: Socket) => void): void {
    for (const { client, server } of this.links) {
      this.fired[action] += 1;
      end(client);
      end(server);
    }
  }

  private join(client: Socket, server: Socket): void {
    const link: Link = { client, server, isSilent: this.isSilent };
    this.links.add(link);
    for (const socket of [client, server]) {
      // Either side may go at any time; the other follows, unless nobody shall know.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (!link.isSilent) {
          client.destroy();
          server.destroy();
        }
        if (client.destroyed && server.destroyed) this.links.delete(link);
      });
    }
    let isOfTheHouse: boolean | undefined;
    client.on('data', (bytes) => {
      isOfTheHouse ??= bytes.includes(OF_THE_HOUSE);
      this.pass(bytes, server, link);
    });
    server.on('data', (bytes) => {
      if (this.isArmed && isOfTheHouse && bytes.includes(COMMIT_DONE)) {
        this.isArmed = false;
        this.fired.swallowed += 1;
        client.destroy();
        return;
      }
      this.pass(bytes, client, link);
    });
  }

  private pass(bytes: Buffer, to: Socket, link: Link): void {
    link.isSilent ||= this.isSilent;
    if (!link.isSilent) to.write(bytes);
  }
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  isSilent: boolean;
}
