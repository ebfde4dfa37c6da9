import { BaseProperty, BaseRecord, BaseResource, type Filter } from 'adminjs';
import { ConflictError } from '../common/errors.js';
import type { Database } from '../database/database.js';
import { countQuery, listQuery, rowsQuery, type Query } from './list-query.js';
import type { Listed, ListedColumn } from './listed.js';

/** A page that takes longer takes it from those who publish and look up. */
const PAGE_WITHIN_MS = 3_000;

type Row = Readonly<Record<string, unknown>> & { readonly $id: string };

class ListedProperty extends BaseProperty {
  constructor(
    readonly column: ListedColumn,
    isKey: boolean,
    private readonly isName: boolean,
    position: number,
  ) {
    super({
      path: column.name,
      type:
        column.reference !== undefined ? 'reference' : column.type === 'datetime' ? 'string' : column.type,
      isSortable: isKey,
      position,
    });
  }

  override reference(): string | null {
    return this.column.reference ?? null;
  }

  override availableValues(): string[] | null {
    return this.column.values === undefined ? null : [...this.column.values];
  }

  override isEditable(): boolean {
    return false;
  }

  override isTitle(): boolean {
    return this.isName;
  }
}

/** The id of a record: its key as text, for composite keys too. */
class IdProperty extends BaseProperty {
  constructor(private readonly isName: boolean) {
    super({ path: '$id', type: 'string', isId: true, isSortable: false, position: 0 });
  }

  override isTitle(): boolean {
    return this.isName;
  }

  override isEditable(): boolean {
    return false;
  }
}

/** What AdminJS reads of one {@link Listed}. It writes nothing: whatever changes something is an action that calls a service. */
export class ListedResource extends BaseResource {
  private readonly all: readonly BaseProperty[];

  constructor(
    readonly listed: Listed,
    private readonly database: Pick<Database, 'snapshot'>,
  ) {
    super(listed);
    const { key, columns, namedBy = columns[0]?.name } = listed;
    this.all = [
      new IdProperty(namedBy === '$id'),
      ...columns.map((column, at) => {
        const isKey = key[0]?.sql === (column.sql ?? `t.${column.name}`);
        return new ListedProperty(column, isKey, column.name === namedBy, at + 1);
      }),
    ];
  }

  override id(): string {
    return this.listed.id;
  }

  override databaseName(): string {
    return 'isinglass';
  }

  override properties(): BaseProperty[] {
    return [...this.all];
  }

  override property(path: string): BaseProperty | null {
    return this.all.find((property) => property.path() === path) ?? null;
  }

  override async count(filter: Filter): Promise<number> {
    const rows = await this.read<{ count: number }>(countQuery(this.listed, filtersOf(filter)));
    return rows[0]?.count ?? 0;
  }

  override async find(
    filter: Filter,
    {
      limit = 10,
      offset = 0,
      sort,
    }: { limit?: number; offset?: number; sort?: { sortBy?: string; direction?: string } },
  ): Promise<BaseRecord[]> {
    const direction = sort?.direction === 'desc' ? 'desc' : 'asc';
    const query = listQuery(this.listed, { filters: filtersOf(filter), direction, limit, offset });
    return (await this.read<Row>(query)).map((row) => this.recordOf(row));
  }

  override async findOne(id: string): Promise<BaseRecord | null> {
    const [record] = await this.findMany([id]);
    return record ?? null;
  }

  override async findMany(ids: (string | number)[]): Promise<BaseRecord[]> {
    const query = rowsQuery(this.listed, ids.map(String));
    return query === null ? [] : (await this.read<Row>(query)).map((row) => this.recordOf(row));
  }

  override async create(): Promise<never> {
    throw this.writesNothing();
  }

  override async update(): Promise<never> {
    throw this.writesNothing();
  }

  override async delete(): Promise<never> {
    throw this.writesNothing();
  }

  private writesNothing(): ConflictError {
    return new ConflictError(
      'LIST_READ_ONLY',
      `${this.listed.title} are not changed here`,
      'What may be changed has an action of its own.',
    );
  }

  private recordOf(row: Row): BaseRecord {
    return new BaseRecord({ ...row }, this);
  }

  private async read<Found extends Record<string, unknown>>({ sql, values }: Query): Promise<Found[]> {
    return this.database.snapshot((db) => db.query<Found>(sql, values), PAGE_WITHIN_MS);
  }
}

function filtersOf(filter: Filter): Record<string, string> {
  return filter.reduce<Record<string, string>>(
    (all, { path, value }) => ({ ...all, [path]: typeof value === 'string' ? value : JSON.stringify(value) }),
    {},
  );
}
