import { createHash } from "node:crypto";
import type { Origin } from "../../diagnostics/diagnostic.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import { decodeUtf8, type Files } from "../../files.js";
import type { Renderable } from "../../template/engine.js";
import type { Engines } from "../../template/engines.js";
import { reportProblem } from "./expand.js";
import type { FileContent } from "./rendering.js";

/** The files of the topology's folder that are rendered or carried: each read, compiled and hashed once. */
export class Sources {
  readonly #files: Files;
  readonly #engines: Engines;
  readonly reporter: Reporter;
  readonly #templates = new Map<string, Promise<Renderable | undefined>>();
  readonly #contents = new Map<string, Promise<Carried | undefined>>();

  constructor(files: Files, engines: Engines, reporter: Reporter) {
    this.#files = files;
    this.#engines = engines;
    this.reporter = reporter;
  }

  /** The compiled template; undefined when it was reported as missing or wrong. */
  template(src: string, at: Origin): Promise<Renderable | undefined> {
    return cached(this.#templates, src, () => this.#compile(src, at));
  }

  /** A file that is carried as it is. */
  carried(src: string, at: Origin): Promise<Carried | undefined> {
    return cached(this.#contents, src, () => this.#hash(src, at));
  }

  async #compile(src: string, at: Origin): Promise<Renderable | undefined> {
    if (!(await this.#isFile(src, at))) return undefined;
    const bytes = await this.#files.read(src);
    const text = bytes && decodeUtf8(bytes);
    if (text === undefined) {
      this.reporter.report("render/not-a-file", {
        message: `the template ${src} is not UTF-8 text`,
        at,
        hint: "templates are text; carry a binary file by binds of a phynode",
      });
      return undefined;
    }
    const compiled = this.#engines.forFile(src).compile(text);
    if (compiled.ok) return compiled.template;
    const { line, column, length } = compiled.problem;
    reportProblem(
      "render/template-syntax",
      compiled.problem,
      { file: src, line, column, length },
      undefined,
      this.reporter,
    );
    return undefined;
  }

  async #hash(src: string, at: Origin): Promise<Carried | undefined> {
    const facts = await this.#isFile(src, at);
    if (!facts) return undefined;
    const hash = createHash("sha256");
    let size = 0;
    for await (const chunk of this.#files.stream(src)) {
      hash.update(chunk);
      size += chunk.length;
    }
    return { file: src, sha256: hash.digest("hex"), size };
  }

  async #isFile(src: string, at: Origin): Promise<boolean> {
    const facts = await this.#files.stat(src);
    if (facts?.kind === "file") return true;
    const missing = facts === undefined;
    this.reporter.report(missing ? "render/missing-file" : "render/not-a-file", {
      message: missing
        ? `there is no file ${src}`
        : `${src} is ${facts.kind === "folder" ? "a folder" : "not a regular file"}`,
      at,
      hint: missing
        ? "paths are relative to the folder of the topology file; make the file or mend the path"
        : "name each file by itself",
    });
    return false;
  }
}

export type Carried = Extract<FileContent, { file: string }>;

function cached<T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
