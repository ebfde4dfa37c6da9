import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { BadRequestError, MethodRefusedError } from '../../common/errors.js';
import type { Config } from '../../config/settings.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'];
/** Of path and query: our longest filters need a tenth of it. */
const LONGEST_ADDRESS = 4_096;
const YEAR_SECONDS = 31_536_000;
const PREFLIGHT_SECONDS = 600;

/** What every answer says, to whoever asks: pages and the description of the API set their own content policy afterwards. */
export function securityHeaders({ publicUrl }: Pick<Config, 'publicUrl'>): RequestHandler {
  const headers: readonly (readonly [string, string])[] = [
    [
      'Content-Security-Policy',
      "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ],
    ['X-Content-Type-Options', 'nosniff'],
    ['Referrer-Policy', 'no-referrer'],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Cross-Origin-Resource-Policy', 'same-origin'],
    ['Permissions-Policy', 'camera=(), geolocation=(), microphone=()'],
    ['X-Frame-Options', 'DENY'],
    ['Cache-Control', 'no-store'],
    ...(publicUrl?.startsWith('https:')
      ? [['Strict-Transport-Security', `max-age=${YEAR_SECONDS}; includeSubDomains`] as const]
      : []),
  ];
  return (request: Request, response: Response, next: NextFunction): void => {
    for (const [name, value] of headers) response.setHeader(name, value);
    if (!METHODS.includes(request.method)) {
      response.setHeader('Allow', METHODS.join(', '));
      next(
        new MethodRefusedError(
          'METHOD_REFUSED',
          `${request.method} is not among what is answered here`,
          `Use one of ${METHODS.join(', ')}; see /docs.`,
        ),
      );
      return;
    }
    if (request.originalUrl.length > LONGEST_ADDRESS) {
      next(
        new BadRequestError(
          'ADDRESS_TOO_LONG',
          `path and query have more than ${LONGEST_ADDRESS} characters`,
          'Ask for less at once, or send a list in the body where one is taken.',
        ),
      );
      return;
    }
    next();
  };
}

/** Lets pages of the sites that the operator named ask the API, with a key and never with cookies. */
export function corsFor({ corsOrigins }: Pick<Config, 'corsOrigins'>): RequestHandler {
  return (request: Request, response: Response, next: NextFunction): void => {
    const { origin } = request.headers;
    if (!request.path.startsWith('/v1/')) {
      next();
      return;
    }
    response.vary('Origin');
    if (origin === undefined || !corsOrigins.includes(origin)) {
      next();
      return;
    }
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Expose-Headers', 'Location, RateLimit, RateLimit-Policy, Retry-After');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    if (request.method !== 'OPTIONS') {
      next();
      return;
    }
    response.setHeader('Access-Control-Allow-Methods', 'GET, POST, PUT, DELETE');
    response.setHeader(
      'Access-Control-Allow-Headers',
      'Authorization, Content-Type, Idempotency-Key, Last-Event-ID',
    );
    response.setHeader('Access-Control-Max-Age', String(PREFLIGHT_SECONDS));
    response.status(204).end();
  };
}
