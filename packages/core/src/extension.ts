import type { z } from "zod";
import type { Extensions } from "./phases/2-resolve/topology.js";

/** Where a plugin can add a key to the language. */
export type ExtensionPoint = "node" | "link" | "phynode" | "topology" | "infrastructure";

/** A typed key that a plugin adds to the schema of an entity. */
export interface Extension<T = unknown> {
  readonly point: ExtensionPoint;
  readonly key: string;
  readonly schema: z.ZodType<T>;
  /** The entity's value, or undefined where the key was not given. */
  of(entity: { readonly extensions: Extensions }): T | undefined;
  /** A new entity with this value. */
  with<E extends { readonly extensions: Extensions }>(entity: E, value: T): E;
}

/** `const bgp = defineExtension("node", "bgp", z.strictObject({ asn: z.int() }))` */
export function defineExtension<S extends z.ZodType>(
  point: ExtensionPoint,
  key: string,
  schema: S,
): Extension<z.output<S>> {
  return {
    point,
    key,
    schema: schema as unknown as z.ZodType<z.output<S>>,
    of: (entity) => entity.extensions[key] as z.output<S> | undefined,
    with: (entity, value) => ({ ...entity, extensions: { ...entity.extensions, [key]: value } }),
  };
}
