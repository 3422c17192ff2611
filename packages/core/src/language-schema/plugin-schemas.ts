import { z } from "zod";
import type { ExtensionPoint } from "../extension.js";
import type { Plugin } from "../plugin.js";
import { PluginError } from "../plugins/plugin-error.js";
import { fromZod } from "./from-zod.js";
import { changeInner, type JsonSchema, type Properties, refer } from "./json-schema.js";
import { partOf } from "./part-of.js";

/** Entities that are merged from several tables: in one of them everything may be missing. */
const mergedPoints: readonly ExtensionPoint[] = ["phynode", "node", "link"];

/** What plugins add to the language. */
export interface PluginSchemas {
  /** The keys that they add at a point; the first plugin to claim a key has it. */
  keysAt(point: ExtensionPoint): Properties;
  /** By name the options of each plugin that has any. */
  readonly options: Properties;
  /** By name, the keys of each builder, as a table. */
  readonly builders: Properties;
  /** What these schemas refer to. Complete when all of them were asked for. */
  readonly definitions: Properties;
}

export function createPluginSchemas(plugins: readonly Plugin[]): PluginSchemas {
  const definitions: Record<string, JsonSchema> = {};
  const add = (json: JsonSchema, ...names: readonly string[]) => {
    const hoisted = hoist(json, names.map((name) => name.replace(/[^A-Za-z0-9_-]/g, "-")).join("."));
    Object.assign(definitions, hoisted.definitions);
    return hoisted.schema;
  };
  const options = plugins.flatMap((plugin) => {
    if (plugin.options === undefined) return [];
    const json = converted(plugin, "options", plugin.options);
    const description = `Options of the plugin ${plugin.name}`;
    return [[plugin.name, { description, ...add(json, plugin.name, "options") }]];
  });
  const builders = plugins.flatMap((plugin) =>
    Object.entries(plugin.builders ?? {}).map(([name, { keys = {} }]) => {
      const json = converted(plugin, `builder ${name}`, z.strictObject(keys));
      return [name, add(withDescriptions(json, plugin), plugin.name, "builder", name)];
    }),
  );
  return {
    definitions,
    options: Object.fromEntries(options),
    builders: Object.fromEntries(builders),
    keysAt(point) {
      const properties: Record<string, JsonSchema> = {};
      for (const plugin of plugins) {
        for (const { key, schema } of (plugin.extensions ?? []).filter((each) => each.point === point)) {
          if (Object.hasOwn(properties, key)) continue;
          const whole = converted(plugin, `extension ${key}`, schema);
          const json = mergedPoints.includes(point) ? partOf(whole) : whole;
          const description = `A key of the plugin ${plugin.name}`;
          properties[key] = { description, ...add(json, plugin.name, point, key) };
        }
      }
      return properties;
    },
  };
}

function withDescriptions(json: JsonSchema, { name }: Plugin): JsonSchema {
  const described = Object.entries(json.properties as Properties).map(([key, schema]) => [
    key,
    { description: `A key of the plugin ${name}`, ...schema },
  ]);
  return { ...json, properties: Object.fromEntries(described) };
}

/** A schema can run the plugin's code, e.g. in a getter. */
function converted(plugin: Plugin, hook: string, schema: z.ZodType): JsonSchema {
  try {
    return fromZod(schema);
  } catch (error) {
    throw new PluginError(plugin.name, hook, error);
  }
}

/** Moves a schema's own definitions, itself where it is recursive, to where those of the whole language are. */
function hoist(json: JsonSchema, name: string): { schema: JsonSchema; definitions: Properties } {
  let isRecursive = false;
  const renamed = (inner: JsonSchema): JsonSchema => {
    const { $ref } = inner;
    if ($ref === "#") isRecursive = true;
    const next = changeInner(inner, renamed);
    return typeof $ref === "string" ? { ...next, $ref: renamedReference($ref, name) } : next;
  };
  const { definitions: own = {}, ...schema } = renamed(json);
  const entries = Object.entries(own as Properties).map(([key, inner]) => [`${name}.${key}`, inner]);
  const definitions: Properties = Object.fromEntries(entries);
  return isRecursive
    ? { schema: refer(name, {}), definitions: { ...definitions, [name]: schema } }
    : { schema, definitions };
}

function renamedReference(reference: string, name: string): string {
  const inside = "#/definitions/";
  return reference === "#" ? `${inside}${name}` : reference.replace(inside, `${inside}${name}.`);
}
