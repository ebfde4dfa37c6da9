import { BadRequestError } from '../common/errors.js';
import type { Listed, ListedColumn } from './listed.js';

/** SQL, and the values of its parameters. */
export interface Query {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** What a list is asked for. */
export interface ListOrder {
  readonly filters: Readonly<Record<string, string>>;
  readonly direction: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}

/**
 * AdminJS asks for pages by number, not by the last key of the one before. So pages are walked along the index of the key, and no
 * further than this: the ten thousandth row costs some milliseconds, the millionth would cost a second. Beyond it, one filters.
 */
export const FURTHEST_ROW = 10_000;
/** Between the columns of a key in the id of a record: in none of them. */
const KEY_SEPARATOR = '~';

/** Rows in the order of the key. @throws BadRequestError FILTER_UNKNOWN, FILTER_INVALID, LIST_TOO_LONG */
export function listQuery(listed: Listed, { filters, direction, limit, offset }: ListOrder): Query {
  if (offset + limit > FURTHEST_ROW) {
    throw new BadRequestError(
      'LIST_TOO_LONG',
      `this list is shown to row ${FURTHEST_ROW.toLocaleString('en-US')}`,
      'Filter it: what comes later is found by its key or its name.',
    );
  }
  const where = conditionsOf(listed, filters);
  return {
    sql: `${selectOf(listed)} ${where.sql} ORDER BY ${orderOf(listed, direction)} LIMIT $${where.values.length + 1} OFFSET $${where.values.length + 2}`,
    values: [...where.values, limit, offset],
  };
}

/**
 * How many rows there are, counted one further than can be shown, which says that there are more, and along the same index.
 * @throws as {@link listQuery}
 */
export function countQuery(listed: Listed, filters: ListOrder['filters']): Query {
  const where = conditionsOf(listed, filters);
  return {
    sql: `SELECT count(*) AS count FROM (SELECT 1 FROM ${listed.from} ${where.sql} ORDER BY ${orderOf(listed, 'asc')} LIMIT ${FURTHEST_ROW + 1}) counted`,
    values: where.values,
  };
}

/** The rows of these ids; ids that cannot be one are left out. */
export function rowsQuery(listed: Listed, ids: readonly string[]): Query | null {
  const keys = ids.flatMap((id) => keyOf(listed, id) ?? []);
  if (keys.length === 0) return null;
  const columns = listed.key.map(({ sql }) => sql).join(', ');
  const arrays = listed.key.map(({ type }, at) => `$${at + 1}::${type}[]`).join(', ');
  return {
    sql: `${selectOf(listed)} WHERE (${columns}) IN (SELECT * FROM unnest(${arrays}))`,
    values: listed.key.map((_, at) => keys.map((key) => key[at])),
  };
}

function orderOf({ key }: Listed, direction: 'asc' | 'desc'): string {
  return key.map(({ sql }) => `${sql} ${direction === 'desc' ? 'DESC' : 'ASC'}`).join(', ');
}

function selectOf({ columns, key, from }: Listed): string {
  const id = key.map(({ sql }) => `${sql}::text`).join(` || '${KEY_SEPARATOR}' || `);
  const values = columns.map(({ name, sql, type }) => {
    const value = sql ?? `t.${name}`;
    return `${textOf(value, type)} AS "${name}"`;
  });
  return `SELECT ${id} AS "$id", ${values.join(', ')} FROM ${from}`;
}

/** Times with their zone: AdminJS would show them in that of the browser, and name none. */
function textOf(value: string, type: ListedColumn['type']): string {
  if (type === 'date') return `${value}::text`;
  return type === 'datetime' ? `to_char(${value} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')` : value;
}

function keyOf({ key }: Listed, id: string): readonly (readonly string[])[] | null {
  const parts = id.split(KEY_SEPARATOR);
  if (parts.length !== key.length) return null;
  return parts.every((part, at) => isOfType(part, key[at]?.type ?? 'text')) ? [parts] : null;
}

function isOfType(text: string, type: 'text' | 'bigint' | 'uuid'): boolean {
  if (type === 'bigint') return /^\d{1,15}$/.test(text);
  if (type === 'uuid') return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
  return text !== '' && text.length <= 300 && !text.includes('\0');
}

function conditionsOf(listed: Listed, filters: ListOrder['filters']): Query {
  const conditions: string[] = [];
  const values: unknown[] = [];
  for (const [name, text] of Object.entries(filters)) {
    const column = listed.columns.find((each) => each.name === name && each.filter !== undefined);
    if (column === undefined) {
      throw new BadRequestError(
        'FILTER_UNKNOWN',
        `${listed.title} cannot be filtered by "${name.slice(0, 40)}"`,
        `They can by ${
          listed.columns
            .filter((each) => each.filter)
            .map((each) => each.name)
            .join(', ') || 'nothing'
        }.`,
      );
    }
    values.push(valueOf(column, text.trim()));
    conditions.push(conditionOf(column, `$${values.length}`));
  }
  return { sql: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`, values };
}

/** Each of these is served by an index: a test looks at the plans. */
function conditionOf({ name, sql, type, filter, letters }: ListedColumn, parameter: string): string {
  const value = sql ?? `t.${name}`;
  if (filter === 'contains')
    return `t.search_${name} LIKE '%' || ${literally(`search_form(${parameter})`)} || '%'`;
  if (filter === 'begins-with') return `${value} LIKE ${parameter}`;
  // Not by lower case of both sides, which no index has.
  if (letters === 'mostly-upper') return `${value} IN (${parameter}, upper(${parameter}))`;
  return `${value} = ${parameter}${type === 'number' ? '::bigint' : ''}`;
}

const literally = (text: string): string => `regexp_replace(${text}, '([\\\\%_])', '\\\\\\1', 'g')`;

function valueOf(
  { name, label = name, type, filter, reference, letters, values }: ListedColumn,
  typed: string,
): string {
  const text = letters === 'upper' ? typed.toUpperCase() : letters === 'lower' ? typed.toLowerCase() : typed;
  const isUuid = reference === 'user';
  const isRight =
    text !== '' &&
    text.length <= 300 &&
    !text.includes('\0') &&
    (type !== 'number' || isOfType(text, 'bigint')) &&
    (!isUuid || isOfType(text, 'uuid')) &&
    (values === undefined || values.includes(text));
  if (!isRight) {
    const known = values === undefined ? 'Type what the column shows.' : `It is one of ${values.join(', ')}.`;
    const nextStep = type === 'number' ? 'Type a number.' : known;
    throw new BadRequestError('FILTER_INVALID', `"${text.slice(0, 40)}" is no value of ${label}`, nextStep);
  }
  return filter === 'begins-with' ? `${text.replace(/[\\%_]/g, '\\$&')}%` : text;
}
