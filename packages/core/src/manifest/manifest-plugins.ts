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

function givenOptions({ layers }: Document, plugin: string): Record<string, unknown> {
  const given = layers.map(({ tables }) => valueAt(tables, ["plugin", plugin]));
  const own = given.find((each) => each !== undefined) ?? {};
  // An integer may be larger than JSON's numbers are exact.
  return JSON.parse(JSON.stringify(own, (_, value) => (typeof value === "bigint" ? String(value) : value)));
}
