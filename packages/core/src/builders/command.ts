import { inlineString, texts } from "../phases/2-resolve/schema-values.js";
import type { Builder } from "./builder.js";

/** Any command of a shell. */
export const command: Builder = {
  keys: {
    command: inlineString.meta({
      description: "What makes the program, run by sh in a copy of the sources; it writes {{out}}",
      examples: ["$CC -O2 -o {{out}} probe.c"],
    }),
    tools: texts
      .optional()
      .describe("Programs that the command runs: each must be there, and its version counts"),
  },
  plan: () => ({ refused: "not written yet", hint: "wait" }),
};
