import { Inject, Injectable, Logger } from '@nestjs/common';
import { NotSignedInError } from '../common/errors.js';
import { CONFIG, type Config } from '../config/settings.js';
import { Database, type Queryable } from '../database/database.js';
import { AuditLog } from './audit-log.js';
import { Passwords } from './passwords.js';
import { SecondFactors, wrongCode } from './second-factors.js';
import { holdUser, Sessions, type LiveSession, type SessionStage } from './sessions.js';
import {
  accountSubject,
  deviceSubject,
  isOfDevice,
  secondFactorSubject,
  SignInLimits,
} from './sign-in-limits.js';
import { hashOf, newToken } from './tokens.js';
import type { From } from './who.js';

/** What a browser gets after a right password: cookies, and where the way goes on. */
export interface SignedIn {
  readonly sessionToken: string;
  readonly stage: SessionStage;
  /** By which this browser is known again, so that nobody else's attempts slow its owner down. */
  readonly deviceToken: string | null;
}

interface Account {
  readonly id: string;
  readonly state: string;
  readonly passwordHash: string | null;
  /** Changes with each password, and with nothing else. */
  readonly passwordSetAt: string | null;
}

/** Whose session is to begin, and by which proof. */
export interface Proven {
  readonly id: string;
  /** Of the password that was right; a newer one has put it out of use. */
  readonly passwordSetAt?: string | null;
}

const KNOWN_DEVICES = 20;

/** From an address and a password to a session. Every failure looks the same, whatever its cause. */
@Injectable()
export class SignIn {
  private readonly logger = new Logger('Doors');

  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly passwords: Passwords,
    private readonly secondFactors: SecondFactors,
    private readonly sessions: Sessions,
    private readonly limits: SignInLimits,
    @Inject(CONFIG) private readonly config: Pick<Config, 'secondFactorRoles'>,
  ) {}

  /**
   * @param oldToken a session that this browser has: it ends
   * @throws NotSignedInError SIGN_IN_REFUSED; TooManyError SIGN_IN_LIMITED
   */
  async withPassword(
    email: string,
    password: string,
    from: From,
    oldToken: string | undefined,
    deviceToken: string | undefined,
  ): Promise<SignedIn> {
    const address = email.trim().toLowerCase();
    await this.limits.takeOfNetwork(from.address);
    const account = await this.accountOf(address);
    const subject = await this.subjectOf(address, account?.id, deviceToken);
    await this.limits.take(subject);
    const isRight = await this.passwords.verify(password, account?.passwordHash ?? null);
    if (!isRight || account?.state !== 'active') {
      await this.writeRefusal(account, accountSubject(address), from);
      throw wrongPassword();
    }
    await this.limits.clear(subject);
    await this.limits.takeRight(account.id, isOfDevice(subject) ? 'known browser' : 'new browser');
    await this.limits.giveBackOfNetwork(from.address);
    await this.rehash(account, password);
    return this.open(account, from, oldToken, 'password');
  }

  /**
   * Opens a session for somebody whose identity is proven, if the proof still holds once nobody can change it any more.
   * @param how the password, or the provider's name
   * @throws NotSignedInError SIGN_IN_REFUSED
   */
  async open(proven: Proven, from: From, oldToken: string | undefined, how: string): Promise<SignedIn> {
    const { id, passwordSetAt } = proven;
    const signedIn = await this.database.transaction(async (client) => {
      await holdUser(client, id);
      const { rows } = await client.query<{ isRight: boolean; hasSecondFactor: boolean }>(STILL_RIGHT, [
        id,
        passwordSetAt ?? null,
      ]);
      const [now] = rows;
      if (now?.isRight !== true) return null;
      await forget(client, oldToken);
      const stage: SessionStage = now.hasSecondFactor ? 'second-factor' : 'signed-in';
      const sessionToken = await this.sessions.begin(client, id, stage, from);
      if (stage === 'second-factor') return { sessionToken, stage, deviceToken: null };
      return { sessionToken, stage, deviceToken: await this.welcome(client, id, from, how) };
    });
    if (signedIn !== null) return signedIn;
    await this.writeRefusal(proven, accountSubject(id), from);
    throw wrongPassword();
  }

  /** @throws BadRequestError CODE_WRONG; TooManyError SIGN_IN_LIMITED; NotSignedInError SIGN_IN_NEEDED */
  async withSecondFactor(
    session: LiveSession,
    token: string,
    code: string,
    from: From,
    oldDeviceToken: string | undefined,
  ): Promise<SignedIn> {
    const { userId } = session.person;
    const subject = secondFactorSubject(await this.subjectOf(userId, userId, oldDeviceToken));
    await this.limits.take(subject);
    const signedIn = await this.database.transaction(async (client) => {
      await holdUser(client, userId, session.id);
      const used = await this.secondFactors.use(client, userId, code);
      if (used === null) return null;
      await forget(client, token);
      const sessionToken = await this.sessions.begin(client, userId, 'signed-in', from);
      const deviceToken = await this.welcome(client, userId, from, `password and ${used}`);
      return { sessionToken, stage: 'signed-in' as const, deviceToken };
    });
    if (signedIn === null) {
      await this.writeRefusal({ id: userId }, accountSubject(userId), from, 'second factor');
      throw wrongCode();
    }
    await this.limits.clear(subject);
    return signedIn;
  }

  async signOut(token: string, session: LiveSession, from: From): Promise<void> {
    const { userId } = session.person;
    await this.database.transaction(async (client) => {
      await forget(client, token);
      const actor = `user ${userId} ${from.address}`;
      await this.audit.write(client, { actor }, { action: 'sign-out', details: { user: userId } });
    });
  }

  /** Must somebody of this role set up a second factor before anything else? */
  needsSecondFactor({ person, hasSecondFactor }: LiveSession): boolean {
    return !hasSecondFactor && this.config.secondFactorRoles.includes(person.role);
  }

  private async accountOf(email: string): Promise<Account | undefined> {
    const [account] = await this.database.query<Account & Record<string, unknown>>(
      `SELECT u.id, u.state, c.password_hash AS "passwordHash", c.password_set_at::text AS "passwordSetAt"
       FROM user_account u LEFT JOIN user_credential c ON c.user_id = u.id WHERE u.email = $1`,
      [email],
    );
    return account;
  }

  /** Asks the database once more whether or not there is an account, and a device: the time tells nothing. */
  private async subjectOf(
    name: string,
    userId: string | undefined,
    deviceToken: string | undefined,
  ): Promise<string> {
    const known = await this.database.query(
      `UPDATE known_device SET last_used_at = clock_timestamp() WHERE user_id = $1 AND token_hash = $2 RETURNING 1`,
      [userId ?? null, hashOf(deviceToken ?? '')],
    );
    return known.length > 0 && userId !== undefined && deviceToken !== undefined
      ? deviceSubject(deviceToken, userId)
      : accountSubject(name);
  }

  private async rehash(account: Account, password: string): Promise<void> {
    const { passwordHash } = account;
    if (passwordHash === null || !this.passwords.isOutdated(passwordHash)) return;
    await this.database.query(
      'UPDATE user_credential SET password_hash = $2 WHERE user_id = $1 AND password_hash = $3',
      [account.id, await this.passwords.hash(password), passwordHash],
    );
  }

  /** @returns the token by which this browser is known from now on */
  private async welcome(client: Queryable, userId: string, from: From, how: string): Promise<string> {
    const deviceToken = newToken('isd');
    await client.query('UPDATE user_account SET last_sign_in_at = clock_timestamp() WHERE id = $1', [userId]);
    await client.query('INSERT INTO known_device (user_id, token_hash) VALUES ($1, $2)', [
      userId,
      hashOf(deviceToken),
    ]);
    await client.query(
      `DELETE FROM known_device WHERE user_id = $1 AND token_hash NOT IN (
         SELECT token_hash FROM known_device WHERE user_id = $1 ORDER BY last_used_at DESC LIMIT $2)`,
      [userId, KNOWN_DEVICES],
    );
    await this.audit.write(
      client,
      { actor: `user ${userId} ${from.address}` },
      { action: 'sign-in', details: { user: userId, how } },
    );
    return deviceToken;
  }

  private async writeRefusal(
    account: { readonly id: string } | undefined,
    subject: string,
    from: From,
    what = 'password',
  ): Promise<void> {
    this.logger.warn(`SIGN_IN_REFUSED: a wrong ${what} by anonymous ${from.address}`);
    // The same whether or not there is such an account: the time tells nothing.
    if (!(await this.limits.mayBeWritten(subject))) return;
    await this.database.transaction((client) =>
      this.audit.write(
        client,
        { actor: `anonymous ${from.address}` },
        { action: 'refuse-sign-in', details: { user: account?.id ?? null, what } },
      ),
    );
  }
}

const STILL_RIGHT = `
  SELECT u.state = 'active' AND ($2::text IS NULL OR c.password_set_at::text = $2) AS "isRight",
         EXISTS (SELECT FROM second_factor f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) AS "hasSecondFactor"
  FROM user_account u LEFT JOIN user_credential c ON c.user_id = u.id WHERE u.id = $1`;

function wrongPassword(): NotSignedInError {
  return new NotSignedInError(
    'SIGN_IN_REFUSED',
    'address or password is wrong',
    'Try again, or ask for a link to a new password.',
  );
}

async function forget(client: Queryable, token: string | undefined): Promise<void> {
  if (token === undefined) return;
  await client.query('DELETE FROM user_session WHERE token_hash = $1', [hashOf(token)]);
}
