import { z } from "zod";
import { ownAllocators } from "../phases/2-resolve/allocators.js";
import { infrastructureShape } from "../phases/2-resolve/schema-phynode.js";
import type { Plugin } from "../plugin.js";
import { labNamePattern, namePattern } from "../values/names.js";
import { entityDefinitions, extended, propertiesOf } from "./entities.js";
import { fromZod } from "./from-zod.js";
import { type JsonSchema, namedTables, refer, reference } from "./json-schema.js";
import { createPluginSchemas, type PluginSchemas } from "./plugin-schemas.js";
import { onePlatformOnce, programDefinitions } from "./programs.js";

/**
 * The JSON Schema (draft-07) of a topology file, for editors: its shape, with a description of every key. What hangs on
 * names elsewhere in the file, e.g. whether a link's nodes exist, is for `compile` alone.
 * @param plugins those that the topology loads, whose keys and options become part of it; where it is not given, any
 *   plugin may have a table of options
 * @throws PluginError where a plugin's schema throws
 */
export function languageSchema(plugins?: readonly Plugin[]): JsonSchema {
  const added = createPluginSchemas(plugins ?? []);
  const properties = {
    name: {
      description: "The lab: lower-case letters, digits and -, at most 32; default: the file's name",
      type: "string",
      pattern: labNamePattern,
    },
    plugins: {
      description: "Names of plugins to load; their options are in [plugin.NAME]",
      type: "array",
      items: { type: "string", minLength: 1 },
      uniqueItems: true,
    },
    plugin: options(added, plugins !== undefined),
    params: {
      description:
        "Values for strings and templates, {{param.rate}}; from outside: --set params.rate=100mbit",
      type: "object",
    },
    infrastructure: infrastructure(added, plugins),
    topology: topology(added),
    binaries: namedTables("By name, programs to build and carry", reference("binary"), namePattern),
    toolchains: {
      ...namedTables("By platform, what programs are made with", reference("toolchain")),
      ...onePlatformOnce,
    },
  };
  const loaded = plugins === undefined ? "any" : plugins.length === 0 ? "none" : "some";
  const entities = { ...entityDefinitions(added), ...programDefinitions(added, loaded) };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    $comment: "made by dune schema; make it anew when the plugins of the topology change",
    title: "Topology",
    description: "A network experiment for dune",
    type: "object",
    properties,
    ...("required" in properties.plugin && { required: ["plugin"] }),
    additionalProperties: false,
    definitions: { ...entities, ...added.definitions },
  };
}

/** `[plugin]`. A plugin with options that must be there needs its table. */
function options({ options: known }: PluginSchemas, areKnown: boolean): JsonSchema {
  const required = Object.keys(known).filter((name) => "required" in (known[name] as JsonSchema));
  return {
    description: "A table of options for each plugin",
    type: "object",
    properties: known,
    ...(required.length > 0 && { required }),
    additionalProperties: areKnown ? false : { type: "object" },
  };
}

function infrastructure(added: PluginSchemas, plugins: readonly Plugin[] | undefined): JsonSchema {
  const own = propertiesOf(fromZod(z.strictObject(infrastructureShape)));
  const { minLength: _, ...allocator } = own.allocator as JsonSchema;
  const ofPlugins = plugins?.flatMap(({ allocators = {} }) => Object.keys(allocators));
  const allocators = ofPlugins && { enum: [...new Set([...ownAllocators, ...ofPlugins])] };
  const phynodes = (description: string) => namedTables(description, reference("phynode"), namePattern);
  const tables = {
    nodes: phynodes("By name, the physical servers"),
    node: phynodes("The same as nodes"),
    defaults: refer("phynode", { description: "What all phynodes have that say nothing else" }),
  };
  return {
    description: "Servers; without any, the lab runs on the machine that compiles it",
    type: "object",
    properties: extended(
      { ...tables, ...own, allocator: { ...allocator, ...allocators } },
      added.keysAt("infrastructure"),
    ),
    additionalProperties: false,
    ...coresUnlessGiven,
  };
}

const needCores = { type: "object", additionalProperties: { type: "object", required: ["cores"] } };
/** A phynode needs its cores unless all have some by default. It may be written in two parts, below `node` and `nodes`. */
const coresUnlessGiven = {
  if: {
    anyOf: [
      { properties: { defaults: { type: "object", required: ["cores"] } }, required: ["defaults"] },
      { required: ["node", "nodes"] },
    ],
  },
  else: { properties: { nodes: needCores, node: needCores } },
};

function topology(added: PluginSchemas): JsonSchema {
  const tables = {
    nodes: namedTables("By name, virtual routers and hosts", reference("node"), namePattern),
    links: {
      description: "The links between nodes: list of { endpoints, latency, bw, … }",
      type: "array",
      items: refer("link", { type: "object", required: ["endpoints"] }),
    },
    groups: namedTables("By name, sets of nodes and what they have in common", group()),
    defaults: {
      description: "What all nodes and all links have that say nothing else",
      type: "object",
      properties: {
        nodes: refer("node", { description: "What all nodes have that say nothing else" }),
        links: refer("link", {
          description: "What all links have that say nothing else",
          not: { type: "object", required: ["endpoints"] },
        }),
      },
      additionalProperties: false,
    },
  };
  return {
    description: "Nodes and links",
    type: "object",
    properties: extended(tables, added.keysAt("topology")),
    additionalProperties: false,
  };
}

function group(): JsonSchema {
  return refer("node", {
    description: "A set of nodes, and what they have in common",
    type: "object",
    properties: {
      nodes: {
        description: "Names of its nodes, or patterns: * any text, ? one character",
        type: "array",
        items: { type: "string" },
        examples: [["r0", "stub-*"]],
      },
      priority: {
        description: "Groups of a higher priority win; two of one priority may not set one value differently",
        type: "integer",
        default: 0,
      },
    },
    required: ["nodes"],
  });
}
