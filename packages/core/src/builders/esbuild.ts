import { inlineString } from "../phases/2-resolve/schema-values.js";
import type { Builder } from "./builder.js";

/** A program in TypeScript or JavaScript, bundled into one file; the phynode needs Node.js. */
export const esbuild: Builder = {
  keys: {
    entry: inlineString
      .optional()
      .describe("The file to begin with, from source; default: the binary's name with .ts or .js"),
  },
  plan: () => ({ refused: "not written yet", hint: "wait" }),
};
