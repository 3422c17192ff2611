import { z } from "zod";
import { must } from "../phases/1-parse/expectation.js";
import { inlineString } from "../phases/2-resolve/schema-values.js";
import type { Binary } from "../phases/2-resolve/topology.js";
import { escapeGlob } from "../values/escape-glob.js";
import { type Platform, parsePlatform, platformTexts } from "../values/platform.js";
import type { Builder, BuildRefusal, BuildRequest, Recipe } from "./builder.js";
import { refuseOutput } from "./refuse-output.js";

const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, must("a sha256: 64 digits and small letters a to f"))
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
  inputs: (binary, platform) => {
    const path = fileFor(binary, platform)?.file;
    return path === undefined ? ["**"] : [escapeGlob(path)];
  },
  plan,
};

export interface PrebuiltFile {
  readonly key: string;
  readonly file: string;
  readonly sha256?: string;
}

/** The file of a platform, by whichever of its texts. */
export function fileFor({ options }: Binary, { text }: Platform): PrebuiltFile | undefined {
  const files = options.files as Readonly<Record<string, string | Omit<PrebuiltFile, "key">>>;
  for (const key of Object.keys(files).sort()) {
    const platform = parsePlatform(key);
    if (!platform.ok || platform.value.text !== text) continue;
    const given = files[key] as string | Omit<PrebuiltFile, "key">;
    const { file: path, ...rest } = typeof given === "string" ? { file: given } : given;
    return { key, file: path.replace(/^(\.\/)+/, ""), ...rest };
  }
  return undefined;
}

function plan({ binary, target, files }: BuildRequest): Recipe | BuildRefusal {
  const refusal = refuseOutput(binary);
  if (refusal !== undefined) return refusal;
  const { platform } = target;
  const found = fileFor(binary, platform);
  if (found === undefined)
    return {
      refused: `there is no file for ${platform.text}`,
      hint: `add files."${platform.text}", or let a builder make it from its sources`,
      path: ["files"],
    };
  if (!files.includes(found.file))
    return {
      refused: `there is no file ${found.file} in ${binary.source}`,
      hint: "the files are paths from source",
      path: ["files", found.key],
    };
  const { sha256: known } = found;
  return { commands: [], output: found.file, needs: [], ...(known !== undefined && { sha256: known }) };
}
