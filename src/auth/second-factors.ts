import { Inject, Injectable } from '@nestjs/common';
import { Secret, TOTP } from 'otpauth';
import { randomInt } from 'node:crypto';
import { CLOCK, type Clock } from '../common/clock.js';
import { BadRequestError, ConflictError } from '../common/errors.js';
import { Database, type Queryable } from '../database/database.js';
import { AuditLog, type By } from './audit-log.js';
import { seal, unseal } from './sealing.js';
import { endSessions, holdUser, renewSession } from './sessions.js';
import { SecretKey } from './secret-key.js';
import { hashOf } from './tokens.js';

const PERIOD_SECONDS = 30;
const RECOVERY_CODES = 10;
/** Without 0, 1, i, l, o: they are read from paper. */
const RECOVERY_LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

/** What a person types or scans into an authenticator. */
export interface Enrolment {
  readonly secret: string;
  /** `otpauth://totp/…` */
  readonly uri: string;
}

/** Time-based one-time passwords (RFC 6238: SHA-1, 6 digits, 30 s, what authenticators know) and recovery codes. */
@Injectable()
export class SecondFactors {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly key: SecretKey,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** A new secret, that counts once a code of it was typed. @throws ConflictError SECOND_FACTOR_ON */
  async begin(userId: string, email: string): Promise<Enrolment> {
    const secret = new Secret({ size: 20 });
    const rows = await this.database.query(
      `INSERT INTO second_factor AS f (user_id, sealed_secret) VALUES ($1, $2)
       ON CONFLICT (user_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, last_step = 0
       WHERE f.confirmed_at IS NULL RETURNING 1`,
      [userId, seal(this.key.bytes, secret.base32, userId)],
    );
    if (rows.length === 0) {
      throw new ConflictError('SECOND_FACTOR_ON', 'there is a second factor already', 'Turn it off first.');
    }
    return enrolmentOf(secret.base32, email);
  }

  /** The one that was begun and not confirmed; to show it again after a mistyped code. */
  async begun(userId: string, email: string): Promise<Enrolment | null> {
    const [row] = await this.database.query<{ sealed: Buffer }>(
      'SELECT sealed_secret AS sealed FROM second_factor WHERE user_id = $1 AND confirmed_at IS NULL',
      [userId],
    );
    return row === undefined ? null : enrolmentOf(unseal(this.key.bytes, row.sealed, userId), email);
  }

  /**
   * Ends all sessions but the one it is done in, which gets another token: what was known of it before is not enough any more.
   * @returns recovery codes and the token, known only now
   * @throws BadRequestError CODE_WRONG; NotSignedInError SIGN_IN_NEEDED
   */
  async confirm(
    userId: string,
    code: string,
    keep: string,
    by: By,
  ): Promise<{ readonly codes: readonly string[]; readonly sessionToken: string }> {
    return this.database.transaction(async (client) => {
      await holdUser(client, userId, keep);
      if (!(await this.useCode(client, userId, code, false))) {
        throw wrongCode('Type the one that your authenticator shows now.');
      }
      await client.query('UPDATE second_factor SET confirmed_at = clock_timestamp() WHERE user_id = $1', [
        userId,
      ]);
      const codes = await newRecoveryCodes(client, userId);
      await endSessions(client, userId, keep);
      const sessionToken = await renewSession(client, keep);
      await this.audit.write(client, by, { action: 'turn-second-factor-on', details: { user: userId } });
      return { codes, sessionToken };
    });
  }

  /** How many recovery codes are left. */
  async recoveryCodesLeft(userId: string): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(
      'SELECT count(*) AS count FROM recovery_code WHERE user_id = $1',
      [userId],
    );
    return row?.count ?? 0;
  }

  /**
   * The ones before open nothing any more.
   * @returns known only now
   * @throws BadRequestError CODE_WRONG; NotSignedInError SIGN_IN_NEEDED
   */
  async renewRecoveryCodes(userId: string, code: string, keep: string, by: By): Promise<readonly string[]> {
    return this.database.transaction(async (client) => {
      await holdUser(client, userId, keep);
      if ((await this.use(client, userId, code)) === null) throw wrongCode();
      const codes = await newRecoveryCodes(client, userId);
      await this.audit.write(client, by, { action: 'renew-recovery-codes', details: { user: userId } });
      return codes;
    });
  }

  /** Is it a code of this moment, or a recovery code? Either opens once. */
  async use(client: Queryable, userId: string, code: string): Promise<'code' | 'recovery-code' | null> {
    if (/^\d{6}$/.test(code.replaceAll(' ', ''))) {
      return (await this.useCode(client, userId, code, true)) ? 'code' : null;
    }
    const { rowCount } = await client.query(
      'DELETE FROM recovery_code WHERE user_id = $1 AND code_hash = $2',
      [userId, hashOf(plainCode(code))],
    );
    return rowCount === 1 ? 'recovery-code' : null;
  }

  /** @throws BadRequestError CODE_WRONG; NotSignedInError SIGN_IN_NEEDED */
  async turnOffWith(userId: string, code: string, keep: string, by: By): Promise<void> {
    await this.database.transaction(async (client) => {
      await holdUser(client, userId, keep);
      if ((await this.use(client, userId, code)) === null) throw wrongCode();
      await endSessions(client, userId, keep);
      await this.remove(client, userId, by);
    });
  }

  /** An admin does it for somebody who lost it. */
  async turnOff(userId: string, by: By): Promise<void> {
    await this.database.transaction(async (client) => {
      await holdUser(client, userId);
      await this.remove(client, userId, by);
    });
  }

  private async remove(client: Queryable, userId: string, by: By): Promise<void> {
    const { rowCount } = await client.query('DELETE FROM second_factor WHERE user_id = $1', [userId]);
    await client.query('DELETE FROM recovery_code WHERE user_id = $1', [userId]);
    if (rowCount === 0) return;
    await this.audit.write(client, by, { action: 'turn-second-factor-off', details: { user: userId } });
  }

  private async useCode(
    client: Queryable,
    userId: string,
    code: string,
    isConfirmed: boolean,
  ): Promise<boolean> {
    const { rows } = await client.query<{ sealed: Buffer; lastStep: number }>(
      `SELECT sealed_secret AS sealed, last_step AS "lastStep" FROM second_factor
       WHERE user_id = $1 AND (confirmed_at IS NOT NULL) = $2 FOR UPDATE`,
      [userId, isConfirmed],
    );
    const [factor] = rows;
    if (factor === undefined) return false;
    const totp = new TOTP({ secret: Secret.fromBase32(unseal(this.key.bytes, factor.sealed, userId)) });
    const timestamp = this.clock.now().getTime();
    // One step before and after: clocks of telephones differ.
    const delta = totp.validate({ token: code.replaceAll(' ', ''), timestamp, window: 1 });
    if (delta === null) return false;
    const step = Math.floor(timestamp / 1000 / PERIOD_SECONDS) + delta;
    if (step <= factor.lastStep) return false;
    await client.query('UPDATE second_factor SET last_step = $2 WHERE user_id = $1', [userId, step]);
    return true;
  }
}

export function wrongCode(
  nextStep = 'Type the one that your authenticator shows now, or a recovery code.',
): BadRequestError {
  return new BadRequestError('CODE_WRONG', 'this code is wrong, or was used already', nextStep);
}

async function newRecoveryCodes(client: Queryable, userId: string): Promise<readonly string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
  await client.query('DELETE FROM recovery_code WHERE user_id = $1', [userId]);
  await client.query('INSERT INTO recovery_code (user_id, code_hash) SELECT $1, unnest($2::bytea[])', [
    userId,
    codes.map((each) => hashOf(plainCode(each))),
  ]);
  return codes;
}

function enrolmentOf(secret: string, email: string): Enrolment {
  const totp = new TOTP({ issuer: 'Isinglass', label: email, secret: Secret.fromBase32(secret) });
  return { secret, uri: totp.toString() };
}

/** `k3fq9-x7m2p-…`: 24 letters, 118 bits, so that a fast hash keeps it. */
function newRecoveryCode(): string {
  const letters = Array.from({ length: 24 }, () =>
    RECOVERY_LETTERS.charAt(randomInt(RECOVERY_LETTERS.length)),
  ).join('');
  return letters.replace(/(.{6})(?=.)/g, '$1-');
}

const plainCode = (code: string): string => code.toLowerCase().replace(/[^a-z0-9]/g, '');
