import { definePlugin, z } from "@dune/core";
import { createEngine } from "./engine.js";
import { upstreamNames } from "./upstream-names.js";

/** `plugins = ["jinja"]`: every template but `.eta` is Jinja. */
export default definePlugin({
  name: "jinja",
  api: 1,
  version: "0.1.0",
  options: z.strictObject({
    trim_blocks: z.boolean().default(false).meta({ description: "Drop the newline after a block tag" }),
    lstrip_blocks: z
      .boolean()
      .default(false)
      .meta({ description: "Drop the space before a block tag in its line" }),
  }),
  engines: { "*": createEngine },
  setup: (dune) => dune.context(upstreamNames),
});
