import { z } from "zod";
import { largestId, ownerPattern, parseOwner } from "../../values/owner.js";
import { must } from "../1-parse/expectation.js";
import { inlineString, unit } from "./schema-values.js";

/* What a user writes of files and folders on a phynode. */

const permissionBits = 'permission bits in octal as text, e.g. "644"';
const mode = z
  .string()
  .regex(/^0?[0-7]{3}$/, must(permissionBits))
  .meta({ expected: permissionBits })
  .transform((value) => Number.parseInt(value, 8));
const owner = unit(parseOwner, 'a user, or a user and a group, e.g. "frr:frr"', "resolve/bad-value", {
  type: ["string", "integer"],
  pattern: ownerPattern,
  minimum: 0,
  maximum: largestId,
  examples: ["frr", "frr:frr"],
});
const access = {
  mode: mode.optional().meta({
    description: "Permission bits in octal as text",
    examples: ["644", "600", "755"],
  }),
  owner: owner
    .optional()
    .describe("A user, or a user and a group, by name or number; default: who brings the lab up"),
};
const path = inlineString.describe("The path on the phynode");

export const bind = z.strictObject({
  src: inlineString.describe("The file, relative to this one"),
  dst: path,
  exec: z.boolean().optional().meta({ description: "Whether it can be run: mode 755", default: false }),
  ...access,
});

export const destination = z
  .union([
    inlineString.transform((dst) => ({ dst, mode: undefined, owner: undefined })),
    z.strictObject({ dst: path, ...access }),
  ])
  .meta({ expected: 'the path on the phynode, or { dst = "…", mode = "600" }' });

export const privateFolder = z
  .union([
    inlineString.transform((path) => ({ path, mode: undefined, owner: undefined })),
    z.strictObject({ path, ...access }),
  ])
  .meta({ expected: 'the path of a folder, or { path = "…", owner = "frr:frr", mode = "750" }' });
