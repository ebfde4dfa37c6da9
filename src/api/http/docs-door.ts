import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Doors } from '../../auth/doors.js';

/** Swagger's page has a style of its own in it, and loads its scripts from us. */
const DOCS_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/** `/docs` is no route of ours, so the guard does not stand before it: people sign in, programs send a key. */
export function docsDoor(doors: Doors): RequestHandler {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    response.setHeader('Content-Security-Policy', DOCS_CSP);
    if (request.headers.authorization !== undefined) {
      await doors.admit({ kind: 'key' }, request, response);
      next();
      return;
    }
    if ((await doors.personOf(request)) !== null) next();
    else response.redirect(303, `/sign-in?next=${encodeURIComponent(request.originalUrl)}`);
  };
}
