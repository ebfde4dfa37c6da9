import type { Request } from 'express';
import type { By } from '../../auth/audit-log.js';
import { byOf, fromOf } from '../../auth/who.js';
import { parseLetters } from '../../domain/profile.js';
import { principalOf } from '../http/principal-of.js';
import { InvalidRequestError } from '../http/problem.filter.js';

/** Who asks, for the log: `key 3kf83jdk 127.0.0.1`. */
export function byRequest(request: Request, reason?: string): By {
  return byOf(principalOf(request), fromOf(request), reason);
}

/** @throws InvalidRequestError REQUEST_INVALID, naming the field */
export function lettersOf(profile: string | undefined): readonly string[] | null | undefined {
  if (profile === undefined) return undefined;
  try {
    return parseLetters(profile);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new InvalidRequestError([{ field: 'profile', message: `profile: ${message}` }]);
  }
}

/**
 * The header of this name, 1 to 200 visible characters of ASCII.
 * @throws InvalidRequestError REQUEST_INVALID
 */
export function idempotencyKeyOf(request: Pick<Request, 'headers'>): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined || (typeof key === 'string' && /^[!-~]{1,200}$/.test(key))) return key;
  const message = 'Idempotency-Key must have 1 to 200 visible characters of ASCII';
  throw new InvalidRequestError([{ field: 'Idempotency-Key', message }]);
}
