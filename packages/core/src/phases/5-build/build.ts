/**
 * Phase 5. In: the rendering. Out: with it, the programs that its nodes use, for the platform where each sits.
 * Holds on exit: each was built from its inputs as they are, and its file is a program for that platform.
 * Plugins bring ways to build (`builders`) and may check (`binariesCheck`).
 */
import type { Context } from "../../context.js";
import type { Rendering } from "../4-render/rendering.js";
import type { Binaries } from "./binaries.js";
import { makePrograms } from "./make-programs.js";
import { planBuilds } from "./plan-builds.js";

export async function build(rendering: Rendering, context: Context): Promise<Binaries | undefined> {
  const { reporter, hooks, workshop } = context;
  const plans = await planBuilds(rendering, context);
  if (reporter.errorCount > 0 || workshop.mode === "plan") return undefined;
  const builds = await makePrograms(plans, context);
  if (reporter.errorCount > 0) return undefined;
  const binaries: Binaries = { rendering, builds };
  await hooks.check("binariesCheck", binaries);
  return binaries;
}
