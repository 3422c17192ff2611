import { availableParallelism } from "node:os";
import type { Context } from "../../context.js";
import type { Build, Program } from "./binaries.js";
import { buildKey } from "./build-key.js";
import type { BuildProblem } from "./build-problem.js";
import { type Builds, buildProgram, keepProgram, takeProgram } from "./build-program.js";
import { buildTwice } from "./build-twice.js";
import type { BuildPlan } from "./plan-builds.js";
import { reportProblems } from "./report-problems.js";

/** What became of a plan; nothing where programs are only looked up. */
type Outcome = { readonly program: Program } | { readonly problem: BuildProblem } | undefined;

/**
 * Takes each program from the cache, or builds it, in parallel. What fails is reported when all the others are built: they
 * are kept, and the user hears of everything at once, and of the same every time.
 */
export async function makePrograms(
  plans: readonly BuildPlan[],
  context: Context,
): Promise<readonly Build[]> {
  if (plans.length === 0) return [];
  const { workshop, files, signal, reporter } = context;
  const cache = await workshop.cache();
  // Nodes of many phynodes may have one program, and a lab two names for the same.
  const keys = plans.map(buildKey);
  const outcomes = new Map<string, Outcome>();
  const missing: BuildPlan[] = [];
  for (const [key, plan] of new Map(plans.map((plan) => [buildKey(plan), plan]))) {
    const program = workshop.mode === "build twice" ? undefined : await takeProgram(plan, cache);
    if (program !== undefined) outcomes.set(key, { program });
    else if (workshop.mode !== "look up") missing.push(plan);
  }
  const cores = availableParallelism();
  const atOnce = Math.min(cores, missing.length);
  const builds = { cache, files, signal, jobs: Math.max(1, Math.floor(cores / Math.max(1, atOnce))) };
  const make = workshop.mode === "build twice" ? buildTwice : buildOnce;
  await inParallel(missing, atOnce, context, async (plan) => {
    outcomes.set(buildKey(plan), await make(plan, builds));
  });
  reportProblems(plans.map((plan, index) => ({ plan, outcome: outcomes.get(keys[index] ?? "") })), reporter);
  return plans.map((plan, index) => buildOf(plan, outcomes.get(keys[index] ?? "")));
}

async function buildOnce(plan: BuildPlan, builds: Builds): Promise<NonNullable<Outcome>> {
  const made = await buildProgram(plan, builds);
  return "code" in made ? { problem: made } : { program: await keepProgram(plan, made, builds.cache) };
}
