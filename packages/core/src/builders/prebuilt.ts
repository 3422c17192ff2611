import { z } from "zod";
import { must } from "../phases/1-parse/expectation.js";
import { inlineString } from "../phases/2-resolve/schema-values.js";
import { parsePlatform, platformTexts } from "../values/platform.js";
import type { Builder } from "./builder.js";

const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, must("a sha256: 64 digits and letters a to f"))
  .meta({ expected: "a sha256 in quotes" });
const file = z
  .union([
    inlineString,
    z.strictObject({
      file: inlineString.describe("The file, from source"),
      sha256: sha256.optional().describe("What the file must have, in hexadecimal"),
    }),
  ])
  .meta({ expected: "a file, or a table with its file and its sha256" });

const platformName = z
  .string()
  .refine((text) => parsePlatform(text).ok, must('a platform, e.g. "linux/amd64"'))
  .meta({ written: { enum: platformTexts } });

/** A program that is there already, a file for each platform. */
export const prebuilt: Builder = {
  keys: {
    files: z
      .record(platformName, file)
      .meta({ expected: 'a table, e.g. files."linux/amd64" = "probe-amd64"' })
      .describe("By platform: the file, from source, or { file, sha256 }"),
  },
  plan: () => ({ refused: "not written yet", hint: "wait" }),
};
