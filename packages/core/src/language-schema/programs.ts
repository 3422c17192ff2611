import { z } from "zod";
import { ownBuilders } from "../builders/own-builders.js";
import type { Shape } from "../phases/1-parse/read-entity.js";
import { binaryShape, toolchainShape } from "../phases/2-resolve/schema-binary.js";
import { platformTexts } from "../values/platform.js";
import { extended, propertiesOf } from "./entities.js";
import { fromZod } from "./from-zod.js";
import type { JsonSchema, Properties } from "./json-schema.js";
import { partOf } from "./part-of.js";
import type { PluginSchemas } from "./plugin-schemas.js";

/** Which plugins there may be: any, none, or those that the topology loads. */
export type Loaded = "any" | "none" | "some";

/** A program, and what programs are made with. */
export function programDefinitions(added: PluginSchemas, loaded: Loaded): Properties {
  return { binary: binary(added, loaded), toolchain: toolchain() };
}

/**
 * A builder's keys are keys of the table, with a condition which of them there may be: editors that do not look into
 * conditions complete and explain all of them.
 */
function binary(added: PluginSchemas, loaded: Loaded): JsonSchema {
  const own = Object.entries(ownBuilders).map(([name, { keys = {} }]) => [name, table(keys)] as const);
  const builders = { ...added.builders, ...Object.fromEntries(own) };
  const { builder, ...common } = propertiesOf(table(binaryShape));
  const { minLength: _, ...named } = builder as JsonSchema;
  const names = { enum: Object.keys(builders).sort() };
  const keys = mergedKeys(Object.values(builders).map(propertiesOf));
  const properties = extended(
    { builder: { ...named, ...(loaded === "any" ? { anyOf: [names, {}] } : names) }, ...common },
    keys,
  );
  const schema = {
    title: "Program",
    description: "A program that is built for the servers where it is used",
    type: "object",
    properties,
    // A plugin's layer may have said it.
    ...(loaded !== "some" && { required: ["builder"] }),
    ...(loaded !== "any" && { additionalProperties: false }),
  };
  const known = [...Object.keys(common), "builder", "unset"];
  const conditions = Object.entries(builders).map(([name, keysOfOne]) =>
    condition(name, loaded === "some" ? partOf(keysOfOne) : keysOfOne, known, keys),
  );
  return { ...schema, allOf: conditions };
}

function table(shape: Shape): JsonSchema {
  return fromZod(z.strictObject(shape));
}

/** What holds with one builder, but for what `merged` says already. */
function condition(
  name: string,
  { properties, required }: JsonSchema,
  known: readonly string[],
  merged: Properties,
): JsonSchema {
  const own = properties as Properties;
  const shared = Object.entries(own).filter(([key, value]) => !isSame(value, merged[key]));
  return {
    if: { properties: { builder: { const: name } }, required: ["builder"] },
    // biome-ignore lint/suspicious/noThenProperty: it is JSON Schema's word
    then: {
      ...(required !== undefined && { required }),
      ...(shared.length > 0 && { properties: Object.fromEntries(shared) }),
      propertyNames: { enum: [...known, ...Object.keys(own)] },
    },
  };
}

/** The keys of all builders; one that several have is what it is for any of them. */
function mergedKeys(builders: readonly Properties[]): Properties {
  const merged = new Map<string, JsonSchema[]>();
  for (const [key, schema] of builders.flatMap((keys) => Object.entries(keys))) {
    const schemas = merged.get(key) ?? [];
    if (!schemas.some((each) => isSame(each, schema))) merged.set(key, [...schemas, schema]);
  }
  return Object.fromEntries(
    [...merged].map(([key, schemas]) => [
      key,
      schemas.length === 1 ? (schemas[0] as JsonSchema) : { anyOf: schemas },
    ]),
  );
}

function isSame(a: JsonSchema, b: JsonSchema | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function toolchain(): JsonSchema {
  return {
    title: "Toolchain",
    description: "What programs for a platform are made with, where it is not the default",
    type: "object",
    properties: extended(propertiesOf(table(toolchainShape)), {}),
    additionalProperties: false,
  };
}

/** `linux/arm64` and `linux/arm64/gnu` are one platform. */
export const onePlatformOnce: JsonSchema = {
  propertyNames: { enum: platformTexts },
  allOf: platformTexts
    .filter((text) => platformTexts.includes(`${text}/gnu`))
    .map((text) => ({ not: { required: [text, `${text}/gnu`] } })),
};
