import type { Document } from "../phases/1-parse/document.js";
import { valueAt } from "../phases/2-resolve/merge.js";
import { sortedKeys } from "../values/sorted-keys.js";
import type { Manifest } from "./manifest.js";

export function manifestPlugins(document: Document): Manifest["plugins"] {
  return document.plugins.map(({ name, version }) => ({
    name,
    ...(version !== undefined && { version }),
    options: sortedKeys(givenOptions(document, name)),
  }));
}

/** The file's layer is the strongest, and the one that plugins are set up with. */
function givenOptions({ layers }: Document, plugin: string): Record<string, unknown> {
  const given = valueAt(layers.at(-1)?.tables ?? {}, ["plugin", plugin]) ?? {};
  // An integer may be larger than JSON's numbers are exact.
  return JSON.parse(JSON.stringify(given, (_, value) => (typeof value === "bigint" ? String(value) : value)));
}
