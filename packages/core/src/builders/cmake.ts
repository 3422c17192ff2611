import { z } from "zod";
import { inlineString, text } from "../phases/2-resolve/schema-values.js";
import type { Builder } from "./builder.js";

/** A project of CMake's. */
export const cmake: Builder = {
  keys: {
    options: z
      .record(z.string(), text)
      .meta({ expected: 'a table of options, e.g. options.BUILD_TESTING = "OFF"' })
      .optional()
      .describe("Options of the project, as by cmake -D"),
    target: inlineString.optional().describe("What to build; default: everything"),
  },
  plan: () => ({ refused: "not written yet", hint: "wait" }),
};
