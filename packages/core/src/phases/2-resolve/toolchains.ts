import { z } from "zod";
import type { Reporter } from "../../diagnostics/reporter.js";
import { type Platform, parsePlatform } from "../../values/platform.js";
import { type Locate, readEntity } from "../1-parse/read-entity.js";
import type { Fragment } from "./fragment.js";
import type { Fragments } from "./fragments.js";
import { merge, originOf } from "./merge.js";
import { toolchainShape } from "./schema-binary.js";
import type { Toolchain } from "./topology.js";
import { onUnsetNothing } from "./unset.js";

const schema = z.strictObject(toolchainShape);

/** What programs are made with where it is not the default, sorted by platform. */
export function resolveToolchains(
  declared: Fragments["toolchains"],
  reporter: Reporter,
): readonly Toolchain[] {
  /** By platform, how it is written and where. */
  const seen = new Map<string, { readonly written: string; readonly fragments: readonly Fragment[] }>();
  const toolchains: Toolchain[] = [];
  for (const written of [...declared.keys()].sort()) {
    const fragments = declared.get(written) ?? [];
    const at = originOf(fragments, [], "key");
    const platform = parsePlatform(written);
    if (!platform.ok) {
      const { message, hint } = platform;
      reporter.report("resolve/bad-value", { message, at, ...(hint && { hint }) });
      continue;
    }
    const { text } = platform.value;
    const other = seen.get(text);
    if (other !== undefined) {
      reporter.report("resolve/bad-value", {
        message: `the toolchains "${other.written}" and "${written}" are for one platform, ${text}`,
        at,
        related: [{ message: "the other one", at: originOf(other.fragments, [], "key") }],
        hint: `keep one of them: [toolchains."${text}"]`,
      });
      continue;
    }
    seen.set(text, { written, fragments });
    const toolchain = resolveToolchain(platform.value, fragments, reporter);
    if (toolchain !== undefined) toolchains.push(toolchain);
  }
  return toolchains.sort((a, b) => (a.platform.text < b.platform.text ? -1 : 1));
}

function resolveToolchain(
  platform: Platform,
  fragments: readonly Fragment[],
  reporter: Reporter,
): Toolchain | undefined {
  const label = `toolchain "${platform.text}"`;
  const locate: Locate = (path, target) => originOf(fragments, path, target);
  const table = merge(fragments, onUnsetNothing(label, reporter));
  const given = readEntity(schema, table, { label, locate }, reporter);
  if (given === undefined) return undefined;
  const { triple, cc, cxx, ar, ranlib, strip } = given;
  return {
    platform,
    fragments,
    ...(triple !== undefined && { triple }),
    ...(cc !== undefined && { cc }),
    ...(cxx !== undefined && { cxx }),
    ...(ar !== undefined && { ar }),
    ...(ranlib !== undefined && { ranlib }),
    ...(strip !== undefined && { strip }),
  };
}
