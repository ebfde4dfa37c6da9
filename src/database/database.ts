import pg from 'pg';
import { IsinglassError } from '../common/errors.js';
import { databaseUnavailable, explainDatabaseError, readTooSlow } from './database-errors.js';

/** What runs a query: the pool, or a client inside a transaction. */
export type Queryable = Pick<pg.ClientBase, 'query'>;
export type Client = pg.PoolClient;

// Days stay text: pg would make a Date of them at local midnight, which is another day in another time zone.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);
// bigint: our counters and numbers stay far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => Number(text));

const CONNECT_TIMEOUT_MS = 10_000;
/** Half-open connections hang for ever without it: neither keep-alive nor statement_timeout ends them. */
const QUERY_TIMEOUT_MS = 30_000;
const IDLE_IN_TRANSACTION_MS = 60_000;
const CANCELS_EVERY_MS = 500;
/** A machine that went away keeps its locks no longer than this: by itself PostgreSQL notices after two hours. */
export const SERVER_KEEPALIVE = [
  '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3',
  // A process that dies in the middle of a merge keeps its locks no longer either: PostgreSQL looks while it works.
  '-c client_connection_check_interval=5s',
].join(' ');
/** SQLSTATE of a statement that was cancelled. */
const QUERY_CANCELED = '57014';
/** For COPY and merges, which are long by nature. */
export const LONG_QUERY_TIMEOUT_MS = 3_600_000;

/** What answers a query with its rows: the pool, or a {@link Database.snapshot}. */
export interface Queries {
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** A pool of PostgreSQL connections, and transactions on it. */
export class Database {
  private readonly pool: pg.Pool;
  private isClosing = false;

  constructor(
    readonly url: string,
    options: {
      readonly maxConnections?: number;
      /** A process that froze inside a transaction keeps its locks no longer than this. */
      readonly idleInTransactionMs?: number;
      readonly onError?: (error: Error) => void;
    } = {},
  ) {
    this.pool = new pg.Pool({
      connectionString: url,
      max: options.maxConnections ?? 10,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
      idle_in_transaction_session_timeout: options.idleInTransactionMs ?? IDLE_IN_TRANSACTION_MS,
      options: SERVER_KEEPALIVE,
      application_name: 'isinglass',
    });
    // Without a listener the loss of an idle connection ends the process.
    this.pool.on('error', (error) => {
      if (!this.isClosing) options.onError?.(error);
    });
  }

  /** @returns the rows; of several statements, those of all of them */
  async query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]> {
    try {
      const result = (await this.pool.query<Row>(sql, values as unknown[])) as
        pg.QueryResult<Row> | readonly pg.QueryResult<Row>[];
      return 'rows' in result ? result.rows : result.flatMap(({ rows }) => rows);
    } catch (error) {
      throw explainDatabaseError(error);
    }
  }

  /**
   * Runs `work` in one transaction; rolls back when it throws. When the signal is aborted the statement that runs is
   * cancelled, and nothing is committed.
   * The connection is thrown away after a failure, so that no half-done COPY or lock survives in the pool.
   * @throws whatever `work` threw; TryLaterError DATABASE_UNAVAILABLE when the connection was lost: then nobody knows
   *   whether a COMMIT that was sent took effect; ConfigurationError DATABASE_DISK_FULL
   */
  async transaction<Result>(
    work: (client: Client) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    signal?.throwIfAborted();
    const client = await this.connect();
    // Again and again, for what is cancelled between two statements is not told to the next one.
    let cancelling: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      void this.cancelStatement(client);
      cancelling = setInterval(() => void this.cancelStatement(client), CANCELS_EVERY_MS);
    };
    const stopCancelling = (): void => {
      signal?.removeEventListener('abort', onAbort);
      clearInterval(cancelling);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    let failure: Error | undefined;
    let lost: Error | undefined;
    // Without a listener the loss of a connection in use ends the process.
    const onError = (error: Error): void => {
      lost ??= error;
    };
    client.on('error', onError);
    try {
      await client.query('BEGIN');
      const result = await work(client);
      signal?.throwIfAborted();
      // Not a COMMIT, nor whoever has the connection next.
      stopCancelling();
      await client.query('COMMIT');
      return result;
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      // What a stream or a parser says of a connection that went away below it is not the cause.
      if (lost !== undefined && !(error instanceof IsinglassError)) throw databaseUnavailable(lost);
      if (signal?.aborted === true && isCancelled(error)) signal.throwIfAborted();
      throw explainDatabaseError(error);
    } finally {
      stopCancelling();
      client.removeListener('error', onError);
      client.release(failure ?? lost);
    }
  }

  /**
   * Reads that must agree with each other: all of them see the state of one moment.
   * @param withinMs what each statement may take
   * @throws TryLaterError READ_TOO_SLOW
   */
  async snapshot<Result>(read: (db: Queries) => Promise<Result>, withinMs?: number): Promise<Result> {
    const limit = withinMs === undefined ? '' : `; SET LOCAL statement_timeout = ${withinMs}`;
    return this.transaction(async (client) => {
      await client.query(`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY${limit}`);
      return read({
        query: async <Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]) => {
          try {
            return (await client.query<Row>(sql, values as unknown[])).rows;
          } catch (error) {
            throw withinMs !== undefined && isCancelled(error) ? readTooSlow(error) : error;
          }
        },
      });
    });
  }

  /** A connection outside the pool, for what must not wait for others: leases. The caller ends it. */
  async dedicatedClient(queryTimeoutMs: number): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: queryTimeoutMs,
      keepAlive: true,
      options: SERVER_KEEPALIVE,
      application_name: 'isinglass lease',
    });
    try {
      await client.connect();
      return client;
    } catch (error) {
      throw databaseUnavailable(error);
    }
  }

  async close(): Promise<void> {
    // A connection that is thrown away after a failure may still be on its way out when the server stops.
    this.isClosing = true;
    await this.pool.end();
  }

  /** Ends the statement a connection is busy with; a connection that is not busy minds nothing. */
  private async cancelStatement(client: Client): Promise<void> {
    const { processID } = client as Client & { readonly processID: number | null };
    // When PostgreSQL is away there is no statement to cancel either.
    await this.pool.query('SELECT pg_cancel_backend($1)', [processID]).catch(() => undefined);
  }

  private async connect(): Promise<Client> {
    try {
      return await this.pool.connect();
    } catch (error) {
      throw databaseUnavailable(error);
    }
  }
}

function isCancelled(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === QUERY_CANCELED;
}

/** A query whose time-out suits a merge of millions of rows. */
export async function longQuery<Row extends pg.QueryResultRow>(
  client: Queryable,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const config: pg.QueryConfig & { query_timeout: number } = {
    text: sql,
    values: values as unknown[],
    query_timeout: LONG_QUERY_TIMEOUT_MS,
  };
  const result = await client.query<Row>(config);
  return result.rows;
}
