import type { z } from "zod";
import type {
  Extensions,
  Infrastructure,
  Link,
  Node,
  Phynode,
  Process,
  Topology,
} from "./phases/2-resolve/topology.js";

/** The entities that plugins can add keys to, and what each becomes in the topology. */
export interface ExtensionPoints {
  /** `[infrastructure.nodes.NAME]`, and its defaults. */
  phynode: Phynode;
  /** `[topology.nodes.NAME]`, and its defaults and groups. */
  node: Node;
  /** An entry of `topology.links`, and its defaults. */
  link: Link;
  /** An entry of a node's `pinned`. */
  process: Process;
  /** `[topology]` itself. */
  topology: Topology;
  /** `[infrastructure]` itself. */
  infrastructure: Infrastructure;
}

/** Where a plugin can add a key to the language. */
export type ExtensionPoint = keyof ExtensionPoints;

/** A typed key that a plugin adds to the schema of an entity. */
export interface Extension<P extends ExtensionPoint = ExtensionPoint, T = unknown> {
  readonly point: P;
  readonly key: string;
  readonly schema: z.ZodType<T>;
  /** The entity's value, or undefined where the key was not given and the schema has no default. */
  of(entity: ExtensionPoints[P]): T | undefined;
  /** A new entity with this value. */
  with(entity: ExtensionPoints[P], value: T): ExtensionPoints[P];
}

/** `const bgp = defineExtension("node", "bgp", z.strictObject({ asn: z.int() }))` */
// `& string`: so TypeScript's message for a wrong point lists the right ones.
export function defineExtension<P extends ExtensionPoint & string, S extends z.ZodType>(
  point: P,
  key: string,
  schema: S,
): Extension<P, z.output<S>> {
  return {
    point,
    key,
    schema: schema as unknown as z.ZodType<z.output<S>>,
    of: ({ extensions }: { readonly extensions: Extensions }) => extensions[key] as z.output<S> | undefined,
    with: (entity, value) => {
      const { extensions }: { readonly extensions: Extensions } = entity;
      return { ...entity, extensions: { ...extensions, [key]: value } };
    },
  };
}
