import { texts } from "../phases/2-resolve/schema-values.js";
import type { Builder } from "./builder.js";

/** A package of Rust's. */
export const cargo: Builder = {
  keys: {
    flags: texts
      .optional()
      .meta({ description: "Arguments for cargo build", examples: [["--features=tls"]] }),
  },
  plan: () => ({ refused: "not written yet", hint: "wait" }),
};
