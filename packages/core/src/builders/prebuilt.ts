import { z } from "zod";
import { inlineString } from "../phases/2-resolve/schema-values.js";
import { platformTexts } from "../values/platform.js";
import type { Builder } from "./builder.js";

const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "must be a sha256: 64 digits and letters a to f")
  .meta({ expected: "a sha256 in quotes" });
const file = z
  .union([inlineString, z.strictObject({ file: inlineString, sha256: sha256.optional() })])
  .meta({ expected: "a file, or a table with its file and its sha256" });

/** A program that is there already, a file for each platform. */
export const prebuilt: Builder = {
  keys: {
    files: z
      .record(z.string().meta({ written: { enum: platformTexts } }), file)
      .meta({ expected: 'a table, e.g. files."linux/amd64" = "probe-amd64"' })
      .describe("By platform: the file, from source, or { file, sha256 }"),
  },
  plan: () => ({ refused: "not written yet", hint: "wait" }),
};
