import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { NotAllowedError } from '../../common/errors.js';
import type { Config } from '../../config/settings.js';

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;
const READS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Refuses what a browser was made to do by somebody else: a page of another name that leads to this machine (DNS rebinding), and
 * what pages of other sites send. `Sec-Fetch-Site` says it on https and localhost, `Origin` everywhere; programs send neither.
 */
export function ourHostsOnly({
  publicUrl,
  corsOrigins,
}: Pick<Config, 'publicUrl' | 'corsOrigins'>): RequestHandler {
  const publicHost = publicUrl === undefined ? undefined : new URL(publicUrl).host;
  const isOurs = (host: string | undefined): boolean =>
    host !== undefined && (host.toLowerCase() === publicHost || LOOPBACK_HOST.test(host));
  return (request: Request, _response: Response, next: NextFunction): void => {
    const { host, origin } = request.headers;
    if (!isOurs(host)) {
      next(
        new NotAllowedError(
          'HOST_REFUSED',
          'this house is not known under this name',
          'Ask it by its address in ISINGLASS_PUBLIC_URL, or from the machine itself by http://localhost.',
        ),
      );
      return;
    }
    const own = host?.toLowerCase() === publicHost ? publicUrl : `http://${host?.toLowerCase()}`;
    const isSame = origin?.toLowerCase() === own;
    const isListed = origin !== undefined && corsOrigins.includes(origin) && isApi(request);
    const site = request.headers['sec-fetch-site'];
    const isRead = READS.includes(request.method);
    const isForeign = (origin !== undefined && !isSame) || !['same-origin', 'none', undefined].includes(site);
    // Links of other sites may lead here; nothing else of theirs may.
    const isFollowed = isRead && origin === undefined && request.headers['sec-fetch-mode'] === 'navigate';
    // A form of a page says where it was: only programs say nothing, and they ask the API.
    const isSaid = isRead || isApi(request) || isSame || site === 'same-origin';
    if (isListed || isFollowed || (!isForeign && isSaid)) {
      next();
      return;
    }
    next(
      new NotAllowedError(
        'ORIGIN_REFUSED',
        'this was sent by a page of another site',
        'Programs need no browser: send it without Origin, with an API key. Pages of ISINGLASS_CORS_ORIGINS may ask below /v1.',
      ),
    );
  };
}

const isApi = ({ path }: Request): boolean => path.startsWith('/v1/');
