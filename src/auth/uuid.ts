const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** In the one form that PostgreSQL writes: anything else names nothing, and never reaches a query. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
