/** A JSON Schema, draft-07: what editors for TOML support best. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

export type Properties = Readonly<Record<string, JsonSchema>>;

/** A shared schema, and what is said of it at this place. Editors show the texts of both. */
export function refer(name: string, here: JsonSchema): JsonSchema {
  return { allOf: [reference(name), here] };
}

export function reference(name: string): JsonSchema {
  return { $ref: `#/definitions/${name}` };
}

/** A table with a table for each name. */
export function namedTables(description: string, values: JsonSchema, namePattern?: string): JsonSchema {
  return {
    description,
    type: "object",
    ...(namePattern !== undefined && { propertyNames: { pattern: namePattern } }),
    additionalProperties: values,
  };
}

const tablesOfSchemas = ["properties", "patternProperties", "definitions"];
const listsOfSchemas = ["anyOf", "allOf", "oneOf", "items"];
const schemas = ["additionalProperties", "propertyNames", "items", "additionalItems", "not"];

/** A schema with each of those directly in it changed, as `change` does it; it is told the keyword that each is in. */
export function changeInner(
  schema: JsonSchema,
  change: (inner: JsonSchema, keyword: string) => JsonSchema,
): JsonSchema {
  return mapValues(schema, (value, keyword) => {
    const changed = (inner: JsonSchema) => (isObject(inner) ? change(inner, keyword) : inner);
    if (Array.isArray(value)) return listsOfSchemas.includes(keyword) ? value.map(changed) : value;
    if (!isObject(value)) return value;
    if (tablesOfSchemas.includes(keyword)) return mapValues(value as Properties, changed);
    return schemas.includes(keyword) ? change(value as JsonSchema, keyword) : value;
  });
}

function mapValues<T, U>(
  object: Readonly<Record<string, T>>,
  change: (value: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
