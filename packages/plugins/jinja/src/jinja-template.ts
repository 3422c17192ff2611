import { posix } from "node:path";
import type { Renderable, RenderResult, TemplateFile, TemplateProblem } from "@dune/core";
import type { Bad, Outcome } from "./environment.js";
import { explain } from "./explain.js";
import { candidates, emptyTemplate, templateName } from "./file-names.js";
import type { Library } from "./library.js";
import { problemOf } from "./problem.js";
import { type SourceFile, spanIn } from "./source-map.js";

type Values = Readonly<Record<string, unknown>>;

/** A file that the template uses, met while it was rendered. */
interface Wanted {
  readonly path: string;
  readonly isPart: boolean;
  /** The file that names it. */
  readonly from: string;
}

/** An exact place costs a print of all values near it, which may be the whole lab. What fails more often is told as before. */
const mostExactProblems = 10;

/** A template of the topology. */
export class JinjaTemplate implements Renderable {
  /** Which names come from outside only rendering tells: Jinja may ask whether one is defined. */
  readonly names = [];
  readonly #file: SourceFile;
  readonly #include: TemplateFile["include"];
  readonly #library: Library;
  /**
   * Whether each file that it names is there. Asked for each template anew, also where another has included the file
   * already: a private file makes all that it gets into private.
   */
  readonly #exists = new Map<string, boolean>();
  readonly #wanted = new Map<string, Wanted>();
  #problems = 0;
  /** What was told, by what minijinja says without looking closer. */
  readonly #told = new Map<string, TemplateProblem>();
  /** Why there is no use in rendering it once more. */
  #hopeless: TemplateProblem | undefined;

  constructor(text: string, { path, include }: TemplateFile, library: Library) {
    this.#file = { path: posix.normalize(path), text };
    this.#include = include;
    this.#library = library;
  }

  /** Says what is wrong with its syntax. */
  add(): TemplateProblem | undefined {
    return this.#add(this.#file, false);
  }

  /** Renders until no file is missing: minijinja cannot wait for one, and names of files may be computed. */
  async render(values: Values): Promise<RenderResult> {
    while (this.#hopeless === undefined) {
      this.#wanted.clear();
      const outcome = this.#attempt(values);
      if (this.#wanted.size === 0) {
        return outcome.ok ? { ok: true, text: outcome.value } : this.#failed(outcome, values);
      }
      for (const [index, wanted] of [...this.#wanted.values()].entries()) {
        const problem = await this.#load(wanted);
        // Those after the first may be wanted only because the first was empty: they have to be wanted again.
        if (problem !== undefined && index === 0) return { ok: false, problem };
      }
    }
    return { ok: false, problem: this.#hopeless };
  }

  #attempt(values: Values): Outcome<string> {
    const isExact = this.#problems < mostExactProblems;
    return this.#library.render(this.#name, values, this.#find, isExact);
  }

  #failed(bad: Bad, values: Values): RenderResult {
    const key = "failure" in bad ? `${bad.failure.template}:${bad.failure.line}:${bad.failure.kind}` : "";
    let problem = this.#problems < mostExactProblems ? undefined : this.#told.get(key);
    if (problem === undefined) {
      const attempt = { library: this.#library, values, render: () => this.#attempt(values) };
      const explained = explain(bad, attempt);
      problem = this.#own(explained.problem);
      this.#told.set(key, problem);
      if (explained.isHopeless) this.#hopeless = problem;
    }
    this.#problems++;
    return { ok: false, problem };
  }

  get #name(): string {
    return templateName(this.#file.path, false);
  }

  /**
   * What minijinja is to look for where a template names a file, or a list of which it takes the first that is there.
   * What is to be included and is not loaded is empty for now, so that one rendering meets all such files.
   */
  readonly #find = (name: unknown, from: unknown, isPart: unknown): unknown => {
    const names = Array.isArray(name) ? name : [name];
    for (const each of names) {
      if (typeof each !== "string") return name;
      for (const path of candidates(each, String(from))) {
        const wanted = { path, isPart: isPart === true, from: String(from) };
        const template = templateName(path, wanted.isPart);
        const exists = this.#exists.get(path);
        if (exists === false) continue;
        if (exists && this.#library.environment.has(template)) return template;
        if (!this.#wanted.has(template)) this.#wanted.set(template, wanted);
        return wanted.isPart ? emptyTemplate : name;
      }
    }
    return name;
  };

  async #load({ path, isPart, from }: Wanted): Promise<TemplateProblem | undefined> {
    let text: string | undefined;
    try {
      text = await this.#include(path);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const start = spanIn(this.#file, 0, 0);
      return this.#own({ file: from, message: `the file ${path} cannot be read: ${reason}`, ...start });
    }
    this.#exists.set(path, text !== undefined);
    if (text === undefined || this.#library.environment.has(templateName(path, isPart))) return undefined;
    return this.#add({ path, text }, isPart);
  }

  #add(file: SourceFile, isPart: boolean): TemplateProblem | undefined {
    const added = this.#library.add(file, isPart);
    return added.ok ? undefined : this.#own(problemOf(added, { sources: this.#library.sources, values: {} }));
  }

  /** A problem in the template's own file needs no name of it. */
  #own({ file, ...problem }: TemplateProblem): TemplateProblem {
    return file === undefined || file === this.#file.path ? problem : { file, ...problem };
  }
}
