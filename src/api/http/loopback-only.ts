import type { NextFunction, Request, Response } from 'express';
import { NotAllowedError } from '../../common/errors.js';

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/**
 * Until there is sign-in, only this machine may ask. Listening on loopback is not enough: a web page in a browser here
 * could reach us under a name of its own (DNS rebinding), or post to us from another origin.
 */
export function loopbackOnly(request: Request, _response: Response, next: NextFunction): void {
  const { host, origin } = request.headers;
  const isOurs = host !== undefined && LOOPBACK_HOST.test(host);
  const isSameOrigin = origin === undefined || origin === `http://${host}`;
  if (isOurs && isSameOrigin) {
    next();
    return;
  }
  next(
    new NotAllowedError(
      'LOOPBACK_ONLY',
      'there is no sign-in yet, so only programs on this machine may ask',
      'Ask http://127.0.0.1 or http://localhost from the machine itself, not from a page of another site.',
    ),
  );
}
