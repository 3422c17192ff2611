import { createHash } from "node:crypto";
import type { Origin } from "../../diagnostics/diagnostic.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import { decodeUtf8, type FileFacts, type Files } from "../../files.js";
import type { Renderable, TemplateSpan } from "../../template/engine.js";
import type { Engines } from "../../template/engines.js";
import type { Document } from "../1-parse/document.js";
import { reportProblem } from "./expand.js";
import type { FileContent } from "./rendering.js";

/** A template, compiled. */
interface SourceTemplate extends Source {
  readonly template: Renderable;
}

/** A file to carry. */
export interface SourceFile extends Source {
  readonly content: Extract<FileContent, { file: string }>;
}

interface Source {
  /** The file that others may not read, where what comes from here is not for them. */
  readonly hiddenBy: string | undefined;
}

/** The files of the topology's folder that are rendered or carried: each read, compiled and hashed once. */
export class Sources {
  readonly #files: Files;
  readonly #engines: Engines;
  readonly #document: Document;
  readonly reporter: Reporter;
  readonly #templates = new Map<string, Promise<SourceTemplate | undefined>>();
  readonly #contents = new Map<string, Promise<SourceFile | undefined>>();

  constructor(files: Files, engines: Engines, document: Document, reporter: Reporter) {
    this.#files = files;
    this.#engines = engines;
    this.#document = document;
    this.reporter = reporter;
  }

  /** The compiled template; undefined when it was reported as missing or wrong. */
  template(src: string, at: Origin): Promise<SourceTemplate | undefined> {
    return cached(this.#templates, src, () => this.#compile(src, at));
  }

  /** A file that is carried as it is. */
  carried(src: string, at: Origin): Promise<SourceFile | undefined> {
    return cached(this.#contents, src, () => this.#hash(src, at));
  }

  async #compile(src: string, named: Origin): Promise<SourceTemplate | undefined> {
    const facts = await this.#fileFacts(src, named);
    if (facts === undefined) return undefined;
    const bytes = await this.#files.read(src);
    const text = bytes && decodeUtf8(bytes);
    if (text === undefined) {
      this.reporter.report("render/not-a-file", {
        message: `the template ${src} is not UTF-8 text`,
        at: named,
        hint: "templates are text; carry a binary file by binds of a phynode",
      });
      return undefined;
    }
    // A template has values of the topology in it.
    const { file, isPrivate } = this.#document;
    const source = { hiddenBy: facts.isPrivate ? src : isPrivate ? file : undefined };
    const include = (path: string) => this.#include(path, source);
    const compiled = await this.#engines.forFile(src).compile(text, { path: src, include });
    if (compiled.ok) return Object.assign(source, { template: compiled.template });
    const at = placeOf(src, compiled.problem);
    reportProblem("render/template-syntax", compiled.problem, at, this.reporter);
    return undefined;
  }

  /** What is included in a private file's template is known only once it is rendered. */
  async #include(path: string, source: { hiddenBy: string | undefined }): Promise<string | undefined> {
    const facts = await this.#files.stat(path);
    if (facts?.kind !== "file") return undefined;
    if (facts.isPrivate) source.hiddenBy ??= path;
    const bytes = await this.#files.read(path);
    return bytes && decodeUtf8(bytes);
  }

  async #hash(src: string, at: Origin): Promise<SourceFile | undefined> {
    const facts = await this.#fileFacts(src, at);
    if (facts === undefined) return undefined;
    const hash = createHash("sha256");
    let size = 0;
    for await (const chunk of this.#files.stream(src)) {
      hash.update(chunk);
      size += chunk.length;
    }
    const content = { file: src, sha256: hash.digest("hex"), size };
    return { content, hiddenBy: facts.isPrivate ? src : undefined };
  }

  /** Undefined where it was reported that this is no file. */
  async #fileFacts(src: string, at: Origin): Promise<FileFacts | undefined> {
    const facts = await this.#files.stat(src);
    if (facts?.kind === "file") return facts;
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
    return undefined;
  }
}

/** Where a problem of the template is, be it in a file that it includes. */
export function placeOf(src: string, problem: TemplateSpan & { readonly file?: string }): Origin {
  const { file = src, line, column, length } = problem;
  return { file, line, column, length };
}

function cached<T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
