import { changeInner, type JsonSchema } from "./json-schema.js";

/**
 * The schema of one of the tables that an entity is merged from: what is missing here may come from another. Tables merge
 * and lists append, so this goes into tables, and not into the entries of lists, which are whole.
 * Nor into what must not hold: less of it would refuse more.
 */
export function partOf(schema: JsonSchema): JsonSchema {
  // What is left of two choices can be the same, so that both hold.
  const { required: _, minProperties: __, minItems: ___, oneOf, ...rest } = schema;
  const relaxed = { ...rest, ...(oneOf !== undefined && { anyOf: oneOf }) };
  return changeInner(relaxed, (inner, keyword) =>
    keyword === "items" || keyword === "not" ? inner : partOf(inner),
  );
}
