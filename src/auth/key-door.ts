import { isIP } from 'node:net';
import { Injectable } from '@nestjs/common';
import { NotAllowedError, NotSignedInError, TooManyError } from '../common/errors.js';
import { Database } from '../database/database.js';
import { isSecret } from './api-keys.js';
import { ROLE_PERMISSIONS, type Permission } from './permissions.js';
import { type UserRole } from '../domain/user-role.js';
import type { KeyHolder } from './principal.js';
import { parseKeyText } from './tokens.js';

/** What is left to a key after a request. */
export interface KeyAllowance {
  readonly perMinute: number;
  readonly perDay: number;
  readonly leftToday: number;
}

interface KeyRow {
  readonly id: string;
  readonly publicId: string;
  readonly secretHash: Buffer;
  readonly userId: string;
  readonly role: UserRole;
  readonly isUserActive: boolean;
  readonly scopes: readonly Permission[];
  readonly mayRedistribute: boolean;
  readonly isRevoked: boolean;
  readonly isExpired: boolean;
  readonly isFromAllowed: boolean;
  readonly perMinute: number;
  readonly perDay: number;
}

/** Lets programs in: looks the key up at each request, so that what is revoked opens nothing from that moment on. */
@Injectable()
export class KeyDoor {
  constructor(private readonly database: Database) {}

  /**
   * @param text as it stands behind `Bearer`
   * @throws NotSignedInError KEY_INVALID, KEY_REVOKED, KEY_EXPIRED, USER_DISABLED; NotAllowedError KEY_ADDRESS_REFUSED
   */
  async holderOf(
    text: string,
    address: string,
  ): Promise<KeyHolder & { readonly limits: Omit<KeyAllowance, 'leftToday'> }> {
    const parsed = parseKeyText(text);
    const [key] =
      parsed === null
        ? []
        : await this.database.query<KeyRow & Record<string, unknown>>(KEY_BY_PUBLIC_ID, [
            parsed.publicId,
            inetOf(address),
          ]);
    if (parsed === null || key === undefined || !isSecret(parsed.secret, key.secretHash)) {
      throw refused('KEY_INVALID', 'this is no API key of this house', 'Check that all of it was copied.');
    }
    // Who has the secret may know what became of the key.
    const name = `the key ${parsed.publicId}`;
    if (key.isRevoked) throw refused('KEY_REVOKED', `${name} was revoked`, 'Ask its owner for another one.');
    if (key.isExpired)
      throw refused('KEY_EXPIRED', `${name} has expired`, 'Its owner can make a new one at /account/keys.');
    if (!key.isUserActive)
      throw refused('USER_DISABLED', `the owner of ${name} is disabled`, 'Ask an admin.');
    if (!key.isFromAllowed) {
      throw new NotAllowedError(
        'KEY_ADDRESS_REFUSED',
        `the key ${parsed.publicId} does not open for ${address}`,
        'Its owner chose the networks from which it opens: /account/keys.',
      );
    }
    const ofRole = ROLE_PERMISSIONS[key.role];
    return {
      kind: 'key',
      keyId: key.id,
      publicId: key.publicId,
      userId: key.userId,
      permissions: new Set(key.scopes.filter((scope) => ofRole.includes(scope))),
      mayRedistribute: key.mayRedistribute,
      limits: { perMinute: key.perMinute, perDay: key.perDay },
    };
  }

  /**
   * Counts a request, for all processes together.
   * @throws TooManyError RATE_LIMITED, QUOTA_EXCEEDED
   */
  async take(keyId: string, limits: Omit<KeyAllowance, 'leftToday'>, address: string): Promise<KeyAllowance> {
    const [taken] = await this.database.query<{ requests: number; waitMs: number | null; dayMs: number }>(
      TAKE,
      [keyId, limits.perMinute, limits.perDay, address],
    );
    if (taken === undefined) throw new Error('a key was counted without a row');
    if (taken.waitMs === null) return { ...limits, leftToday: Math.max(0, limits.perDay - taken.requests) };
    if (taken.requests >= limits.perDay) {
      throw new TooManyError(
        'QUOTA_EXCEEDED',
        `this key may ask ${limits.perDay} times a day, and has`,
        'It goes on at midnight UTC.',
        { retryAfterMs: taken.dayMs },
      );
    }
    throw new TooManyError(
      'RATE_LIMITED',
      `this key may ask ${limits.perMinute} times a minute, and did`,
      'Wait as long as Retry-After says, or ask for many ISINs at once.',
      { retryAfterMs: taken.waitMs },
    );
  }
}

const KEY_BY_PUBLIC_ID = `
  SELECT k.id, k.public_id AS "publicId", s.secret_hash AS "secretHash", k.user_id AS "userId", u.role,
    u.state = 'active' AS "isUserActive", k.scopes, k.may_redistribute AS "mayRedistribute",
    k.revoked_at IS NOT NULL AS "isRevoked", k.expires_at <= clock_timestamp() AS "isExpired",
    cardinality(k.allowed_networks) = 0 OR coalesce($2::inet <<= ANY (k.allowed_networks), false) AS "isFromAllowed",
    k.requests_per_minute AS "perMinute", k.requests_per_day AS "perDay"
  FROM api_key k JOIN api_key_secret s ON s.key_id = k.id JOIN user_account u ON u.id = k.user_id
  WHERE k.public_id = $1`;

/** Rounding of the shares must not cost one of them. */
const ROUNDING = '1 millisecond';

const PASSES = `(greatest(u.free_at, excluded.last_at) + interval '1 minute' / $2 <= excluded.last_at + interval '1 minute ${ROUNDING}'
  AND u.requests < $3)`;

/**
 * The generic cell rate algorithm: each request moves `free_at` on by its share of a minute, and may not move it further than a
 * minute from now. So a burst of a whole minute's requests passes at once, then one more for each share that has gone by. The
 * lock of the row makes it right for any number of processes. A new day begins with what the day before left.
 */
const TAKE = `
  INSERT INTO api_key_usage AS u (key_id, day, requests, refused, has_passed, last_at, last_address, free_at)
  SELECT $1, (at AT TIME ZONE 'UTC')::date, 1, 0, true, at, $4, interval '1 minute' / $2 + greatest(at,
    (SELECT free_at FROM api_key_usage before WHERE before.key_id = $1 ORDER BY day DESC LIMIT 1))
  FROM clock_timestamp() AS at
  ON CONFLICT (key_id, day) DO UPDATE SET
    requests = u.requests + ${PASSES}::int, refused = u.refused + (NOT ${PASSES})::int, has_passed = ${PASSES},
    free_at = CASE WHEN ${PASSES} THEN greatest(u.free_at, excluded.last_at) + interval '1 minute' / $2 ELSE u.free_at END,
    last_at = greatest(u.last_at, excluded.last_at), last_address = excluded.last_address
  RETURNING requests,
    CASE WHEN NOT has_passed THEN
      ceil(extract(epoch FROM greatest(free_at, last_at) + interval '1 minute' / $2 - last_at - interval '1 minute') * 1000)
    END::float8 AS "waitMs",
    extract(epoch FROM (day + 1)::timestamp AT TIME ZONE 'UTC' - last_at)::float8 * 1000 AS "dayMs"`;

const refused = (code: string, message: string, nextStep: string): NotSignedInError =>
  new NotSignedInError(code, message, nextStep);

/** A proxy may name anything, with a port behind it; and PostgreSQL knows no zone of a link-local address. */
function inetOf(address: string): string | null {
  return isIP(address) === 0 || address.includes('%') ? null : address;
}
