import type { Request } from 'express';
import type { By } from './audit-log.js';
import type { Principal } from './principal.js';

/** Where a request is from, as far as it can be known; behind a proxy that is trusted, whom the proxy names. */
export interface From {
  readonly address: string;
  /** At most 200 characters. */
  readonly userAgent: string;
}

const LONGEST_USER_AGENT = 200;

export function fromOf(request: Pick<Request, 'ip' | 'headers'>): From {
  return {
    // IPv4 in its own form: `::ffff:10.0.0.1` and `10.0.0.1` are one.
    address: (request.ip ?? '').replace(/^::ffff:(?=\d+\.)/, '') || 'somewhere',
    userAgent: (request.headers['user-agent'] ?? '').slice(0, LONGEST_USER_AGENT),
  };
}

/**
 * Who did something, for the log: `user 0b0c… 10.0.0.1`, `key 3kf83jdk 10.0.0.1`. Users stand there by their number, so that a
 * name can be forgotten and the log still holds together.
 */
export function byOf(principal: Principal, from: From, reason?: string): By {
  const who =
    principal.kind === 'person'
      ? `user ${principal.userId}`
      : principal.kind === 'key'
        ? `key ${principal.publicId}`
        : 'anonymous';
  return { actor: `${who} ${from.address}`, reason };
}
