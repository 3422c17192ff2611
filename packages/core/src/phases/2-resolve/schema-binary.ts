import { z } from "zod";
import { must } from "../1-parse/expectation.js";
import { buildEnviron, duration, inlineString, texts } from "./schema-values.js";

/* What a user writes of programs. The descriptions are what an editor shows: see language-schema. */

/** What every binary has; the builder's own keys come to it. */
export const binaryShape = {
  builder: inlineString.meta({
    description: "How the program is made",
    expected: 'the name of a builder, e.g. "make"',
  }),
  source: inlineString
    .optional()
    .meta({ description: "The folder of its sources, relative to this file", default: "." }),
  inputs: texts.optional().meta({
    description:
      "Globs of what the build sees, from source; ! leaves out. Default: the builder's, else everything",
    examples: [["**/*.c", "!test/**"]],
  }),
  output: inlineString
    .optional()
    .describe("Where the build leaves the program, from source; default: the builder knows"),
  environ: buildEnviron.optional().describe("Variables of the build"),
  tools: texts.optional().meta({
    description:
      "Programs that the build runs beside those of its builder: each must be there, and its version counts",
    examples: [["python3"]],
  }),
  static: z
    .boolean()
    .meta({ expected: "true or false" })
    .optional()
    .meta({ description: "Whether it is linked statically, where the language allows", default: true }),
  timeout: duration
    .refine((ns) => ns > 0, must("longer than nothing"))
    .optional()
    .meta({ description: "How long the build may take", default: "1800s" }),
};

const command = (what: string, ...examples: readonly string[]) =>
  inlineString.optional().meta({ description: what, ...(examples.length > 0 && { examples }) });

export const toolchainShape = {
  cc: command("The C compiler, with arguments if need be", "clang --target=aarch64-linux-gnu"),
  cxx: command("The C++ compiler, with arguments if need be"),
  ar: command("What makes archives"),
  ranlib: command("What makes an archive's index"),
  strip: command("What removes symbols"),
  triple: command("What compilers call the platform", "aarch64-linux-gnu"),
};
