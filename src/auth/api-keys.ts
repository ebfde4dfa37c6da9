import { Inject, Injectable } from '@nestjs/common';
import { timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { BadRequestError, ConflictError, NotFoundError } from '../common/errors.js';
import { CONFIG, type Config } from '../config/settings.js';
import { Database, type Queryable } from '../database/database.js';
import { AuditLog, type By } from './audit-log.js';
import { ROLE_PERMISSIONS, SCOPES, type Permission } from './permissions.js';
import { type UserRole } from '../domain/user-role.js';
import { holdUser } from './sessions.js';
import { hashOf, newKeyText } from './tokens.js';
import { isUuid } from './uuid.js';

/** What a new key may do, and for how long. */
export interface KeyOrder {
  readonly name: string;
  readonly scopes: readonly string[];
  /** 1 to 366 days. */
  readonly days: number;
  readonly mayRedistribute?: boolean;
  /** Addresses and networks in CIDR notation; none for any. */
  readonly networks?: readonly string[];
  readonly requestsPerMinute?: number;
  readonly requestsPerDay?: number;
}

export interface ApiKey {
  readonly id: string;
  readonly publicId: string;
  readonly name: string;
  readonly userId: string;
  readonly scopes: readonly Permission[];
  readonly mayRedistribute: boolean;
  readonly networks: readonly string[];
  readonly requestsPerMinute: number;
  readonly requestsPerDay: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  /** The key that this one was made from, by {@link ApiKeys.rotate}. */
  readonly replaces: string | null;
  /** Neither revoked nor expired. */
  readonly isLive: boolean;
  readonly lastUsedAt: Date | null;
  readonly requestsToday: number;
}

/** A key, and its text, which is known only now. */
export interface NewKey {
  readonly key: ApiKey;
  readonly text: string;
}

export interface KeyUsage {
  readonly day: string;
  readonly requests: number;
  readonly refused: number;
}

const LONGEST_DAYS = 366;
const MOST_KEYS = 50;
/** A new key begins with a whole day's quota. */
const MOST_KEYS_A_DAY = 50;
const LONGEST_NAME = 100;
const MOST_NETWORKS = 50;
/** How long the old key goes on beside the one that replaces it. */
export const OVERLAP_DAYS = 7;
const USAGE_DAYS = 30;

const KEY = `k.id, k.public_id AS "publicId", k.name, k.user_id AS "userId", k.scopes, k.may_redistribute AS "mayRedistribute",
  k.allowed_networks::text[] AS networks, k.requests_per_minute AS "requestsPerMinute", k.requests_per_day AS "requestsPerDay",
  k.created_at AS "createdAt", k.expires_at AS "expiresAt", k.revoked_at AS "revokedAt", k.replaces,
  k.revoked_at IS NULL AND k.expires_at > clock_timestamp() AS "isLive",
  (SELECT max(last_at) FROM api_key_usage u WHERE u.key_id = k.id) AS "lastUsedAt",
  coalesce((SELECT requests FROM api_key_usage u WHERE u.key_id = k.id
            AND day = (clock_timestamp() AT TIME ZONE 'UTC')::date), 0) AS "requestsToday"`;

/** Keys of programs. Each change stands in the log of decisions, in the same transaction. */
@Injectable()
export class ApiKeys {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    @Inject(CONFIG)
    private readonly config: Pick<Config, 'production' | 'keyRequestsPerMinute' | 'keyRequestsPerDay'>,
  ) {}

  /** Of one user, the newest first. */
  async list(userId: string): Promise<readonly ApiKey[]> {
    return this.database.query<ApiKey & Record<string, unknown>>(
      `SELECT ${KEY} FROM api_key k WHERE k.user_id = $1 ORDER BY k.created_at DESC, k.id`,
      [userId],
    );
  }

  /** Day by day, the newest first; of a user's own key. @throws NotFoundError KEY_UNKNOWN */
  async usage(
    userId: string,
    id: string,
  ): Promise<{ readonly key: ApiKey; readonly days: readonly KeyUsage[] }> {
    const key = await this.own(userId, id);
    const days = await this.database.query<KeyUsage & Record<string, unknown>>(
      `SELECT day, requests, refused FROM api_key_usage WHERE key_id = $1 ORDER BY day DESC LIMIT $2`,
      [key.id, USAGE_DAYS],
    );
    return { key, days };
  }

  /** @throws BadRequestError KEY_ORDER_INVALID; ConflictError KEYS_TOO_MANY; NotFoundError USER_UNKNOWN */
  async create(userId: string, order: KeyOrder, by: By): Promise<NewKey> {
    const { networks = [], mayRedistribute = false } = order;
    const {
      requestsPerMinute = this.config.keyRequestsPerMinute,
      requestsPerDay = this.config.keyRequestsPerDay,
    } = order;
    return this.database.transaction(async (client) => {
      const role = await roleOf(client, userId);
      requireOrder({ ...order, networks, requestsPerMinute, requestsPerDay }, role, this.config);
      await this.requireRoom(client, userId);
      return this.insert(client, by, 'create-key', {
        userId,
        name: order.name.trim(),
        scopes: [...new Set(order.scopes)],
        mayRedistribute,
        networks,
        requestsPerMinute,
        requestsPerDay,
        days: order.days,
        replaces: null,
      });
    });
  }

  /**
   * A new key like this one, for as many days; the old one goes on for {@link OVERLAP_DAYS} at most.
   * @throws NotFoundError KEY_UNKNOWN; ConflictError KEY_ENDED, KEYS_TOO_MANY
   */
  async rotate(userId: string, id: string, by: By): Promise<NewKey> {
    const old = await this.own(userId, id);
    return this.database.transaction(async (client) => {
      await holdUser(client, userId);
      const { rows } = await client.query<{ days: number }>(
        `UPDATE api_key SET expires_at = least(expires_at, clock_timestamp() + make_interval(days => $2))
         WHERE id = $1 AND revoked_at IS NULL AND expires_at > clock_timestamp()
           AND NOT EXISTS (SELECT FROM api_key r WHERE r.replaces = $1 AND r.user_id = api_key.user_id)
         RETURNING greatest(1, round(extract(epoch FROM $3::timestamptz - created_at) / 86400))::int AS days`,
        [id, OVERLAP_DAYS, old.expiresAt],
      );
      const [lasted] = rows;
      if (lasted === undefined) {
        throw new ConflictError('KEY_ENDED', 'this key has ended, or was rotated already', 'Make a new one.');
      }
      await this.requireRoom(client, userId);
      return this.insert(client, by, 'rotate-key', { ...old, days: lasted.days, replaces: id });
    });
  }

  /**
   * It opens nothing from now on.
   * @param userId whose it must be; `null` for an admin, who may revoke any
   * @throws NotFoundError KEY_UNKNOWN
   */
  async revoke(userId: string | null, id: string, by: By): Promise<void> {
    await this.database.transaction(async (client) => {
      const { rows } = isUuid(id)
        ? await client.query<{ publicId: string; isNew: boolean }>(
            `UPDATE api_key SET revoked_at = coalesce(revoked_at, clock_timestamp())
             WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)
             RETURNING public_id AS "publicId", revoked_at >= now() AS "isNew"`,
            [id, userId],
          )
        : { rows: [] };
      const [key] = rows;
      if (key === undefined) throw unknownKey();
      if (key.isNew)
        await this.audit.write(client, by, { action: 'revoke-key', details: { key: key.publicId } });
    });
  }

  private async own(userId: string, id: string): Promise<ApiKey> {
    const [key] = isUuid(id)
      ? await this.database.query<ApiKey & Record<string, unknown>>(
          `SELECT ${KEY} FROM api_key k WHERE k.id = $1 AND k.user_id = $2`,
          [id, userId],
        )
      : [];
    if (key === undefined) throw unknownKey();
    return key;
  }

  private async requireRoom(client: Queryable, userId: string): Promise<void> {
    const { rows } = await client.query<{ live: number; today: number }>(
      `SELECT count(*) FILTER (WHERE revoked_at IS NULL AND expires_at > clock_timestamp()) AS live,
              count(*) FILTER (WHERE created_at > clock_timestamp() - interval '1 day') AS today
       FROM api_key WHERE user_id = $1`,
      [userId],
    );
    const { live = 0, today = 0 } = rows[0] ?? {};
    if (live < MOST_KEYS && today < MOST_KEYS_A_DAY) return;
    throw new ConflictError(
      'KEYS_TOO_MANY',
      `a user has at most ${MOST_KEYS} keys, and makes at most ${MOST_KEYS_A_DAY} a day`,
      live < MOST_KEYS ? 'Come again tomorrow.' : 'Revoke those that nobody uses.',
    );
  }

  private async insert(
    client: Queryable,
    by: By,
    action: string,
    order: Omit<
      ApiKey,
      | 'id'
      | 'publicId'
      | 'createdAt'
      | 'expiresAt'
      | 'revokedAt'
      | 'isLive'
      | 'lastUsedAt'
      | 'requestsToday'
      | 'scopes'
    > & {
      readonly scopes: readonly string[];
      readonly days: number;
    },
  ): Promise<NewKey> {
    const { text, publicId, secret } = newKeyText(this.config.production ? 'live' : 'test');
    const { rows } = await client.query<ApiKey>(
      `INSERT INTO api_key AS k (public_id, name, user_id, scopes, may_redistribute, allowed_networks, requests_per_minute,
         requests_per_day, replaces, expires_at)
       VALUES ($1, $2, $3, $4, $5, ARRAY(SELECT network(each) FROM unnest($6::inet[]) each), $7, $8, $9, clock_timestamp() + make_interval(days => $10))
       RETURNING ${KEY}`,
      [
        publicId,
        order.name,
        order.userId,
        order.scopes,
        order.mayRedistribute,
        order.networks,
        order.requestsPerMinute,
        order.requestsPerDay,
        order.replaces,
        order.days,
      ],
    );
    const [key] = rows;
    if (key === undefined) throw new Error('an insert without a row');
    await client.query('INSERT INTO api_key_secret (key_id, secret_hash) VALUES ($1, $2)', [
      key.id,
      hashOf(secret),
    ]);
    await this.audit.write(client, by, {
      action,
      details: {
        key: publicId,
        user: order.userId,
        scopes: order.scopes,
        allFields: order.mayRedistribute,
        networks: order.networks,
        days: order.days,
      },
    });
    return { key, text };
  }
}

/** Are these the bytes whose hash is kept? In a time that does not depend on where they differ. */
export function isSecret(secret: string, secretHash: Buffer): boolean {
  return timingSafeEqual(hashOf(secret), secretHash);
}

/** Their keys are made one after the other. */
async function roleOf(client: Queryable, userId: string): Promise<UserRole> {
  const { rows } = await client.query<{ role: UserRole }>(
    `SELECT role FROM user_account WHERE id = $1 AND state = 'active' FOR NO KEY UPDATE`,
    [userId],
  );
  const [user] = rows;
  if (user !== undefined) return user.role;
  throw new NotFoundError(
    'USER_UNKNOWN',
    'there is no such active user',
    'Who was invited chooses a password first, by the link of the invitation.',
  );
}

function requireOrder(
  order: Required<
    Pick<KeyOrder, 'name' | 'scopes' | 'days' | 'networks' | 'requestsPerMinute' | 'requestsPerDay'>
  >,
  role: UserRole,
  most: Pick<Config, 'keyRequestsPerMinute' | 'keyRequestsPerDay'>,
): void {
  const allowed = SCOPES.filter((scope) => ROLE_PERMISSIONS[role].includes(scope));
  const wrong: string[] = [];
  const name = order.name.trim();
  if (name === '' || name.length > LONGEST_NAME || /\p{Cc}/u.test(name)) {
    wrong.push(`a name has 1 to ${LONGEST_NAME} characters`);
  }
  const scopes = order.scopes.filter((scope) => !allowed.some((each) => each === scope));
  if (order.scopes.length === 0) wrong.push('a key needs a scope');
  if (scopes.length > 0)
    wrong.push(`not among what a ${role} may (${allowed.join(', ')}): ${scopes.join(', ')}`);
  if (!isWithin(order.days, LONGEST_DAYS)) wrong.push(`a key lasts 1 to ${LONGEST_DAYS} days`);
  const networks = order.networks.filter((network) => !isNetwork(network));
  if (networks.length > 0) wrong.push(`not an address or a network: ${networks.join(', ')}`);
  if (order.networks.length > MOST_NETWORKS) wrong.push(`a key has at most ${MOST_NETWORKS} networks`);
  if (!isWithin(order.requestsPerMinute, most.keyRequestsPerMinute)) {
    wrong.push(`requests a minute: 1 to ${most.keyRequestsPerMinute}`);
  }
  if (!isWithin(order.requestsPerDay, most.keyRequestsPerDay)) {
    wrong.push(`requests a day: 1 to ${most.keyRequestsPerDay}`);
  }
  if (wrong.length === 0) return;
  throw new BadRequestError('KEY_ORDER_INVALID', wrong.join('; '), 'Correct what is named, and ask again.');
}

const isWithin = (value: number, most: number): boolean =>
  Number.isInteger(value) && value >= 1 && value <= most;

/** `10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`. */
function isNetwork(text: string): boolean {
  const [address = '', mask, more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more !== undefined || address.includes('%')) return false;
  return mask === undefined || (/^\d{1,3}$/.test(mask) && Number(mask) <= (family === 4 ? 32 : 128));
}

function unknownKey(): NotFoundError {
  return new NotFoundError('KEY_UNKNOWN', 'there is no such key', 'Look among your keys.');
}
