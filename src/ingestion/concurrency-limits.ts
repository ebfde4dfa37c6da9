import { Injectable } from '@nestjs/common';
import { AuditLog, type By } from '../auth/audit-log.js';
import { BadRequestError, NotFoundError } from '../common/errors.js';
import { Database, type Client } from '../database/database.js';
import { SOURCES } from '../sources/index.js';
import { knownSource } from './known-source.js';

export const LIMIT_KINDS = ['overall', 'source', 'host'] as const;
export type LimitKind = (typeof LIMIT_KINDS)[number];

/** More steps than any house has workers for. */
export const MOST_STEPS = 1_000;

/** So many steps may be at work at once: of all, of one source, or downloading from one host. */
export interface ConcurrencyLimit {
  readonly kind: LimitKind;
  /** Id of a source, or a host; empty for `overall`. */
  readonly name: string;
  readonly most: number;
}

/** What became of a limit; `changed` is false when it was so already. */
export interface LimitDecided {
  readonly kind: LimitKind;
  readonly name: string;
  /** `null`: there is none. */
  readonly most: number | null;
  readonly changed: boolean;
}

/** How many steps may be at work at once, as people set it. Workers obey it when they take a step. */
@Injectable()
export class ConcurrencyLimits {
  constructor(
    private readonly database: Database,
    private readonly log: AuditLog,
  ) {}

  async list(): Promise<readonly ConcurrencyLimit[]> {
    return this.database.query<{ [Key in keyof ConcurrencyLimit]: ConcurrencyLimit[Key] }>(
      `SELECT kind, name, most FROM concurrency_limit ORDER BY kind <> 'overall', kind DESC, name`,
    );
  }

  /**
   * @param most `null` takes the limit away
   * @throws BadRequestError LIMIT_INVALID; NotFoundError SOURCE_UNKNOWN, HOST_UNKNOWN
   */
  async set(kind: LimitKind, name: string, most: number | null, by: By): Promise<LimitDecided> {
    requireKnown(kind, name);
    if (most !== null && !(Number.isInteger(most) && most >= 1 && most <= MOST_STEPS)) {
      throw limitInvalid(`${most} is no number of steps`);
    }
    return this.database.transaction(async (client) => {
      const changed = await (most === null ? remove(client, kind, name) : put(client, kind, name, most));
      if (changed) {
        await this.log.write(client, by, {
          action: 'limit',
          sourceId: kind === 'source' ? name : undefined,
          details: { kind, name, most },
        });
      }
      return { kind, name, most, changed };
    });
  }
}

/** @throws BadRequestError LIMIT_INVALID */
export function parseLimitKind(text: string): LimitKind {
  const kind = LIMIT_KINDS.find((known) => known === text);
  if (kind === undefined) throw limitInvalid(`"${text}" is none of ${LIMIT_KINDS.join(', ')}`);
  return kind;
}

/** @returns `null` for `none`. @throws BadRequestError LIMIT_INVALID */
export function parseMost(text: string): number | null {
  if (text === 'none') return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw limitInvalid(`"${text}" is no number of steps`);
}

function limitInvalid(message: string): BadRequestError {
  return new BadRequestError(
    'LIMIT_INVALID',
    message,
    `Say what is limited and to how many steps, 1 to ${MOST_STEPS}, or none: npx isinglass limit overall 4`,
  );
}

function requireKnown(kind: LimitKind, name: string): void {
  if (kind === 'source') knownSource(name);
  if (kind === 'overall' && name !== '') throw limitInvalid(`overall has no name, and "${name}" is one`);
  if (kind !== 'host') return;
  const hosts = SOURCES.flatMap((source) => source.hosts);
  if (hosts.some((host) => name === host || name.endsWith(`.${host}`))) return;
  throw new NotFoundError(
    'HOST_UNKNOWN',
    `no source downloads from "${name}"`,
    `The hosts are ${hosts.join(', ')}, and what lies below them.`,
  );
}

async function put(client: Client, kind: LimitKind, name: string, most: number): Promise<boolean> {
  const { rowCount } = await client.query(
    `INSERT INTO concurrency_limit (kind, name, most) VALUES ($1, $2, $3)
     ON CONFLICT (kind, name) DO UPDATE SET most = excluded.most WHERE concurrency_limit.most <> excluded.most`,
    [kind, name, most],
  );
  return rowCount === 1;
}

async function remove(client: Client, kind: LimitKind, name: string): Promise<boolean> {
  const { rowCount } = await client.query(`DELETE FROM concurrency_limit WHERE kind = $1 AND name = $2`, [
    kind,
    name,
  ]);
  return rowCount === 1;
}
