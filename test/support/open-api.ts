/** As much of an OpenAPI document as {@link undeclared} reads. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly type?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
}

/**
 * Where an answer says something else than the document declares: keys too many or too few, values of another type.
 * @returns nothing when path or status are not declared, for then nothing is promised
 */
export function undeclared(
  api: ApiDocument,
  method: string,
  pathname: string,
  status: number,
  body: unknown,
): string[] {
  const path = Object.keys(api.paths).find((template) =>
    new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  );
  const responses = path === undefined ? undefined : api.paths[path]?.[method.toLowerCase()]?.responses;
  const [content] = Object.values(responses?.[String(status)]?.content ?? {});
  return content === undefined ? [] : faultsOf(api, content.schema, body, 'body');
}

function faultsOf(api: ApiDocument, schema: Schema, value: unknown, where: string): string[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/components/schemas/', '');
    return faultsOf(api, api.components.schemas[name] ?? { type: `undefined schema ${name}` }, value, where);
  }
  if (value === null) return schema.nullable ? [] : [`${where} is null`];
  if (schema.allOf !== undefined) return schema.allOf.flatMap((part) => faultsOf(api, part, value, where));
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return [`${where} is none of ${schema.enum.join(', ')}`];
  const type = Array.isArray(value) ? 'array' : typeof value;
  if (schema.type !== type) return [`${where} is ${type}, not ${schema.type}`];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => faultsOf(api, schema.items ?? {}, item, `${where}[${index}]`));
  }
  if (type !== 'object') return [];
  const { properties = {}, required = [], additionalProperties } = schema;
  const missing = required
    .filter((key) => !(key in (value as object)))
    .map((key) => `${where}.${key} is missing`);
  const wrong = Object.entries(value as object).flatMap(([key, item]) => {
    const declared = properties[key] ?? additionalProperties;
    if (declared === true) return [];
    return declared ? faultsOf(api, declared, item, `${where}.${key}`) : [`${where}.${key} is not declared`];
  });
  return [...missing, ...wrong];
}
