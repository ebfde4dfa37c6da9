import { masked } from '../../common/secrets.js';

const NOT_LOCAL = /^\/[/\\]|[\\\p{Cc}]/u;

/**
 * Where a form asked to go on: a path of this house, nothing that a browser could take for another host, and nothing that opens
 * something, for it is kept and shown.
 */
export function localPath(text: string | undefined, otherwise: string): string {
  const isLocal = text !== undefined && text.startsWith('/') && !NOT_LOCAL.test(text);
  return isLocal && masked(text) === text ? text : otherwise;
}
