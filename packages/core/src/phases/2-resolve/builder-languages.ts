import { z } from "zod";
import type { Builder } from "../../builders/builder.js";
import { ownBuilders } from "../../builders/own-builders.js";
import type { Context } from "../../context.js";
import type { Plugin } from "../../plugin.js";
import { Claims } from "../../plugins/claims.js";
import { guardedSchema, plainValue } from "./guarded-schema.js";
import { binaryShape } from "./schema-binary.js";
import type { Binary } from "./topology.js";

/** What `[binaries.NAME]` may say with one builder. */
export interface BuilderLanguage {
  readonly schema: z.ZodObject<typeof binaryShape>;
  /** The values of the builder's own keys of a parsed binary. */
  optionsOf(given: object): Binary["options"];
}

/** Keys of a binary that no builder can have for its own. */
export const binaryKeys: readonly string[] = [...Object.keys(binaryShape), "unset"];

/** The builders that a topology can name: dune's own, then those of plugins. */
export function builderNames(plugins: readonly Plugin[]): readonly string[] {
  const added = plugins.flatMap(({ builders = {} }) => Object.keys(builders));
  return [...new Set([...Object.keys(ownBuilders), ...added])].sort();
}

export function createBuilderLanguages(
  plugins: readonly Plugin[],
  context: Pick<Context, "reporter" | "calls">,
): ReadonlyMap<string, BuilderLanguage> {
  const languages = new Map<string, BuilderLanguage>();
  for (const [name, { keys = {} }] of Object.entries(ownBuilders))
    languages.set(
      name,
      builderLanguage(keys, (value) => value),
    );
  const claims = new Claims((name) => Object.hasOwn(ownBuilders, name), context);
  for (const { name: plugin, builders = {} } of plugins) {
    for (const [name, builder] of Object.entries(builders)) {
      if (claims.claim(name, plugin, `the builder "${name}"`))
        languages.set(name, pluginLanguage(plugin, name, builder, context));
    }
  }
  return languages;
}

function pluginLanguage(
  plugin: string,
  name: string,
  { keys = {} }: Pick<Builder, "keys">,
  context: Pick<Context, "reporter" | "calls">,
): BuilderLanguage {
  const hook = `builder ${name}`;
  const claims = new Claims((key) => binaryKeys.includes(key), context, "plugin/duplicate-key");
  const own = Object.entries(keys).filter(([key]) =>
    claims.claim(key, plugin, `the key "${key}" of the builder "${name}"`),
  );
  const guarded = own.map(([key, schema]) => [key, guardedSchema(schema, plugin, hook, context.calls)]);
  return builderLanguage(Object.fromEntries(guarded), (value, key) => plainValue(value, key, plugin, hook));
}

function builderLanguage(
  keys: NonNullable<Builder["keys"]>,
  checked: (value: unknown, key: string) => unknown,
): BuilderLanguage {
  return {
    schema: z.strictObject({ ...keys, ...binaryShape }) as unknown as BuilderLanguage["schema"],
    optionsOf(given) {
      const values = Object.entries(given).filter(
        ([key, value]) => Object.hasOwn(keys, key) && value !== undefined,
      );
      return Object.fromEntries(values.map(([key, value]) => [key, checked(value, key)]));
    },
  };
}
