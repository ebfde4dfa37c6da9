import { Injectable } from '@nestjs/common';
import { NotFoundError, NotSignedInError } from '../common/errors.js';
import { Database, type Queryable } from '../database/database.js';
import { AuditLog, type By } from './audit-log.js';
import { ROLE_PERMISSIONS } from './permissions.js';
import { type UserRole } from '../domain/user-role.js';
import type { Person } from './principal.js';
import { hashOf, newToken } from './tokens.js';
import { isUuid } from './uuid.js';
import type { From } from './who.js';

/** Nobody was there for so long: signed out. */
export const IDLE = '30 minutes';
/** Even who is always there signs in anew after that. */
const ABSOLUTE = '12 hours';
/** From the password to the second factor. */
const SECOND_FACTOR_WITHIN = '10 minutes';
/** Of one person at once, in each stage; then the one that nobody used for longest ends. */
const MOST_SESSIONS = 50;
/** A look more often than that would be a write for each request. */
const SEEN_EVERY = '1 minute';

export type SessionStage = 'second-factor' | 'signed-in';

/** A session as its owner sees it. */
export interface SessionSummary {
  readonly id: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly endsAt: Date;
  readonly address: string;
  readonly userAgent: string;
}

/** Whose session a token is of. */
export interface LiveSession {
  readonly id: string;
  readonly stage: SessionStage;
  readonly person: Person;
  /** Does the person have a second factor? */
  readonly hasSecondFactor: boolean;
}

/** Sessions of people: opaque tokens, kept as hashes; who and what role is looked up at each request. */
@Injectable()
export class Sessions {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  /** @returns the token, known only now */
  async begin(client: Queryable, userId: string, stage: SessionStage, from: From): Promise<string> {
    const token = newToken('iss');
    await client.query(
      `INSERT INTO user_session (token_hash, user_id, stage, address, user_agent, ends_at)
       VALUES ($1, $2, $3, $4, $5, clock_timestamp() + $6::interval)`,
      [
        hashOf(token),
        userId,
        stage,
        from.address,
        from.userAgent,
        stage === 'signed-in' ? ABSOLUTE : SECOND_FACTOR_WITHIN,
      ],
    );
    await client.query(
      `DELETE FROM user_session WHERE id IN (
         SELECT id FROM user_session WHERE user_id = $1 AND stage = $2
         ORDER BY last_seen_at DESC, created_at DESC OFFSET $3)`,
      [userId, stage, MOST_SESSIONS],
    );
    return token;
  }

  /** @returns null when the token opens nothing (any more) */
  async find(token: string): Promise<LiveSession | null> {
    const [row] = await this.database.query<{
      id: string;
      stage: SessionStage;
      userId: string;
      email: string;
      role: UserRole;
      hasSecondFactor: boolean;
      isToBeSeen: boolean;
    }>(
      `SELECT s.id, s.stage, u.id AS "userId", u.email, u.role,
              EXISTS (SELECT FROM second_factor f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) AS "hasSecondFactor",
              s.last_seen_at < clock_timestamp() - $3::interval AS "isToBeSeen"
       FROM user_session s JOIN user_account u ON u.id = s.user_id
       WHERE s.token_hash = $1 AND u.state = 'active' AND s.ends_at > clock_timestamp()
         AND s.last_seen_at > clock_timestamp() - $2::interval`,
      [hashOf(token), IDLE, SEEN_EVERY],
    );
    if (row === undefined) return null;
    const { id, stage, userId, email, role, hasSecondFactor } = row;
    if (row.isToBeSeen) {
      await this.database.query('UPDATE user_session SET last_seen_at = clock_timestamp() WHERE id = $1', [
        id,
      ]);
    }
    const permissions = new Set(ROLE_PERMISSIONS[role]);
    return { id, stage, hasSecondFactor, person: { kind: 'person', userId, email, role, permissions } };
  }

  /** All of a user that are open, the one seen last first. */
  async list(userId: string): Promise<readonly SessionSummary[]> {
    return this.database.query<SessionSummary & Record<string, unknown>>(
      `SELECT id, created_at AS "createdAt", last_seen_at AS "lastSeenAt", ends_at AS "endsAt", address, user_agent AS "userAgent"
       FROM user_session
       WHERE user_id = $1 AND stage = 'signed-in' AND ends_at > clock_timestamp()
         AND last_seen_at > clock_timestamp() - $2::interval
       ORDER BY last_seen_at DESC`,
      [userId, IDLE],
    );
  }

  /** Ends one of a user's own. @throws NotFoundError SESSION_UNKNOWN, for one of somebody else too */
  async end(userId: string, id: string, by: By): Promise<void> {
    await this.database.transaction(async (client) => {
      const { rowCount } = isUuid(id)
        ? await client.query('DELETE FROM user_session WHERE id = $1 AND user_id = $2', [id, userId])
        : { rowCount: 0 };
      if (rowCount !== 1) {
        throw new NotFoundError(
          'SESSION_UNKNOWN',
          'there is no such session',
          'It may have ended meanwhile.',
        );
      }
      await this.audit.write(client, by, { action: 'end-session', details: { user: userId, session: id } });
    });
  }

  /** Those that nobody uses any more. */
  async forgetEnded(): Promise<void> {
    await this.database.query(
      `DELETE FROM user_session WHERE ends_at < clock_timestamp() OR last_seen_at < clock_timestamp() - $1::interval`,
      [IDLE],
    );
  }
}

/**
 * Whoever opens or closes a user's ways in holds the user meanwhile, so that no session begins with a password that a reset has just
 * put out of use. Before anything else that is locked.
 * @param session must still be there
 * @throws NotSignedInError SIGN_IN_NEEDED when it ended meanwhile
 */
export async function holdUser(client: Queryable, userId: string, session?: string): Promise<void> {
  await client.query('SELECT FROM user_account WHERE id = $1 FOR NO KEY UPDATE', [userId]);
  if (session === undefined) return;
  const { rows } = await client.query('SELECT FROM user_session WHERE id = $1 AND user_id = $2', [
    session,
    userId,
  ]);
  if (rows.length === 0) throw sessionEnded();
}

export function sessionEnded(): NotSignedInError {
  return new NotSignedInError('SIGN_IN_NEEDED', 'this session ended meanwhile', 'Sign in: /sign-in');
}

/** Gives a session another token; the old one opens nothing. @returns the new one, known only now */
export async function renewSession(client: Queryable, id: string): Promise<string> {
  const token = newToken('iss');
  await client.query('UPDATE user_session SET token_hash = $2 WHERE id = $1', [id, hashOf(token)]);
  return token;
}

/** All of a user. @param keep the session that stays */
export async function endSessions(client: Queryable, userId: string, keep?: string): Promise<void> {
  await client.query('DELETE FROM user_session WHERE user_id = $1 AND id IS DISTINCT FROM $2', [
    userId,
    keep ?? null,
  ]);
}
