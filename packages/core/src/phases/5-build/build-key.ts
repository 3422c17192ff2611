import { createHash } from "node:crypto";
import type { BuildPlan, InputFile } from "./plan-builds.js";

/** Part of every key: to be changed when the same plan becomes another program. */
const format = "dune-build-1";

/** Names a program by all that decides what it becomes, with the content of every input. */
export function buildKey(plan: BuildPlan): string {
  return hash(["all", planFacts(plan), plan.inputs.map(inputFacts)]);
}

/** The same, but for what is in the inputs: where a build says which of them it has read, several programs have one. */
export function namesKey(plan: BuildPlan): string {
  return hash(["names", planFacts(plan), plan.inputs.map(({ path, isExecutable }) => [path, isExecutable])]);
}

/** Names a program by what its build has read, each with its path and what is in it: a sha256, or that it is absent. */
export function readsKey(
  names: string,
  reads: readonly (readonly [path: string, content: string])[],
): string {
  return hash(["reads", names, reads]);
}

function planFacts({ binary, platform, recipe, realSource, environ, tools }: BuildPlan): unknown {
  return [
    binary.name,
    platform.text,
    recipe.commands.map(({ argv, environ: own = {}, isInPlace = false }) => [
      argv,
      sortedEntries(own),
      isInPlace,
    ]),
    recipe.output ?? null,
    // Each folder above may have what decides: it must be as many of them.
    recipe.commands.some(({ isInPlace }) => isInPlace) ? (realSource?.split("/").length ?? 0) : null,
    recipe.reads === undefined ? null : [recipe.reads.files, recipe.reads.format],
    recipe.sha256 ?? null,
    sortedEntries(environ),
    tools.map(({ name, version, sha256 }) => [name, version, sha256]),
  ];
}

function inputFacts({ path, sha256, isExecutable }: InputFile): unknown {
  return [path, sha256, isExecutable];
}

function sortedEntries(table: Readonly<Record<string, string>>): unknown {
  return Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1));
}

function hash(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify([format, value]))
    .digest("hex");
}
