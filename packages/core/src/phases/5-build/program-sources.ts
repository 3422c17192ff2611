import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { isAbsolute, posix, resolve } from "node:path";
import type { ProgramSources } from "./binaries.js";
import { fileDigest } from "./file-digest.js";
import type { Reads } from "./files-read.js";
import type { BuildPlan } from "./plan-builds.js";

/**
 * What a program was made from: its inputs, and what a command in place has read beside them. Files of the system, which
 * are recorded by absolute paths, are no sources.
 */
export async function programSources(plan: BuildPlan, reads: Reads | undefined): Promise<ProgramSources> {
  const { binary, inputs, sources, realSource = "/" } = plan;
  const known = new Map(inputs.map(({ path, sha256 }) => [path, sha256]));
  const more = reads?.files.filter((path) => !known.has(path) && !isAbsolute(path)) ?? [];
  if (more.length === 0) return sources;
  let isPrivate = sources.isPrivate === true;
  for (const path of more) {
    const file = resolve(realSource, path);
    try {
      known.set(path, (await fileDigest(file)).sha256);
      isPrivate ||= ((await stat(file)).mode & 0o004) === 0;
    } catch {
      // It has been removed since it was read.
    }
  }
  const lines = [...known.keys()].sort().map((path) => `${known.get(path)}  ${path}\n`);
  const ways = more.map((path) => posix.join(binary.source, path));
  const outside = ways.filter((way) => way.startsWith("../") || isAbsolute(way));
  return {
    folder: sources.folder,
    files: known.size,
    sha256: createHash("sha256").update(lines.join("")).digest("hex"),
    outside: [...new Set([...sources.outside, ...outside])].sort(),
    ...(isPrivate && { isPrivate }),
  };
}
