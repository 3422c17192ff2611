import type { Reporter } from "../../diagnostics/reporter.js";
import { fileOrigin } from "../1-parse/file-origin.js";
import { parseKeyPath } from "../1-parse/key-path.js";
import type { OnUnsetNothing } from "./merge.js";

/** Reports an `unset` that removes nothing from the entity called `label`. */
export function onUnsetNothing(label: string, reporter: Reporter): OnUnsetNothing {
  return (fragment, index) => {
    const entry = Array.isArray(fragment.table.unset) ? fragment.table.unset[index] : undefined;
    // What is no key at all was reported when the layers were cut.
    if (typeof entry !== "string" || parseKeyPath(entry) === undefined) return;
    reporter.report("resolve/unset-nothing", {
      message: `${label} inherits nothing called ${JSON.stringify(entry)} that could be unset`,
      at: fileOrigin(fragment.layer, [...fragment.path, "unset", index]),
      hint: "unset removes what weaker layers gave, before this table is applied; remove the entry or mend its spelling",
    });
  };
}
