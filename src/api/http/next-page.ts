import type { Request } from 'express';

/** Path and query of the page that begins where this one ends. */
export function nextPage(request: Pick<Request, 'originalUrl'>, parameter: string, value: string): string {
  const url = new URL(request.originalUrl, 'http://localhost');
  url.searchParams.set(parameter, value);
  return `${url.pathname}${url.search}`;
}
