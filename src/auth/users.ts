import { Injectable } from '@nestjs/common';
import { BadRequestError, ConflictError, NotFoundError } from '../common/errors.js';
import { Database, type Client, type Queryable } from '../database/database.js';
import { AuditLog, type By } from './audit-log.js';
import { OneTimeLinks, type LinkPurpose } from './one-time-links.js';
import { isUserRole, type UserRole } from '../domain/user-role.js';
import { endSessions, holdUser } from './sessions.js';
import { Passwords, requireGoodPassword } from './passwords.js';
import { isUuid } from './uuid.js';

export type UserState = 'invited' | 'active' | 'disabled';

export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: UserRole;
  readonly state: UserState;
  readonly createdAt: Date;
  readonly lastSignInAt: Date | null;
  readonly hasSecondFactor: boolean;
}

/** A user, and the link that lets them choose a password; `token` is known only now. */
export interface InvitedUser {
  readonly user: User;
  readonly token: string;
}

/** What a provider says of somebody. */
export interface Voucher {
  readonly issuer: string;
  /** The provider's number of them: it never changes, and is never given to another. */
  readonly subject: string;
  /** `null` unless the provider verified it. */
  readonly email: string | null;
  readonly name: string;
}

/** Whose changes concern who is admin come one after the other, so that there is always one. */
const ADMINS_LOCK = 771_007;

const USER = `u.id, u.email, u.name, u.role, u.state, u.created_at AS "createdAt", u.last_sign_in_at AS "lastSignInAt",
  EXISTS (SELECT FROM second_factor f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) AS "hasSecondFactor"`;

/** People who may sign in. Each change stands in the log of decisions, in the same transaction. */
@Injectable()
export class Users {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly links: OneTimeLinks,
    private readonly passwords: Passwords,
  ) {}

  async list(): Promise<readonly User[]> {
    return this.database.query<User & Record<string, unknown>>(
      `SELECT ${USER} FROM user_account u ORDER BY u.email`,
    );
  }

  /** @throws NotFoundError USER_UNKNOWN */
  async get(id: string): Promise<User> {
    const [user] = isUuid(id)
      ? await this.database.query<User & Record<string, unknown>>(
          `SELECT ${USER} FROM user_account u WHERE u.id = $1`,
          [id],
        )
      : [];
    if (user === undefined) throw unknownUser();
    return user;
  }

  async findByEmail(email: string): Promise<User | undefined> {
    const [user] = await this.database.query<User & Record<string, unknown>>(
      `SELECT ${USER} FROM user_account u WHERE u.email = $1`,
      [email.trim().toLowerCase()],
    );
    return user;
  }

  async isThereAnAdmin(): Promise<boolean> {
    return (await this.database.query(ANY_ADMIN)).length > 0;
  }

  /**
   * A user who has no password yet, and a link to choose one.
   * @throws ConflictError USER_EXISTS; BadRequestError EMAIL_INVALID, ROLE_UNKNOWN
   */
  async invite(email: string, name: string, role: string, by: By): Promise<InvitedUser> {
    return this.database.transaction(async (client) => {
      const user = await this.insert(client, email, name, role, 'invited');
      const token = await this.links.make(client, 'invitation', user.id);
      await this.audit.write(client, by, { action: 'invite-user', details: { user: user.id, role } });
      return { user, token };
    });
  }

  /**
   * A user who may sign in at once.
   * @throws ConflictError USER_EXISTS; BadRequestError EMAIL_INVALID, ROLE_UNKNOWN, PASSWORD_WEAK
   */
  async create(email: string, name: string, role: string, password: string, by: By): Promise<User> {
    requireGoodPassword(password, [email, name]);
    const passwordHash = await this.passwords.hash(password);
    return this.database.transaction(async (client) => {
      const user = await this.insert(client, email, name, role, 'active');
      await setPasswordHash(client, user.id, passwordHash);
      await this.audit.write(client, by, { action: 'create-user', details: { user: user.id, role } });
      return user;
    });
  }

  /**
   * The first admin, by the one-time token of the set-up; however many ask at once, one of them gets it.
   * @throws ConflictError SET_UP_ALREADY; BadRequestError LINK_INVALID, EMAIL_INVALID, PASSWORD_WEAK
   */
  async setUp(token: string, email: string, name: string, password: string, by: By): Promise<User> {
    requireGoodPassword(password, [email, name]);
    await this.links.require('set-up', token);
    const passwordHash = await this.passwords.hash(password);
    return this.database.transaction(async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [ADMINS_LOCK]);
      if ((await client.query(ANY_ADMIN)).rows.length > 0) {
        throw new ConflictError(
          'SET_UP_ALREADY',
          'this house has an admin already',
          'Sign in, or ask the admin to invite you.',
        );
      }
      await this.links.use(client, 'set-up', token);
      const user = await this.insert(client, email, name, 'admin', 'active');
      await setPasswordHash(client, user.id, passwordHash);
      await this.audit.write(client, by, { action: 'set-up', details: { user: user.id } });
      return user;
    });
  }

  /**
   * Chooses the password that an invitation or a reset asks for. Ends all sessions there were.
   * @throws BadRequestError LINK_INVALID, PASSWORD_WEAK
   */
  async choosePassword(purpose: LinkPurpose, token: string, password: string, by: By): Promise<User> {
    const userId = await this.links.require(purpose, token);
    const user = await this.get(userId ?? '');
    requireGoodPassword(password, [user.email, user.name]);
    const passwordHash = await this.passwords.hash(password);
    await this.database.transaction(async (client) => {
      await holdUser(client, user.id);
      await this.links.use(client, purpose, token);
      await client.query(
        `UPDATE user_account SET state = CASE state WHEN 'invited' THEN 'active' ELSE state END WHERE id = $1`,
        [user.id],
      );
      await setPasswordHash(client, user.id, passwordHash);
      await endSessions(client, user.id);
      // Whoever had the old one may have been known by a browser, too.
      await client.query('DELETE FROM known_device WHERE user_id = $1', [user.id]);
      await this.links.revokeAll(client, user.id);
      const action = purpose === 'invitation' ? 'accept-invitation' : 'reset-password';
      await this.audit.write(client, by, { action, details: { user: user.id } });
    });
    return this.get(user.id);
  }

  /**
   * @param keep the session that stays
   * @throws BadRequestError PASSWORD_WRONG, PASSWORD_WEAK; NotSignedInError SIGN_IN_NEEDED when a reset ended it meanwhile
   */
  async changePassword(id: string, old: string, password: string, keep: string, by: By): Promise<void> {
    const user = await this.get(id);
    const [credential] = await this.database.query<{ hash: string | null }>(
      `SELECT password_hash AS hash FROM user_credential WHERE user_id = $1`,
      [id],
    );
    if (!(await this.passwords.verify(old, credential?.hash ?? null))) {
      throw new BadRequestError('PASSWORD_WRONG', 'this is not your present password', 'Type it again.');
    }
    requireGoodPassword(password, [user.email, user.name]);
    const passwordHash = await this.passwords.hash(password);
    await this.database.transaction(async (client) => {
      await holdUser(client, id, keep);
      await setPasswordHash(client, id, passwordHash);
      await endSessions(client, id, keep);
      await this.links.revokeAll(client, id);
      await this.audit.write(client, by, { action: 'change-password', details: { user: id } });
    });
  }

  /**
   * Who an OpenID Connect provider says it is: known by its number, else by the address that it verified.
   * @param newRole of somebody who was not invited; `null`: they are not let in
   * @returns `null` when nobody is let in, disabled users among them
   */
  async vouchedFor(
    { issuer, subject, email, name }: Voucher,
    newRole: UserRole | null,
    by: By,
  ): Promise<User | null> {
    const id = await this.database.transaction(async (client) => {
      // Of two browsers that come for the first time one links the account, and the other finds it linked.
      await client.query('SELECT pg_advisory_xact_lock($1)', [ADMINS_LOCK]);
      const linked = await client.query<{ id: string }>(
        'SELECT user_id AS id FROM user_credential WHERE oidc_issuer = $1 AND oidc_subject = $2',
        [issuer, subject],
      );
      if (linked.rows[0] !== undefined) return linked.rows[0].id;
      if (email === null) return null;
      const address = emailOf(email);
      const { rows } = await client.query<{ id: string; mayBeLinked: boolean }>(
        `SELECT id, state <> 'disabled' AND NOT EXISTS (
           SELECT FROM user_credential c WHERE c.user_id = u.id AND c.oidc_subject IS NOT NULL) AS "mayBeLinked"
         FROM user_account u WHERE email = $1`,
        [address],
      );
      const [invited] = rows;
      if (invited === undefined ? newRole === null : !invited.mayBeLinked) return null;
      const known = invited?.id;
      const user = known ?? (await this.insert(client, address, name, newRole ?? 'viewer', 'active')).id;
      await client.query(`UPDATE user_account SET state = 'active' WHERE id = $1`, [user]);
      await client.query(
        `INSERT INTO user_credential (user_id, oidc_issuer, oidc_subject) VALUES ($1, $2, $3)
         ON CONFLICT (user_id) DO UPDATE SET oidc_issuer = excluded.oidc_issuer, oidc_subject = excluded.oidc_subject`,
        [user, issuer, subject],
      );
      await this.links.revokeAll(client, user);
      const action = known === undefined ? 'create-user' : 'link-provider';
      await this.audit.write(client, by, { action, details: { user, issuer } });
      return user;
    });
    if (id === null) return null;
    const user = await this.get(id);
    return user.state === 'active' ? user : null;
  }

  /**
   * A link to choose a new password.
   * @param others what becomes of those made before: they `end`, or `stay`, where a stranger may have asked
   * @throws NotFoundError USER_UNKNOWN; ConflictError USER_DISABLED
   */
  async passwordLink(id: string, by: By, others: 'end' | 'stay' = 'end'): Promise<InvitedUser> {
    const user = await this.get(id);
    const purpose = user.state === 'invited' ? 'invitation' : 'password-reset';
    if (user.state === 'disabled') {
      throw new ConflictError('USER_DISABLED', `${user.email} is disabled`, 'Enable the user first.');
    }
    const token = await this.database.transaction(async (client) => {
      await holdUser(client, id);
      if (others === 'end') await this.links.revokeAll(client, id);
      const made = await this.links.make(client, purpose, id);
      await this.audit.write(client, by, { action: 'make-password-link', details: { user: id, purpose } });
      return made;
    });
    return { user, token };
  }

  /** @throws NotFoundError USER_UNKNOWN; BadRequestError ROLE_UNKNOWN; ConflictError LAST_ADMIN */
  async setRole(id: string, role: string, by: By): Promise<User> {
    requireRole(role);
    await this.change(id, async (client, user) => {
      if (user.role === role) return;
      await client.query('UPDATE user_account SET role = $2 WHERE id = $1', [id, role]);
      // A new role begins with a new sign-in: pages that are open still show what the old one could.
      await endSessions(client, id);
      const details = { user: id, before: user.role, after: role };
      await this.audit.write(client, by, { action: 'set-role', details });
    });
    return this.get(id);
  }

  /** Ends all sessions at once; the user's keys open nothing while it lasts. @throws as {@link setRole} */
  async disable(id: string, by: By): Promise<User> {
    await this.change(id, async (client, user) => {
      if (user.state === 'disabled') return;
      await client.query(`UPDATE user_account SET state = 'disabled' WHERE id = $1`, [id]);
      await endSessions(client, id);
      await this.links.revokeAll(client, id);
      await this.audit.write(client, by, { action: 'disable-user', details: { user: id } });
    });
    return this.get(id);
  }

  /** @throws NotFoundError USER_UNKNOWN */
  async enable(id: string, by: By): Promise<User> {
    await this.change(id, async (client, user) => {
      if (user.state !== 'disabled') return;
      await client.query(
        `UPDATE user_account u SET state = CASE WHEN EXISTS (
           SELECT FROM user_credential c WHERE c.user_id = u.id AND coalesce(password_hash, oidc_subject) IS NOT NULL
         ) THEN 'active' ELSE 'invited' END WHERE id = $1`,
        [id],
      );
      await this.audit.write(client, by, { action: 'enable-user', details: { user: id } });
    });
    return this.get(id);
  }

  /** @throws ConflictError LAST_ADMIN when nobody would be left to let others in */
  private async change(
    id: string,
    work: (client: Client, user: Pick<User, 'role' | 'state'>) => Promise<void>,
  ): Promise<void> {
    await this.get(id);
    await this.database.transaction(async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [ADMINS_LOCK]);
      const { rows } = await client.query<Pick<User, 'role' | 'state'>>(
        'SELECT role, state FROM user_account WHERE id = $1 FOR UPDATE',
        [id],
      );
      const [user] = rows;
      if (user === undefined) throw unknownUser();
      await work(client, user);
      if ((await client.query(ANY_ADMIN)).rows.length > 0) return;
      throw new ConflictError(
        'LAST_ADMIN',
        'this is the last admin, and somebody must be able to let others in',
        'Make another user admin first.',
      );
    });
  }

  private async insert(
    client: Queryable,
    email: string,
    name: string,
    role: string,
    state: UserState,
  ): Promise<User> {
    requireRole(role);
    const { rows } = await client.query<User>(
      `INSERT INTO user_account AS u (email, name, role, state) VALUES ($1, $2, $3, $4)
       ON CONFLICT (email) DO NOTHING RETURNING ${USER}`,
      [emailOf(email), name.trim(), role, state],
    );
    const [user] = rows;
    if (user !== undefined) return user;
    throw new ConflictError(
      'USER_EXISTS',
      `there is a user ${emailOf(email)} already`,
      'An admin finds them at /users, and makes a new link, another role or a way back in there. If no admin can sign in: npx isinglass create-user <another address> --role admin',
    );
  }
}

const ANY_ADMIN = `SELECT FROM user_account WHERE role = 'admin' AND state = 'active' LIMIT 1`;

/** Strict on purpose: it is shown in many places. At most 254 characters (RFC 5321). */
const EMAIL = /^[a-z0-9._%+-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)*$/;

/** @throws BadRequestError EMAIL_INVALID */
export function emailOf(text: string): string {
  const email = text.trim().toLowerCase();
  if (email.length <= 254 && EMAIL.test(email)) return email;
  throw new BadRequestError(
    'EMAIL_INVALID',
    'this is no e-mail address that we take',
    'For example: ann@example.com',
  );
}

function requireRole(role: string): void {
  if (isUserRole(role)) return;
  throw new BadRequestError('ROLE_UNKNOWN', 'there is no such role', 'One of viewer, steward and admin.');
}

async function setPasswordHash(client: Queryable, userId: string, passwordHash: string): Promise<void> {
  await client.query(
    `INSERT INTO user_credential (user_id, password_hash, password_set_at) VALUES ($1, $2, clock_timestamp())
     ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash, password_set_at = excluded.password_set_at`,
    [userId, passwordHash],
  );
}

function unknownUser(): NotFoundError {
  return new NotFoundError('USER_UNKNOWN', 'there is no such user', 'Look among the users.');
}
