import { z } from "zod";
import { changeInner, type JsonSchema } from "./json-schema.js";

/** What a user may write for a zod schema to accept it, with its descriptions and nothing of dune's own meta data. */
export function fromZod(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override({ zodSchema, jsonSchema }) {
      const meta = z.globalRegistry.get(zodSchema as unknown as z.ZodType) ?? {};
      // zod keeps these two from schemas that transform, lest they show the output.
      for (const key of ["default", "examples"]) if (key in meta) jsonSchema[key] = meta[key];
      if (hasCaselessPattern(zodSchema)) {
        delete jsonSchema.pattern;
        // Where a text must match several.
        delete jsonSchema.allOf;
      }
    },
  });
  return tidy(json);
}

/** JSON Schema has no flags: without its `i` a pattern would refuse what the plugin accepts. */
function hasCaselessPattern({ _zod: { def } }: z.core.$ZodTypes): boolean {
  const checks = (def.checks ?? []).map((check) => check._zod.def);
  return [def, ...checks].some(
    (each) => "pattern" in each && each.pattern instanceof RegExp && each.pattern.flags.includes("i"),
  );
}

function tidy(made: JsonSchema): JsonSchema {
  const { title, description, type, expected, written, ...rest } = changeInner(made, tidy);
  const said =
    written === undefined ? { type, ...rest } : { ...(written as JsonSchema), ...annotations(rest) };
  const json = joinTypes(withoutNoise({ title, description, ...said }));
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== undefined));
}

function annotations(json: JsonSchema): JsonSchema {
  return Object.fromEntries(
    ["default", "examples"].flatMap((key) => (key in json ? [[key, json[key]]] : [])),
  );
}

/** What zod writes though it says nothing. */
function withoutNoise({
  minimum,
  maximum,
  propertyNames,
  additionalProperties,
  ...json
}: JsonSchema): JsonSchema {
  const { type: _, ...names } = (propertyNames ?? {}) as JsonSchema;
  return {
    ...json,
    ...(minimum !== Number.MIN_SAFE_INTEGER && { minimum }),
    ...(maximum !== Number.MAX_SAFE_INTEGER && { maximum }),
    ...(Object.keys(names).length > 0 && { propertyNames: names }),
    ...(!isEmpty(additionalProperties) && { additionalProperties }),
  };
}

function isEmpty(schema: unknown): boolean {
  return typeof schema === "object" && schema !== null && Object.keys(schema).length === 0;
}

/**
 * A choice between types as one schema with several types, which editors complete and explain better than a list of
 * schemas. A keyword concerns one type only, so nothing gets lost as long as no two say something with the same one.
 */
function joinTypes(json: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = json;
  if (!Array.isArray(anyOf)) return json;
  const choices = anyOf as readonly JsonSchema[];
  const types = choices.map(({ type }) => type);
  const said = choices.flatMap((choice) => Object.keys(choice)).filter((key) => key !== "type");
  const isDistinct = (keys: readonly unknown[]) => new Set(keys).size === keys.length;
  const canJoin =
    types.every((type) => typeof type === "string") &&
    isDistinct(types) &&
    isDistinct([...said, ...Object.keys(rest)]) &&
    !said.some((key) => forAnyType.has(key));
  return canJoin ? Object.assign({}, rest, ...choices, { type: types }) : json;
}

/** Keywords that hold for values of every type. */
const forAnyType = new Set([
  ...["$ref", "anyOf", "allOf", "oneOf", "not", "enum", "const"],
  ...["title", "description", "default"],
]);
