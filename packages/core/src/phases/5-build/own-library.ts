import { readdir } from "node:fs/promises";
import type { ProgramFacts } from "./binaries.js";
import type { BuildProblem } from "./build-problem.js";
import type { BuildRoom } from "./build-room.js";

/** Why a program runs nowhere but where it was built: a library that it loads is in the folder of its build, which stays here. */
export async function ownLibraryProblem(
  facts: ProgramFacts | { readonly kind: "unfit" },
  { src }: BuildRoom,
): Promise<BuildProblem | undefined> {
  if (facts.kind !== "elf" || facts.needed.length === 0) return undefined;
  const there = new Set(
    (await readdir(src, { recursive: true, withFileTypes: true })).map(({ name }) => name),
  );
  const own = facts.needed.filter((library) => there.has(library));
  if (own.length === 0) return undefined;
  return {
    code: "build/needs-own-library",
    message: `cannot run on a server {for}: it loads ${own.join(" and ")}, which stays in the folder of the build`,
    hint: "a bundle brings the program along and no libraries: link this one statically, from an archive (.a) or its object files",
  };
}
