import { availableParallelism } from "node:os";
import type { Context } from "../../context.js";
import type { Build } from "./binaries.js";
import { type Builds, buildProgram, keepProgram, type Outcome, takeProgram } from "./build-program.js";
import { buildTwice } from "./build-twice.js";
import { inParallel } from "./in-parallel.js";
import { type BuildPlan, programText } from "./plan-builds.js";
import { reportProblems } from "./report-problems.js";

/**
 * Takes each program from the cache, or builds it, in parallel. What fails is reported when all the others are built: they
 * are kept, and the user hears of everything at once, and of the same every time.
 */
export async function makePrograms(plans: readonly BuildPlan[], context: Context): Promise<readonly Build[]> {
  if (plans.length === 0) return [];
  const { mode } = context.workshop;
  const cache = await context.workshop.cache();
  const outcomes = new Map<BuildPlan, Outcome>();
  if (mode !== "build twice") {
    for (const plan of plans) {
      context.signal.throwIfAborted();
      const made = await takeProgram(plan, cache);
      if (made !== undefined) outcomes.set(plan, made);
    }
  }
  const missing = mode === "look up" ? [] : plans.filter((plan) => !outcomes.has(plan));
  const made = await buildAll(missing, context);
  for (const [index, plan] of missing.entries()) outcomes.set(plan, made[index] as Outcome);
  reportProblems(outcomes, plans, context.reporter);
  const fresh = new Set(missing);
  return plans.map((plan) => buildOf(plan, outcomes.get(plan), fresh.has(plan)));
}

/** In the order of the plans. */
async function buildAll(
  plans: readonly BuildPlan[],
  { workshop, files, signal, progress }: Context,
): Promise<readonly Outcome[]> {
  const cores = availableParallelism();
  const atOnce = Math.max(1, Math.min(cores, plans.length));
  const cache = await workshop.cache();
  const build = workshop.mode === "build twice" ? buildTwice : buildOnce;
  const running = new Set<BuildPlan>();
  let done = 0;
  const show = () => {
    const [first] = running;
    progress(done, plans.length, first && programText(first));
  };
  return inParallel(plans, { atOnce, signal }, async (plan, ending) => {
    running.add(plan);
    show();
    const outcome = await build(plan, { cache, files, signal: ending, jobs: Math.floor(cores / atOnce) });
    running.delete(plan);
    done++;
    show();
    return outcome;
  });
}

async function buildOnce(plan: BuildPlan, builds: Builds): Promise<Outcome> {
  const made = await buildProgram(plan, builds);
  return "code" in made ? { problem: made } : keepProgram(plan, made, builds.cache);
}

function buildOf(plan: BuildPlan, outcome: Outcome | undefined, isFresh: boolean): Build {
  const { binary, platform, phynodes, nodes, recipe, environ, tools } = plan;
  const made = outcome && "program" in outcome ? outcome : undefined;
  return {
    binary,
    platform,
    phynodes,
    nodes,
    sources: made?.sources ?? plan.sources,
    commands: recipe.commands,
    environ,
    tools: tools.map(({ name, version }) => ({ name, version })),
    ...(made && { program: made.program }),
    isFresh,
  };
}
