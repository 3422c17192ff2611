import type { Origin, Related } from "../../diagnostics/diagnostic.js";
import { nearest } from "../../diagnostics/near.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import type { Renderable, TemplateProblem } from "../../template/engine.js";
import { coreNumber, type InlineStrings } from "../../template/inline-strings.js";
import type { Narrowing } from "../2-resolve/entity-origin.js";

type Path = readonly (string | number)[];

/** What a string is expanded in: the values, and how to find its place. */
export interface Scope {
  readonly values: Readonly<Record<string, unknown>>;
  /** For messages: `node "r0"`. */
  readonly label: string;
  locate(path: Path, narrowing?: Narrowing): Origin;
  /** Who made the value of a name, where it was a plugin. */
  madeBy(name: string): Related | undefined;
}

/** Expands inline strings, reporting what they name wrongly at its place inside the string. */
export class Expander {
  readonly #inline: InlineStrings;
  readonly #reporter: Reporter;

  constructor(inline: InlineStrings, reporter: Reporter) {
    this.#inline = inline;
    this.#reporter = reporter;
  }

  list(texts: readonly string[], path: Path, scope: Scope): readonly string[] {
    return texts.map((text, index) => this.text(text, [...path, index], scope));
  }

  /** The expanded text; the text itself where something was reported. */
  text(text: string, path: Path, scope: Scope): string {
    return this.expanded(text, path, scope) ?? text;
  }

  /** The expanded text; undefined where something was reported. */
  expanded(text: string, path: Path, scope: Scope): string | undefined {
    const at = ({ offset, length }: { offset: number; length: number }) =>
      scope.locate(path, { target: "value", offset, length });
    const compiled = this.#inline.compile(text);
    if (!compiled.ok) {
      reportProblem("render/template-syntax", compiled.problem, at(compiled.problem), this.#reporter);
      return undefined;
    }
    if (!reportUndeclared(compiled.template, scope, at, this.#reporter)) return undefined;
    const rendered = compiled.template.render(scope.values);
    if (!rendered.ok) {
      const { problem } = rendered;
      reportFailed(problem, compiled.template, scope, at(problem), this.#reporter);
      return undefined;
    }
    if (rendered.text.includes("\0")) {
      this.#reporter.report("render/unprintable", {
        message: `a string of ${scope.label} expands to one with a NUL character`,
        at: scope.locate(path, { target: "value" }),
        hint: "no command, path or variable can hold a NUL; remove it from the data that the string uses",
      });
      return undefined;
    }
    return rendered.text;
  }
}

/** Reports every name that is not declared; whether there was none. */
export function reportUndeclared(
  template: Renderable,
  scope: Scope,
  at: (span: { offset: number; length: number; line: number; column: number }) => Origin,
  reporter: Reporter,
): boolean {
  let declared = true;
  for (const use of template.names) {
    if (Object.hasOwn(scope.values, use.name)) continue;
    declared = false;
    reporter.report("render/undeclared-name", {
      message: `"${use.name}" is not declared`,
      at: at(use),
      hint: undeclaredHint(use.name, scope.values),
    });
  }
  return declared;
}

function undeclaredHint(name: string, values: Scope["values"]): string {
  if (coreNumber(name) !== undefined)
    return "core_<n> can be named in a process (pinned) only, which then gets that core";
  if (name === "bin")
    return "programs cannot be built into a bundle yet; name a program that is on the phynode";
  if (hasKey(values.data, name)) return `a key of your own is written with data before it: data.${name}`;
  if (hasKey(values.param, name)) return `a parameter is written with param before it: param.${name}`;
  const known = Object.keys(values).sort();
  const near = nearest(name, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  return `declared are: ${known.join(", ")}; your own keys of a node are data.KEY, params are param.NAME`;
}

function hasKey(table: unknown, key: string): boolean {
  return typeof table === "object" && table !== null && Object.hasOwn(table, key);
}

export function reportProblem(
  code: "render/template-syntax" | "render/template-failed",
  { message, hint }: TemplateProblem,
  at: Origin,
  reporter: Reporter,
  related: readonly Related[] = [],
): void {
  reporter.report(code, { message, at, related, ...(hint !== undefined && { hint }) });
}

/** What went wrong while a template was rendered; values in it that plugins made are named, since they may be the fault. */
export function reportFailed(
  problem: TemplateProblem,
  { names }: Renderable,
  { label, madeBy }: Scope,
  at: Origin,
  reporter: Reporter,
): void {
  const { message, offset, length } = problem;
  const here = names.filter((use) => use.offset >= offset && use.offset < offset + Math.max(length, 1));
  // Where the place says nothing, any name of the template may be what is wrong.
  const used = new Set((here.length > 0 ? here : names).map((use) => use.name));
  const notes = [...used].flatMap((name) => madeBy(name) ?? []);
  reportProblem(
    "render/template-failed",
    { ...problem, message: `${label}: ${message}` },
    at,
    reporter,
    notes,
  );
}
