import type { TemplateProblem } from "@dune/core";
import type { Bad, Outcome } from "./environment.js";
import type { Library } from "./library.js";
import { inlined } from "./prepare.js";
import { outOfSteps, problemOf } from "./problem.js";
import type { MappedSource } from "./source-map.js";

/** A rendering that failed, and how to do it again. */
export interface Attempt {
  readonly library: Library;
  readonly values: Readonly<Record<string, unknown>>;
  render(): Outcome<string>;
}

/** Deeper than files are nested for a purpose. */
const deepest = 20;

/** Finds the place of a failure, in an included file too: see `inlined`. */
export function explain(
  bad: Bad,
  attempt: Attempt,
): { readonly problem: TemplateProblem; readonly isHopeless: boolean } {
  const { library, values } = attempt;
  const { environment } = library;
  const { filterFault } = environment;
  const sources = new Map(library.sources);
  const changed = new Set<string>();
  let found = { bad, filterFault };
  for (let depth = 0; depth < deepest; depth++) {
    const next = withChild(found.bad, sources);
    if (next === undefined) break;
    changed.add(next.name);
    if (!environment.replace(next.name, { text: next.source.text, keepsNewline: true }).ok) break;
    const retried = attempt.render();
    if (retried.ok || !("failure" in retried)) break;
    sources.set(next.name, next.source);
    found = { bad: retried, filterFault: environment.filterFault };
  }
  for (const name of changed) environment.restore(name);
  const last = found.bad;
  const isHopeless = "failure" in last ? last.failure.kind === outOfSteps : last.isBroken;
  return { problem: problemOf(found.bad, { sources, values, ...found }), isHopeless };
}

/** The source that failed with the file inlined in which it failed. */
function withChild(
  bad: Bad,
  sources: ReadonlyMap<string, MappedSource>,
): { readonly name: string; readonly source: MappedSource } | undefined {
  if (!("failure" in bad)) return undefined;
  const { template: name, line, columns } = bad.failure;
  const child = includedIn(bad);
  const source = sources.get(name);
  const childSource = child === undefined ? undefined : sources.get(child);
  if (source === undefined || child === undefined || childSource === undefined) return undefined;
  const next = inlined(source, source.rangeOf(line, columns), child, childSource);
  return next && { name, source: next };
}

/** The template in which an include failed. */
function includedIn(bad: Bad): string | undefined {
  if (!("failure" in bad) || bad.failure.kind !== "could not render include") return undefined;
  return /^error in "(.*)"$/s.exec(bad.failure.detail ?? "")?.[1];
}
