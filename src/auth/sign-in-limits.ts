import { Injectable, Logger } from '@nestjs/common';
import { TooManyError } from '../common/errors.js';
import { Database } from '../database/database.js';
import { hashOf } from './tokens.js';

/** So many wrong passwords in a row are a slip; each further one waits: 1, 2, 4, 8, 15, 15 … minutes. */
const FREE_ATTEMPTS = 5;
const LONGEST_WAIT_MINUTES = 15;
/** From one network, whichever accounts are tried. */
const NETWORK_ATTEMPTS = 50;
const NETWORK_WINDOW_MINUTES = 10;
/** Of one account with its right password, in the same time: more than a person signs in. */
const RIGHT_ATTEMPTS = 30;
/** Lines about what was refused, of one address and of all, whether or not there are such accounts. */
const REFUSALS_AN_HOUR = 50;
const ALL_REFUSALS_AN_HOUR = 1_000;

/** How somebody proved who they are. */
const WAYS = ['new browser', 'known browser', 'provider'] as const;
type Way = (typeof WAYS)[number];

/**
 * How often one may try to sign in, counted in PostgreSQL for all processes together. An attempt is counted before it is judged,
 * so that a hundred at once are not all judged before the first one fails.
 *
 * Nobody can lock out another: who signed in from a device before is counted by that device, not by the account, and a link to a
 * new password opens at all times.
 */
@Injectable()
export class SignInLimits {
  private readonly logger = new Logger('Doors');

  constructor(private readonly database: Database) {}

  /** @throws TooManyError SIGN_IN_LIMITED, the same for accounts that do not exist */
  async take(subject: string): Promise<void> {
    const [taken] = await this.database.query<{ attempts: number }>(
      `INSERT INTO sign_in_limit AS l (subject, attempts, last_at) VALUES ($1, 1, clock_timestamp())
       ON CONFLICT (subject) DO UPDATE SET
         attempts = CASE WHEN l.last_at < clock_timestamp() - interval '1 day' THEN 1 ELSE l.attempts + 1 END,
         last_at = clock_timestamp(),
         blocked_until = CASE WHEN l.attempts + 1 >= $2 AND l.last_at >= clock_timestamp() - interval '1 day'
           THEN clock_timestamp() + make_interval(mins => least($3, power(2, least(l.attempts + 1 - $2, 10)))::int) END
       WHERE l.blocked_until IS NULL OR l.blocked_until <= clock_timestamp()
       RETURNING attempts`,
      [subject, FREE_ATTEMPTS, LONGEST_WAIT_MINUTES],
    );
    if (taken === undefined) throw await this.limited(subject);
  }

  /** @throws TooManyError SIGN_IN_LIMITED */
  async takeOfNetwork(address: string): Promise<void> {
    const subject = `network ${networkOf(address)}`;
    const attempts = await this.count(subject, NETWORK_WINDOW_MINUTES);
    if (attempts > NETWORK_ATTEMPTS) throw await this.limited(subject);
  }

  /**
   * Right passwords too: each takes memory and a line of a log that is kept for ever. Each way by itself: who has the password and no
   * second factor never gets a known browser, and keeps nobody out who has one.
   * @throws TooManyError SIGN_IN_LIMITED
   */
  async takeRight(userId: string, way: Way): Promise<void> {
    const subject = rightSubject(userId, way);
    const attempts = await this.count(subject, NETWORK_WINDOW_MINUTES);
    if (attempts > RIGHT_ATTEMPTS) throw await this.limited(subject);
  }

  /** May one more line be written of what was refused to this subject in this hour? Strangers fill no log that is kept for ever. */
  async mayBeWritten(subject: string): Promise<boolean> {
    const [own, all] = [await this.count(`refusals ${subject}`, 60), await this.count('refusals', 60)];
    if (all === ALL_REFUSALS_AN_HOUR + 1) {
      this.logger.error(
        `more than ${ALL_REFUSALS_AN_HOUR} sign-ins were refused within an hour; the next ones stand here alone, and not among the decisions`,
      );
    }
    return own <= REFUSALS_AN_HOUR && all <= ALL_REFUSALS_AN_HOUR;
  }

  /** @returns how many there were in this window, this one counted */
  private async count(subject: string, minutes: number): Promise<number> {
    const [taken] = await this.database.query<{ attempts: number }>(
      `INSERT INTO sign_in_limit AS l (subject, attempts, last_at) VALUES ($1, 1, clock_timestamp())
       ON CONFLICT (subject) DO UPDATE SET
         attempts = CASE WHEN l.last_at < clock_timestamp() - make_interval(mins => $2) THEN 1 ELSE l.attempts + 1 END,
         last_at = CASE WHEN l.last_at < clock_timestamp() - make_interval(mins => $2) THEN clock_timestamp() ELSE l.last_at END
       RETURNING attempts`,
      [subject, minutes],
    );
    return taken?.attempts ?? 0;
  }

  /** After a right one: many people behind one address are no attack. */
  async giveBackOfNetwork(address: string): Promise<void> {
    await this.database.query(
      'UPDATE sign_in_limit SET attempts = greatest(0, attempts - 1) WHERE subject = $1',
      [`network ${networkOf(address)}`],
    );
  }

  /** After a right one. */
  async clear(subject: string): Promise<void> {
    await this.database.query('DELETE FROM sign_in_limit WHERE subject = $1', [subject]);
  }

  /**
   * After a new password: whoever had the old one slows nobody any more. Codes of a second factor are counted on: it stands for the
   * case that somebody reads the mail with the link.
   */
  async clearUser({ id, email }: { readonly id: string; readonly email: string }): Promise<void> {
    await this.database.query('DELETE FROM sign_in_limit WHERE subject = ANY ($1)', [
      [accountSubject(email), ...WAYS.map((way) => rightSubject(id, way))],
    ]);
  }

  /** What no longer limits anybody. */
  async forgetOld(): Promise<void> {
    await this.database.query(
      `DELETE FROM sign_in_limit WHERE last_at < clock_timestamp() - interval '1 day'`,
    );
  }

  private async limited(subject: string): Promise<TooManyError> {
    const [row] = await this.database.query<{ ms: number }>(
      `SELECT greatest(0, extract(epoch FROM coalesce(blocked_until, last_at + make_interval(mins => $2))
                - clock_timestamp()) * 1000)::int AS ms
       FROM sign_in_limit WHERE subject = $1`,
      [subject, NETWORK_WINDOW_MINUTES],
    );
    const minutes = Math.max(1, Math.ceil((row?.ms ?? 0) / 60_000));
    return new TooManyError(
      'SIGN_IN_LIMITED',
      'there were too many attempts to sign in',
      `Wait ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}${isOfCode(subject) ? '' : ', or ask for a link to a new password'}.`,
      { retryAfterMs: row?.ms ?? 60_000 },
    );
  }
}

/** Of an account, without its address: known and unknown ones look alike. */
export const accountSubject = (email: string): string => `account ${hashOf(email).toString('hex')}`;
export const deviceSubject = (token: string, userId: string): string =>
  `device ${hashOf(`${token} ${userId}`).toString('hex')}`;
/** @param of {@link accountSubject} or {@link deviceSubject} of the user */
export const secondFactorSubject = (of: string): string => `second-factor ${of}`;
/** Of who is signed in, and changes their second factor: no stranger counts here. */
export const codeSubject = (userId: string): string => `code ${userId}`;
const rightSubject = (userId: string, way: Way): string => `right ${userId} ${way}`;
/** A new password gives no new guesses at a code. */
const isOfCode = (subject: string): boolean => /^(second-factor|code) /.test(subject);
export const isOfDevice = (subject: string): boolean => subject.startsWith('device ');
export const passwordSubject = (userId: string): string => `password ${userId}`;

/** IPv4 addresses one by one; of IPv6 the /64, which is what one household or server gets. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const all =
    tail === undefined
      ? groups
      : [...groups, ...Array<string>(8 - groups.length - rest.length).fill('0'), ...rest];
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
