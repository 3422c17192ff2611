import { z } from "zod";
import { text, texts } from "../phases/2-resolve/schema-values.js";
import type { Builder } from "./builder.js";

/** A Makefile. */
export const make: Builder = {
  keys: {
    targets: texts.optional().describe("What make is to make; default: the Makefile's first target"),
    variables: z
      .record(z.string(), text)
      .meta({ expected: 'a table of variables, e.g. variables.PREFIX = "/usr"' })
      .optional()
      .describe("Variables on make's command line, where they replace those of the Makefile"),
  },
  plan: () => ({ refused: "not written yet", hint: "wait" }),
};
