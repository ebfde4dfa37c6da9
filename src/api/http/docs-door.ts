import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Doors } from '../../auth/doors.js';

/** `/docs` is no route of ours, so the guard does not stand before it: people sign in, programs send a key. */
export function docsDoor(doors: Doors): RequestHandler {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    if (request.headers.authorization !== undefined) {
      await doors.admit({ kind: 'key' }, request, response);
      next();
      return;
    }
    if ((await doors.personOf(request)) !== null) next();
    else response.redirect(303, `/sign-in?next=${encodeURIComponent(request.originalUrl)}`);
  };
}
