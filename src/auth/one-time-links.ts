import { Injectable } from '@nestjs/common';
import { BadRequestError } from '../common/errors.js';
import { Database, type Queries, type Queryable } from '../database/database.js';
import { hashOf, newToken } from './tokens.js';

export type LinkPurpose = 'set-up' | 'invitation' | 'password-reset';

/** How long a link opens. */
const LASTS: Readonly<Record<LinkPurpose, string>> = {
  'set-up': '1 hour',
  invitation: '7 days',
  'password-reset': '1 hour',
};

/** Links that open once: kept as hashes, deleted by use. */
@Injectable()
export class OneTimeLinks {
  constructor(private readonly database: Database) {}

  /** @param token of the operator's own choice; a new one by default */
  async make(
    client: Queryable,
    purpose: LinkPurpose,
    userId: string | null,
    token = newToken('isl'),
  ): Promise<string> {
    await client.query(
      `INSERT INTO one_time_link (token_hash, purpose, user_id, ends_at)
       VALUES ($1, $2, $3, clock_timestamp() + $4::interval)
       ON CONFLICT (token_hash) DO UPDATE SET ends_at = excluded.ends_at`,
      [hashOf(token), purpose, userId, LASTS[purpose]],
    );
    return token;
  }

  /** @returns the user it is for. @throws BadRequestError LINK_INVALID */
  async require(purpose: LinkPurpose, token: string): Promise<string | null> {
    return this.find(this.database, purpose, token);
  }

  /** Uses it up, in the transaction of what it opened. @throws BadRequestError LINK_INVALID */
  async use(client: Queryable, purpose: LinkPurpose, token: string): Promise<void> {
    const { rowCount } = await client.query(
      'DELETE FROM one_time_link WHERE token_hash = $1 AND purpose = $2 AND ends_at > clock_timestamp()',
      [hashOf(token), purpose],
    );
    if (rowCount !== 1) throw invalidLink();
  }

  async revokeAll(client: Queryable, userId: string): Promise<void> {
    await client.query('DELETE FROM one_time_link WHERE user_id = $1', [userId]);
  }

  /** How many a user has that still open. */
  async count(userId: string): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(
      'SELECT count(*) AS count FROM one_time_link WHERE user_id = $1 AND ends_at > clock_timestamp()',
      [userId],
    );
    return row?.count ?? 0;
  }

  async forgetEnded(): Promise<void> {
    await this.database.query('DELETE FROM one_time_link WHERE ends_at < clock_timestamp()');
    await this.database.query('DELETE FROM oidc_request WHERE ends_at < clock_timestamp()');
  }

  private async find(db: Queries, purpose: LinkPurpose, token: string): Promise<string | null> {
    const [link] = await db.query<{ userId: string | null }>(
      `SELECT user_id AS "userId" FROM one_time_link
       WHERE token_hash = $1 AND purpose = $2 AND ends_at > clock_timestamp()`,
      [hashOf(token), purpose],
    );
    if (link === undefined) throw invalidLink();
    return link.userId;
  }
}

function invalidLink(): BadRequestError {
  return new BadRequestError(
    'LINK_INVALID',
    'this link was used, has expired, or was replaced by a newer one',
    'Ask for a new one: at the sign-in page, or from an admin.',
  );
}
