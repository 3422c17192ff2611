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
    const { code, message, hint = "", output = "" } = outcome.problem;
    const said = [message, hint, output].map(withoutPlatform);
    const key = JSON.stringify([plan.binary.name, code, ...said]);
    failures.set(key, [...(failures.get(key) ?? []), { plan, problem: outcome.problem }]);
  }
  const told = new Set<string>();
  for (const alike of failures.values()) {
    const [{ plan, problem }] = alike as [Failure];
    const key = `${plan.binary.name} ${problem.code}`;
    report(alike as [Failure], told.has(key), reporter);
    told.add(key);
  }
}

/** What of a text is so for any platform: without its names and the prefixes of its compilers. */
function withoutPlatform(text: string): string {
  return text.replaceAll(
    /\b(x86[-_]64|aarch64|riscv64|amd64|arm64)(-linux-(gnu|musl))?(-|\/musl)?|\bmusl-/g,
    "",
  );
}

/** @param isFurther whether the program has failed in another way, too: with the same place the two would be one diagnostic */
function report(failures: readonly [Failure, ...Failure[]], isFurther: boolean, reporter: Reporter): void {
  const [{ problem, plan }] = failures;
  const at = placeOf(plan, problem);
  const logs = failures.flatMap(({ problem: { log = [] } }) => log);
  const all = logs.length === 0 ? [] : [`all that it said is in ${logs.join(" and ")}`];
  const hints = [...(problem.hint === undefined ? [] : [problem.hint]), ...all];
  reporter.report(problem.code, {
    message: `binary "${plan.binary.name}" ${sentences(failures).join("; ")}`,
    ...(isFurther ? { related: [{ message: "what was to be built", at }] } : { at }),
    ...(hints.length > 0 && { hint: hints.join("; ") }),
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
