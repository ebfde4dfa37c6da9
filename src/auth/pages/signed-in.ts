import type { Request } from 'express';
import type { By } from '../audit-log.js';
import type { LiveSession } from '../sessions.js';
import { byOf, fromOf } from '../who.js';

/** Whose request it is, on pages that only open for somebody. */
export function signedIn(request: Request): LiveSession {
  if (request.session === undefined) throw new Error(`${request.path} was opened without a session`);
  return request.session;
}

/** Who does something on a page, for the log. */
export function byPerson(request: Request): By {
  return byOf(signedIn(request).person, fromOf(request));
}
