import { z } from "zod";
import { parseOwner } from "../../values/owner.js";
import { must } from "../1-parse/expectation.js";
import { inlineString, unit } from "./schema-values.js";

/* What a user writes of files and folders on a phynode. */

const permissionBits = 'permission bits in octal as text, e.g. "644"';
const mode = z
  .string()
  .regex(/^0?[0-7]{3}$/, must(permissionBits))
  .meta({ expected: permissionBits })
  .transform((value) => Number.parseInt(value, 8));
const owner = unit(parseOwner, 'a user, or a user and a group, e.g. "frr:frr"', "resolve/bad-value");
const access = { mode: mode.optional(), owner: owner.optional() };

export const bind = z.strictObject({
  src: inlineString,
  dst: inlineString,
  exec: z.boolean().optional(),
  ...access,
});

export const destination = z
  .union([
    inlineString.transform((dst) => ({ dst, mode: undefined, owner: undefined })),
    z.strictObject({ dst: inlineString, ...access }),
  ])
  .meta({ expected: 'the path on the phynode, or { dst = "…", mode = "600" }' });

export const privateFolder = z
  .union([
    inlineString.transform((path) => ({ path, mode: undefined, owner: undefined })),
    z.strictObject({ path: inlineString, ...access }),
  ])
  .meta({ expected: 'the path of a folder, or { path = "…", owner = "frr:frr", mode = "750" }' });
