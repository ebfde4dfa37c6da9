import type { Request } from 'express';
import type { Principal } from '../../auth/principal.js';
import '../../auth/request-principal.js';

/** Who asks, as the guard found out. */
export function principalOf(request: Pick<Request, 'principal' | 'path'>): Principal {
  if (request.principal === undefined) throw new Error(`${request.path} was opened to nobody in particular`);
  return request.principal;
}
