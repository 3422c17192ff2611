import type { Reporter } from "../../diagnostics/reporter.js";
import { originIn } from "../2-resolve/entity-origin.js";
import type { BuildProblem } from "./build-problem.js";
import type { Outcome } from "./build-program.js";
import type { BuildPlan } from "./plan-builds.js";

interface Failure {
  readonly plan: BuildPlan;
  readonly problem: BuildProblem;
}

/** Reports what failed, in the order of the plans; what failed in the same way for several platforms as one. */
export function reportProblems(
  outcomes: ReadonlyMap<BuildPlan, Outcome>,
  plans: readonly BuildPlan[],
  reporter: Reporter,
): void {
  const failures = new Map<string, Failure[]>();
  for (const plan of plans) {
    const outcome = outcomes.get(plan);
    if (outcome === undefined || !("problem" in outcome)) continue;
    const key = `${plan.binary.name} ${outcome.problem.code}`;
    failures.set(key, [...(failures.get(key) ?? []), { plan, problem: outcome.problem }]);
  }
  for (const alike of failures.values()) report(alike, reporter);
}

function report(failures: readonly Failure[], reporter: Reporter): void {
  const [first] = failures;
  if (first === undefined) return;
  const { problem, plan } = first;
  const logs = failures.flatMap(({ problem: { log = [] } }) => log);
  const all = logs.length === 0 ? "" : `; all that it said is in ${logs.join(" and ")}`;
  reporter.report(problem.code, {
    message: `binary "${plan.binary.name}" ${sentences(failures).join("; ")}`,
    at: placeOf(plan, problem),
    hint: `${problem.hint}${all}`,
    ...(problem.output !== undefined && { output: problem.output }),
  });
}

/** Each message once, with the platforms that it is for. */
function sentences(failures: readonly Failure[]): readonly string[] {
  const platforms = new Map<string, string[]>();
  for (const { plan, problem } of failures)
    platforms.set(problem.message, [...(platforms.get(problem.message) ?? []), plan.platform.text]);
  return [...platforms].map(([message, names]) => message.replace("{for}", `for ${names.join(" and ")}`));
}

function placeOf({ binary }: BuildPlan, { path }: BuildProblem) {
  return originIn(binary, path ?? [], path === undefined ? { target: "key" } : {});
}
