import type { Origin, Related } from "../../diagnostics/diagnostic.js";
import { nearest } from "../../diagnostics/near.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import type { Renderable, TemplateProblem, TemplateSpan } from "../../template/engine.js";
import type { EtaTemplate } from "../../template/eta/template.js";
import { coreNumber, type InlineStrings } from "../../template/inline-strings.js";
import type { Narrowing } from "../2-resolve/entity-origin.js";
import { unknownProgram } from "./programs.js";

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
    const template = this.compiled(text, path, scope);
    if (template === undefined) return undefined;
    const rendered = template.render(scope.values);
    if (!rendered.ok) {
      const { problem } = rendered;
      reportFailed(problem, template, scope, placeIn(path, scope)(problem), this.#reporter);
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

  /** The text as a template that names nothing but what the scope has; undefined where something was reported. */
  compiled(text: string, path: Path, scope: Scope): EtaTemplate | undefined {
    const at = placeIn(path, scope);
    const compiled = this.#inline.compile(text);
    if (!compiled.ok) {
      reportProblem("render/template-syntax", compiled.problem, at(compiled.problem), this.#reporter);
      return undefined;
    }
    return reportUndeclared(compiled.template, scope, at, this.#reporter) ? compiled.template : undefined;
  }
}

/** The places in the string at `path`. */
function placeIn(path: Path, scope: Scope) {
  return ({ offset, length }: Pick<TemplateSpan, "offset" | "length">) =>
    scope.locate(path, { target: "value", offset, length });
}

/** Reports every name, and every program, that is not declared; whether there was none. */
export function reportUndeclared(
  template: Renderable,
  scope: Scope,
  at: (span: TemplateSpan) => Origin,
  reporter: Reporter,
): boolean {
  let declared = true;
  /** Before it all belongs to a program's name. */
  let programEnd = 0;
  for (const use of template.names) {
    if (use.offset < programEnd) continue;
    if (!Object.hasOwn(scope.values, use.name)) {
      declared = false;
      reporter.report("render/undeclared-name", {
        message: `"${use.name}" is not declared`,
        at: at(use),
        hint: undeclaredHint(use.name, scope.values),
      });
    } else if (use.name === "bin") {
      const unknown = unknownProgram(use, Object.keys(Object(scope.values.bin)));
      if (unknown === undefined) continue;
      declared = false;
      programEnd = unknown.end;
      const { place, message, hint } = unknown;
      const by = scope.madeBy(use.name);
      const related = by === undefined ? [] : [by];
      reporter.report("render/unknown-binary", { message, at: at(place), related, hint });
    }
  }
  return declared;
}

function undeclaredHint(name: string, values: Scope["values"]): string {
  if (coreNumber(name) !== undefined)
    return "core_<n> can be named in a process (pinned) only, which then gets that core";
  if (name === "bin") return "each program is built by itself and cannot use another one";
  if (hasKey(values.data, name)) return `a key of your own is written with data before it: data.${name}`;
  if (hasKey(values.param, name)) return `a parameter is written with param before it: param.${name}`;
  const known = Object.keys(values).sort();
  const near = nearest(name, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  const own = Object.hasOwn(values, "data") ? "your own keys of a node are data.KEY, " : "";
  return `declared are: ${known.join(", ")}; ${own}params are param.NAME`;
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
