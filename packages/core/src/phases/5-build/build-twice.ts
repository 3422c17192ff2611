import type { BuildProblem } from "./build-problem.js";
import { type Builds, buildProgram, keepProgram, type Outcome, takeProgram } from "./build-program.js";
import { differenceOf } from "./compare-programs.js";
import type { BuildPlan } from "./plan-builds.js";

/**
 * Builds a program in two folders, whose paths are not of the same length, and compares; then with what the cache has. A
 * command in place runs in the same folder both times.
 */
export async function buildTwice(plan: BuildPlan, builds: Builds): Promise<Outcome> {
  const kept = await takeProgram(plan, builds.cache);
  const first = await buildProgram(plan, builds);
  if ("code" in first) return { problem: first };
  const second = await buildProgram(plan, builds, "again-in-a-longer-path");
  if ("code" in second) return { problem: second };
  const difference = await differenceOf(first.file, second.file);
  if (difference !== undefined) return { problem: differs(difference) };
  const since = kept && (await differenceOf(first.file, kept.program.file));
  if (since !== undefined) return { problem: differsFromCache(since) };
  return keepProgram(plan, first, builds.cache);
}

const hint =
  "something of the build is in the program that is no input: a path ({{src}} is what to map away), the time, a random number, the order of files";

function differs(difference: string): BuildProblem {
  return {
    code: "build/not-reproducible",
    message: `is another one each time that it is built {for}: two builds differ ${difference}`,
    hint,
  };
}

function differsFromCache(difference: string): BuildProblem {
  return {
    code: "build/not-reproducible",
    message: `is the same twice now {for}, but not what the cache has of the same sources: it differs ${difference}`,
    hint: `most likely it is made of a file or a tool that was not declared (inputs, tools), and that has changed since; or else ${hint}; "dune cache prune --all" empties the cache`,
  };
}
