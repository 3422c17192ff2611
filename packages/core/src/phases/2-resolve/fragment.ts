import type { Path } from "../../diagnostics/diagnostic.js";
import type { Layer, Tables } from "../1-parse/document.js";

/** One table of one layer that an entity is merged from: defaults, a group, or its own. Shared between entities. */
export interface Fragment {
  readonly layer: Layer;
  /** Where the table stands in the layer. */
  readonly path: Path;
  readonly table: Tables;
  /** For a message: `defaults`, `group edge`, `node r0`. */
  readonly label: string;
}
