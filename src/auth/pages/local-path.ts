const NOT_LOCAL = /^\/[/\\]|[\\\p{Cc}]/u;

/** Where a form asked to go on: a path of this house, and nothing that a browser could take for another host. */
export function localPath(text: string | undefined, otherwise: string): string {
  return text !== undefined && text.startsWith('/') && !NOT_LOCAL.test(text) ? text : otherwise;
}
