import type { Part, RejectedFile, Web } from './source.js';

/**
 * Is what the publisher shows still what a person rejected? By its MD5 where the publisher lists one, else by its
 * headers. Where nothing vouches for it the answer is no: then its bytes must be looked at.
 */
export async function isStillTheSame(
  part: Pick<Part, 'url' | 'md5' | 'headers'>,
  rejected: RejectedFile,
  web: Web,
): Promise<boolean> {
  if (part.md5 !== undefined && rejected.md5 !== null) return part.md5 === rejected.md5;
  if (rejected.etag === null && rejected.lastModified === null) return false;
  const { etag, lastModified } = await web.head(part.url, part.headers);
  if (rejected.etag !== null && etag !== undefined) return etag === rejected.etag;
  if (rejected.lastModified === null || lastModified === undefined) return false;
  return lastModified.getTime() === Date.parse(rejected.lastModified);
}
