import type { Origin, Path } from "../../diagnostics/diagnostic.js";
import type { Located } from "../../plugin.js";
import { originIn } from "./entity-origin.js";

/** What plugins ask for the origin of a value: see `Tools.originOf`. */
export function locatedOrigin(entity: Located, path: Path = [], target?: "key" | "value"): Origin {
  const narrowing = target === undefined ? {} : { target };
  if (!("process" in entity)) return originIn(entity, path, narrowing);
  const { node, process } = entity;
  // A process that a plugin has copied is known by its name.
  const index = node.processes.findIndex(({ name }) => name === process.name);
  return originIn(node, index < 0 ? ["pinned"] : ["pinned", index, ...path], narrowing);
}
