import { z } from "zod";
import type { Context } from "../../context.js";
import type { ExtensionPoint } from "../../extension.js";
import type { Plugin } from "../../plugin.js";
import { Claims } from "../../plugins/claims.js";
import type { Shape } from "../1-parse/read-entity.js";
import { type BuilderLanguage, createBuilderLanguages } from "./builder-languages.js";
import { guardedSchema, plainValue } from "./guarded-schema.js";
import { endShape, linkShape } from "./schema-link.js";
import { nodeShape } from "./schema-node.js";
import { infrastructureShape, phynodeShape } from "./schema-phynode.js";
import { processList, processShape } from "./schema-process.js";
import type { Extensions } from "./topology.js";

/** The language of one compilation: dune's own keys and those of its plugins. */
export interface Language {
  readonly node: z.ZodObject<typeof nodeShape>;
  readonly link: z.ZodObject<Omit<typeof linkShape, "endpoints">>;
  readonly end: z.ZodObject<typeof endShape>;
  readonly phynode: z.ZodObject<typeof phynodeShape>;
  readonly infrastructure: z.ZodObject<typeof infrastructureShape>;
  /** Only plugins' keys: the tables of `[topology]` are cut out before. */
  readonly topology: z.ZodObject;
  /** The ways to make a program, by name. */
  readonly builders: ReadonlyMap<string, BuilderLanguage>;
  /** Keys of plugins at a point, with the plugin that claims each. */
  extensionKeys(point: ExtensionPoint): ReadonlyMap<string, string>;
  /** The values of plugins' keys of a parsed entity. */
  extensionsOf(point: ExtensionPoint, entity: object): Extensions;
}

/** Keys of `[topology]` and `[infrastructure]` that are not fields of an entity. */
export const topologyTables = ["defaults", "groups", "nodes", "links"] as const;
export const infrastructureTables = ["defaults", "nodes", "node"] as const;

/** Keys of a node that are the language's own. */
export const nodeKeys = [...Object.keys(nodeShape), "unset"];

const { endpoints: _, ...linkFields } = linkShape;

const ownKeys: Readonly<Record<ExtensionPoint, readonly string[]>> = {
  node: nodeKeys,
  link: [...Object.keys(linkShape), "unset"],
  phynode: [...Object.keys(phynodeShape), "unset"],
  infrastructure: [...Object.keys(infrastructureShape), ...infrastructureTables],
  process: Object.keys(processShape),
  topology: topologyTables,
};

export function createLanguage(
  plugins: readonly Plugin[],
  context: Pick<Context, "reporter" | "calls">,
): Language {
  const claims = claimKeys(plugins, context);
  const added = (point: ExtensionPoint) =>
    Object.fromEntries([...claims[point]].map(([key, claim]) => [key, claim.schema.optional()]));
  const extended = <S extends Shape>(shape: S, point: ExtensionPoint) =>
    z.strictObject({ ...shape, ...added(point) }) as unknown as z.ZodObject<S>;
  return {
    node: extended({ ...nodeShape, pinned: processList(added("process")) }, "node"),
    link: extended(linkFields, "link"),
    end: z.strictObject(endShape) as Language["end"],
    phynode: extended(phynodeShape, "phynode"),
    infrastructure: extended(infrastructureShape, "infrastructure"),
    topology: extended({}, "topology"),
    builders: createBuilderLanguages(plugins, context),
    extensionKeys: (point) => new Map([...claims[point]].map(([key, claim]) => [key, claim.plugin])),
    extensionsOf(point, entity) {
      const given = [...claims[point]].filter(([key]) => Object.hasOwn(entity, key));
      return Object.fromEntries(
        given.map(([key, { plugin }]) => [
          key,
          plainValue((entity as Record<string, unknown>)[key], key, plugin, `extension ${key}`),
        ]),
      );
    },
  };
}

interface Claim {
  readonly plugin: string;
  readonly schema: z.ZodType;
}

function claimKeys(
  plugins: readonly Plugin[],
  context: Pick<Context, "reporter" | "calls">,
): Record<ExtensionPoint, Map<string, Claim>> {
  const claims: Record<ExtensionPoint, Map<string, Claim>> = {
    node: new Map(),
    link: new Map(),
    phynode: new Map(),
    process: new Map(),
    infrastructure: new Map(),
    topology: new Map(),
  };
  for (const point of Object.keys(claims) as ExtensionPoint[]) {
    const names = new Claims((key) => ownKeys[point].includes(key), context, "plugin/duplicate-key");
    for (const plugin of plugins) {
      for (const { key, schema } of (plugin.extensions ?? []).filter((each) => each.point === point)) {
        if (names.claim(key, plugin.name, `the ${point} key "${key}"`))
          claims[point].set(key, {
            plugin: plugin.name,
            schema: guardedSchema(schema, plugin.name, `extension ${key}`, context.calls),
          });
      }
    }
  }
  return claims;
}
