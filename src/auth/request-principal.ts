import type { Principal } from './principal.js';
import type { LiveSession } from './sessions.js';

declare module 'express-serve-static-core' {
  interface Request {
    /** Set by the guard before a route is reached. */
    principal?: Principal;
    /** Of whoever signed in; set by the guard of pages. */
    session?: LiveSession;
  }
}
