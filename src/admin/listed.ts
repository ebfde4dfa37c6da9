import type { Permission } from '../auth/permissions.js';
import { STATUSES } from '../domain/record.js';
import { RUN_STATES } from '../ingestion/run.js';

/** How a column may be asked for, where an index serves it. */
export type ColumnFilter = 'equals' | 'begins-with' | 'contains';

export interface ListedColumn {
  readonly name: string;
  /** SQL of its value; the column `t.<name>` by default. */
  readonly sql?: string;
  readonly type: 'string' | 'number' | 'date' | 'datetime' | 'textarea';
  readonly filter?: ColumnFilter;
  /** How it is written, whatever a person types; where publishers choose it, as typed or in capitals. */
  readonly letters?: 'upper' | 'lower' | 'mostly-upper';
  /** All that it may hold: its filter offers them. */
  readonly values?: readonly string[];
  /** The resource whose id it holds: it becomes a link. */
  readonly reference?: string;
  /** Only on the page of one record: it is long. */
  readonly isLong?: boolean;
  readonly label?: string;
}

/** A list and the pages of its records, as the panel shows them. What is no column here cannot be seen, asked for or sorted by. */
export interface Listed {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  /** Who may see it. */
  readonly permission: Permission;
  /** Table with the alias `t`, and what is joined to it. */
  readonly from: string;
  /** The table whose size is asked for. */
  readonly table: string;
  /** Columns of the primary key, with their types; the list is in their order, and they are the id of a record. */
  readonly key: readonly { readonly sql: string; readonly type: 'text' | 'bigint' | 'uuid' }[];
  /** The order in which the list begins. */
  readonly direction: 'asc' | 'desc';
  /** The column that names a record, or `$id`; the first by default. */
  readonly namedBy?: string;
  readonly columns: readonly ListedColumn[];
  /** Lists that have more about a record, with the filter that takes its id. */
  readonly related?: readonly { readonly listId: string; readonly filter: string }[];
}

const RUN_COLUMN: ListedColumn = {
  name: 'run_id',
  label: 'Run',
  type: 'number',
  filter: 'equals',
  reference: 'run',
};

/** Why a row was rejected, a reason to a line: `ISIN_CHECK_DIGIT: The check digit should be 8, not 9. (isin: INE002A01019)` */
const REASONS = `(
  SELECT string_agg(
    CASE jsonb_typeof(reason) WHEN 'object' THEN concat(
      reason ->> 'code', ': ', reason ->> 'message',
      ' (' || concat_ws(': ', reason ->> 'field', nullif(reason ->> 'value', '')) || ')'
    ) ELSE reason #>> '{}' END,
    E'\\n' ORDER BY position)
  FROM jsonb_array_elements(t.reasons) WITH ORDINALITY reasons (reason, position)
)`;

/** In the order of the menu. */
export const LISTED: readonly Listed[] = [
  {
    id: 'instrument',
    title: 'Instruments',
    group: 'Securities',
    permission: 'instruments:read',
    from: 'instrument t',
    table: 'instrument',
    key: [{ sql: 't.isin', type: 'text' }],
    direction: 'asc',
    related: [{ listId: 'listing', filter: 'isin' }],
    columns: [
      { name: 'isin', label: 'ISIN', type: 'string', filter: 'begins-with', letters: 'upper' },
      { name: 'name', type: 'string', filter: 'contains' },
      { name: 'status', type: 'string', filter: 'equals', letters: 'lower', values: STATUSES },
      { name: 'cfi', label: 'CFI', type: 'string', filter: 'begins-with', letters: 'upper' },
      { name: 'currency', type: 'string', filter: 'equals', letters: 'upper' },
      { name: 'symbol', type: 'string', filter: 'equals', letters: 'mostly-upper' },
      { name: 'issuer_lei', label: 'Issuer (LEI)', type: 'string', filter: 'equals', letters: 'upper' },
      { name: 'short_name', label: 'FISN', type: 'string', isLong: true },
      { name: 'first_trade_on', type: 'date', isLong: true },
      { name: 'termination_on', type: 'date', isLong: true },
      { name: 'valid_from', type: 'date' },
      { name: 'recorded_at', type: 'datetime', isLong: true },
      { name: 'publication', type: 'number', reference: 'publication', isLong: true },
      { name: 'provenance', sql: 'jsonb_pretty(t.provenance)', type: 'textarea', isLong: true },
    ],
  },
  {
    id: 'listing',
    title: 'Listings',
    group: 'Securities',
    permission: 'instruments:read',
    from: 'record t',
    table: 'record',
    key: [
      { sql: 't.isin', type: 'text' },
      { sql: 't.source_id', type: 'text' },
      { sql: 't.mic', type: 'text' },
    ],
    direction: 'asc',
    columns: [
      {
        name: 'isin',
        label: 'ISIN',
        type: 'string',
        filter: 'begins-with',
        letters: 'upper',
        reference: 'instrument',
      },
      { name: 'mic', label: 'Venue (MIC)', type: 'string', filter: 'equals', letters: 'upper' },
      { name: 'source_id', label: 'Source', type: 'string', reference: 'source' },
      { name: 'status', type: 'string', values: STATUSES },
      { name: 'name', type: 'string' },
      { name: 'symbol', type: 'string' },
      { name: 'cfi', label: 'CFI', type: 'string', isLong: true },
      { name: 'currency', type: 'string' },
      { name: 'issuer_lei', label: 'Issuer (LEI)', type: 'string', isLong: true },
      { name: 'first_trade_on', type: 'date', isLong: true },
      { name: 'termination_on', type: 'date', isLong: true },
      { name: 'valid_from', type: 'date' },
      { name: 'recorded_at', type: 'datetime', isLong: true },
      { name: 'publication', type: 'number', reference: 'publication', isLong: true },
      { name: 'details', sql: 'jsonb_pretty(t.details)', type: 'textarea', isLong: true },
    ],
  },
  {
    id: 'publication',
    title: 'Publications',
    group: 'Securities',
    permission: 'operations:read',
    from: 'publication t JOIN edition e ON e.id = t.edition_id',
    table: 'publication',
    key: [{ sql: 't.number', type: 'bigint' }],
    direction: 'desc',
    columns: [
      { name: 'number', type: 'number', filter: 'equals' },
      { name: 'source_id', label: 'Source', type: 'string', filter: 'equals', reference: 'source' },
      { name: 'edition_on', label: 'Edition of', sql: 'e.edition_on', type: 'date' },
      { name: 'kind', sql: 'e.kind', type: 'string' },
      { name: 'run_id', label: 'Run', type: 'number', filter: 'equals', reference: 'run' },
      { name: 'published_at', type: 'datetime' },
    ],
  },
  {
    id: 'source',
    title: 'Sources',
    group: 'Ingestion',
    permission: 'operations:read',
    from: 'source t LEFT JOIN pause p ON p.source_id = t.id',
    table: 'source',
    key: [{ sql: 't.id', type: 'text' }],
    direction: 'asc',
    related: [
      { listId: 'run', filter: 'source_id' },
      { listId: 'publication', filter: 'source_id' },
    ],
    columns: [
      { name: 'id', label: 'Source', type: 'string', filter: 'begins-with', letters: 'lower' },
      { name: 'priority', type: 'number' },
      { name: 'last_confirmed_at', type: 'datetime' },
      { name: 'known_since', type: 'datetime' },
      { name: 'paused_by', sql: 'p.paused_by', type: 'string' },
      {
        name: 'authoritative_for',
        sql: `array_to_string(t.authoritative_for, ', ')`,
        type: 'string',
        isLong: true,
      },
    ],
  },
  {
    id: 'run',
    title: 'Runs',
    group: 'Ingestion',
    permission: 'operations:read',
    from: 'run t LEFT JOIN edition e ON e.id = t.edition_id',
    table: 'run',
    key: [{ sql: 't.id', type: 'bigint' }],
    direction: 'desc',
    related: [
      { listId: 'finding', filter: 'run_id' },
      { listId: 'reject', filter: 'run_id' },
    ],
    columns: [
      { name: 'id', label: 'Run', type: 'number', filter: 'equals' },
      { name: 'source_id', label: 'Source', type: 'string', filter: 'equals', reference: 'source' },
      { name: 'state', type: 'string', filter: 'equals', letters: 'lower', values: RUN_STATES },
      { name: 'edition_on', label: 'Edition of', sql: 'e.edition_on', type: 'date' },
      { name: 'kind', sql: 'e.kind', type: 'string' },
      { name: 'trigger', type: 'string' },
      { name: 'code', sql: `t.error ->> 'code'`, type: 'string' },
      { name: 'created_at', type: 'datetime' },
      { name: 'ended_at', type: 'datetime' },
      { name: 'message', sql: `t.error ->> 'message'`, type: 'textarea', isLong: true },
      { name: 'next_step', sql: `t.error ->> 'nextStep'`, type: 'textarea', isLong: true },
      { name: 'publication', type: 'number', reference: 'publication', isLong: true },
      { name: 'totals', sql: 'jsonb_pretty(t.totals)', type: 'textarea', isLong: true },
    ],
  },
  {
    id: 'finding',
    title: 'Findings',
    group: 'Ingestion',
    permission: 'editions:decide',
    from: 'finding t',
    table: 'finding',
    key: [{ sql: 't.id', type: 'bigint' }],
    direction: 'desc',
    columns: [
      { name: 'id', label: 'Finding', type: 'number', filter: 'equals' },
      RUN_COLUMN,
      { name: 'code', type: 'string' },
      { name: 'severity', type: 'string' },
      { name: 'message', type: 'string' },
      { name: 'found_at', type: 'datetime' },
      { name: 'fields', sql: 'jsonb_pretty(t.fields)', type: 'textarea', isLong: true },
    ],
  },
  {
    id: 'reject',
    title: 'Rejects',
    group: 'Ingestion',
    permission: 'editions:decide',
    from: 'reject t',
    table: 'reject',
    key: [
      { sql: 't.run_id', type: 'bigint' },
      { sql: 't.part', type: 'text' },
      { sql: 't.line', type: 'bigint' },
    ],
    direction: 'desc',
    namedBy: '$id',
    columns: [
      RUN_COLUMN,
      { name: 'part', type: 'string' },
      { name: 'line', type: 'number' },
      { name: 'reasons', sql: REASONS, type: 'textarea' },
      { name: 'raw', type: 'textarea', isLong: true },
    ],
  },
  {
    id: 'user',
    title: 'Users',
    group: 'Access',
    permission: 'users:write',
    from: 'user_account t',
    table: 'user_account',
    key: [{ sql: 't.id', type: 'uuid' }],
    direction: 'asc',
    related: [{ listId: 'api-key', filter: 'user_id' }],
    columns: [
      { name: 'email', label: 'E-mail address', type: 'string', filter: 'begins-with', letters: 'lower' },
      { name: 'name', type: 'string' },
      { name: 'role', type: 'string' },
      { name: 'state', type: 'string' },
      { name: 'created_at', type: 'datetime' },
      { name: 'last_sign_in_at', label: 'Last sign-in', type: 'datetime' },
    ],
  },
  {
    id: 'api-key',
    title: 'API keys',
    group: 'Access',
    permission: 'users:write',
    from: 'api_key t',
    table: 'api_key',
    key: [{ sql: 't.id', type: 'uuid' }],
    direction: 'asc',
    namedBy: 'name',
    columns: [
      { name: 'public_id', label: 'Key', type: 'string', filter: 'equals' },
      { name: 'name', type: 'string' },
      { name: 'user_id', label: 'User', type: 'string', filter: 'equals', reference: 'user' },
      {
        name: 'scopes',
        sql: `array_to_string(t.scopes, ', ') || CASE WHEN t.may_redistribute THEN ', and all fields' ELSE '' END`,
        type: 'string',
      },
      { name: 'expires_at', type: 'datetime' },
      { name: 'revoked_at', type: 'datetime' },
      {
        name: 'last_used_at',
        sql: '(SELECT max(last_at) FROM api_key_usage u WHERE u.key_id = t.id)',
        type: 'datetime',
      },
      { name: 'networks', sql: `array_to_string(t.allowed_networks, ', ')`, type: 'string', isLong: true },
      { name: 'requests_per_minute', type: 'number', isLong: true },
      { name: 'requests_per_day', type: 'number', isLong: true },
      { name: 'created_at', type: 'datetime', isLong: true },
    ],
  },
];
