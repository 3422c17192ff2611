import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import type { BuildRoom } from "./build-room.js";
import { prerequisitesOf } from "./make-rules.js";
import type { BuildPlan } from "./plan-builds.js";

/**
 * What compilers name when they read it. Of other inputs (a linker's script, a tsconfig.json) nobody knows whether they
 * were read: they always count.
 */
const named = {
  make: /\.(c|cc|cpp|cxx|h|hh|hpp|hxx|inc|S)$/,
  esbuild: /(^|\/)(?!package\.json$|[jt]sconfig[^/]*\.json$)[^/]*\.([cm]?[jt]s|[jt]sx|json)$/,
} as const;

/**
 * The files that a build has read, sorted: inputs by their path from `source`, others of this machine by their absolute
 * one. Undefined where the build does not say it after all.
 * @param ranIn the folder that its commands have run in
 */
export async function filesRead(
  plan: BuildPlan,
  room: BuildRoom,
  ranIn: string,
): Promise<readonly string[] | undefined> {
  const { reads } = plan.recipe;
  if (reads === undefined) return undefined;
  const { default: glob } = await import("fast-glob");
  const records = await glob(reads.files, { cwd: room.src, dot: true, absolute: true });
  const lists = await Promise.all(
    records.map(async (record) => pathsIn(await readFile(record, "utf8"), reads.format)),
  );
  if (lists.length === 0 || lists.includes(undefined)) return undefined;
  const inputs = new Set(plan.inputs.map(({ path }) => path));
  const read = new Set([...inputs].filter((path) => !named[reads.format].test(path)));
  for (const path of new Set(lists.flatMap((list) => list ?? []))) {
    const absolute = resolve(ranIn, path);
    const input = [ranIn, room.src]
      .map((folder) => relative(folder, absolute))
      .find((own) => inputs.has(own));
    // What the build itself has made follows from the rest.
    if (input !== undefined) read.add(input);
    else if (!absolute.startsWith(`${room.folder}/`)) read.add(absolute);
  }
  return [...read].sort();
}

function pathsIn(text: string, format: "make" | "esbuild"): readonly string[] | undefined {
  if (format === "make") return prerequisitesOf(text);
  try {
    const { inputs } = JSON.parse(text) as { readonly inputs: Readonly<Record<string, unknown>> };
    return Object.keys(inputs);
  } catch {
    return undefined;
  }
}
