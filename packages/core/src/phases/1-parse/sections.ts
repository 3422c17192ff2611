import { nearest } from "../../diagnostics/near.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import type { Layer } from "./document.js";
import { fileOrigin } from "./file-origin.js";

const sections = [
  ...["name", "plugins", "plugin", "infrastructure", "topology", "params"],
  ...["binaries", "toolchains"],
];
const later: Readonly<Record<string, string>> = {
  events: "timed events cannot be compiled into a bundle yet",
};

/** Tables of `[topology]` that are easily taken for sections. */
const inner: Readonly<Record<string, string>> = {
  nodes: "topology.nodes",
  links: "topology.links",
  groups: "topology.groups",
  defaults: "topology.defaults",
  phynodes: "infrastructure.nodes",
};

/** Every section at the top of the file is one of the language's. */
export function checkSections(layer: Layer, reporter: Reporter): void {
  for (const key of Object.keys(layer.tables)) {
    const at = fileOrigin(layer, [key], "key");
    const notYet = Object.hasOwn(later, key) ? later[key] : undefined;
    if (notYet !== undefined) {
      reporter.report("parse/not-yet", {
        message: `the section "${key}" is not supported yet`,
        at,
        hint: notYet,
      });
    } else if (!sections.includes(key)) {
      const meant = Object.hasOwn(inner, key) ? inner[key] : nearest(key, sections);
      const kind = typeof layer.tables[key] === "object" ? "section" : "key";
      reporter.report("parse/unknown-section", {
        message: `there is no ${kind} "${key}" at the top of a topology`,
        at,
        hint: meant === undefined ? `there are: ${sections.join(", ")}` : `did you mean "${meant}"?`,
      });
    }
  }
}
