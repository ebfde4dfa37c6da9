import { readFileSync } from 'node:fs';

/**
 * Reads one query that is kept in a `.sql` file beside the code.
 * @param base `import.meta.url` of the caller
 */
export function sqlFile(base: string, path: string): string {
  return readFileSync(new URL(path, base), 'utf8');
}

/** Puts the name of a staging table where a query says `:staging`, and of its table of differences for `:difference`. */
export function withStaging(sql: string, table: string): string {
  if (!/^staging\.[a-z0-9_]+$/.test(table)) throw new Error(`not a staging table: ${table}`);
  return sql.replaceAll(':staging', table).replaceAll(':difference', `${table}_difference`);
}
