import { compileFunction } from "node:vm";
import type { EngineResult, NameUse, Renderable, RenderResult, TemplateProblem } from "../engine.js";
import { analyse } from "./analyse.js";
import { joinProgram, type TemplateProgram } from "./program.js";
import { type CodePart, type Part, scanTemplate } from "./scan.js";
import { problemOfThrown } from "./thrown.js";
import { problemOfValue } from "./written-value.js";

/** A template that needs nothing but its values. */
export interface EtaTemplate extends Renderable {
  render(values: Readonly<Record<string, unknown>>): RenderResult;
}

export type EtaResult =
  | { readonly ok: true; readonly template: EtaTemplate }
  | Extract<EngineResult, { ok: false }>;

/** How the stack of an error names a place in a template. */
const frameName = "dune-template";

/**
 * Compiles a template of `{{ expression }}` and `{{% statements %}}` (see `scanTemplate` for its text). The result is
 * for one source, whatever it is called with, so that callers can keep it. Templates are code and run unconfined.
 * The language is Eta's with these tags, the code is made here: Eta's own function declares names (`layout`, `block`,
 * `output`, `options`, …) that users' values then cannot have, and its errors know a line only. A name without a value
 * is `undefined`.
 */
export function compileTemplate(source: string): EtaResult {
  if (!source.includes("{{")) {
    return { ok: true, template: { names: [], render: () => ({ ok: true, text: source }) } };
  }
  const scanned = scanTemplate(source);
  if (!scanned.ok) return scanned;
  const program = joinProgram(source, scanned.parts);
  const analysis = analyse(program);
  if (!analysis.ok) return analysis;
  const { names } = analysis;
  return { ok: true, template: { names, render: createRender(program, names) } };
}

function createRender(program: TemplateProgram, names: readonly NameUse[]): EtaTemplate["render"] {
  const parameters = [...new Set(names.map(({ name }) => name))];
  const run = compileFunction(program.text, [program.writer, ...parameters], { filename: frameName });
  return (values) => {
    const output = new Output(program.parts);
    const inputs = parameters.map((name) => (Object.hasOwn(values, name) ? values[name] : undefined));
    try {
      Reflect.apply(run, undefined, [output, ...inputs]);
    } catch (thrown) {
      output.problem ??= problemOfThrown(program, frameName, thrown);
    }
    if (output.problem !== undefined) return { ok: false, problem: output.problem };
    return { ok: true, text: output.text };
  };
}

/** What a running template writes to. */
class Output {
  text = "";
  problem: TemplateProblem | undefined;
  readonly #parts: readonly Part[];

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  /** Throws to stop the template; the problem is kept, because the template may catch what is thrown. */
  write(index: number, value: unknown): void {
    if (typeof value === "string") {
      this.text += value;
      return;
    }
    const part = this.#parts[index] as CodePart;
    this.problem ??= problemOfValue(part, value);
    if (this.problem !== undefined) throw new Error(this.problem.message);
    this.text += String(value);
  }
}
