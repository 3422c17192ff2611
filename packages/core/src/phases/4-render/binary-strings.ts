import type { Reporter } from "../../diagnostics/reporter.js";
import { createInlineStrings } from "../../template/inline-strings.js";
import { frozen } from "../../values/frozen.js";
import type { Platform } from "../../values/platform.js";
import { originIn } from "../2-resolve/entity-origin.js";
import type { Binary, Topology } from "../2-resolve/topology.js";
import { Expander, type Scope } from "./expand.js";
import { madeBy } from "./made-by.js";

type Path = readonly (string | number)[];

/** What is called `target` in the strings of a binary. */
export interface TargetNames {
  readonly platform: Platform;
  /** As compilers call it: `aarch64-linux-gnu`. */
  readonly triple: string;
  /** As `uname -m` says: `aarch64`. */
  readonly machine: string;
}

/** What of a binary is expanded. */
type Expanded = Pick<Binary, "output" | "environ" | "tools" | "options">;

/**
 * The strings of a binary, its output, its variables, its tools and all texts of its options, expanded for one target. `{{out}}` stays what it is:
 * only who runs the build knows the file. Undefined where something was reported, at its place.
 */
export function expandBinary(
  binary: Binary,
  target: TargetNames,
  topology: Topology,
  reporter: Reporter,
): Expanded | undefined {
  const expander = new Expander(createInlineStrings(), reporter);
  const scope = scopeOf(binary, topology, target);
  // Not by the reporter's count: what is wrong for two targets is counted once.
  let isRight = true;
  const expanded = changeTexts(binary, (text, path) => {
    const result = expander.expanded(text, path, scope);
    isRight &&= result !== undefined;
    return result ?? text;
  });
  return isRight ? expanded : undefined;
}

/** Reports what is wrong with the strings of all binaries whatever the target, also of those that nothing uses. */
export function checkBinaryStrings(topology: Topology, reporter: Reporter): void {
  const expander = new Expander(createInlineStrings(), reporter);
  for (const binary of topology.binaries) {
    const scope = scopeOf(binary, topology);
    changeTexts(binary, (text, path) => {
      expander.compiled(text, path, scope);
      return text;
    });
  }
}

/** Without a target, what it stands for is declared, but has no value. */
function scopeOf(binary: Binary, topology: Topology, target?: TargetNames): Scope {
  const { name: lab, params } = topology;
  const values = {
    target: target && targetValues(target),
    out: "{{out}}",
    name: binary.name,
    lab,
    param: frozen(params),
  };
  return {
    values,
    label: `binary "${binary.name}"`,
    locate: (path, narrowing) => originIn(binary, path, narrowing),
    madeBy: (name) => madeBy(name, new Map(), topology),
  };
}

function targetValues({ platform, triple, machine }: TargetNames): Readonly<Record<string, string>> {
  const { text, os, arch, libc } = platform;
  return Object.freeze({ platform: text, os, arch, libc, triple, machine });
}

type ChangeText = (text: string, path: Path) => string;

function changeTexts({ output, environ, tools, options }: Binary, change: ChangeText): Expanded {
  return {
    ...(output !== undefined && { output: change(output, ["output"]) }),
    environ: environ.map(({ name, value }) => ({ name, value: change(value, ["environ", name]) })),
    ...(tools && { tools: tools.map((tool, index) => change(tool, ["tools", index])) }),
    options: changeIn(options, [], change) as Binary["options"],
  };
}

function changeIn(value: unknown, path: Path, change: ChangeText): unknown {
  if (typeof value === "string") return change(value, path);
  if (Array.isArray(value)) return value.map((item, index) => changeIn(item, [...path, index], change));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, changeIn(inner, [...path, key], change)]);
  return Object.fromEntries(entries);
}
