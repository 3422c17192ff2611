import { inlineString, texts } from "../phases/2-resolve/schema-values.js";
import type { Builder } from "./builder.js";

/** A package of Go. */
export const go: Builder = {
  keys: {
    package: inlineString
      .optional()
      .meta({ description: "The package, from source", default: ".", examples: ["./cmd/probe"] }),
    flags: texts.optional().meta({ description: "Arguments for go build", examples: [["-tags=netgo"]] }),
  },
  plan: () => ({ refused: "not written yet", hint: "wait" }),
};
