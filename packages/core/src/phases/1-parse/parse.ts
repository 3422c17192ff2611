/**
 * Phase 1. In: the text of a topology and what was given beside it. Out: the plugins, set up and in order, and the layers.
 * Holds on exit: the text is TOML, every section is known, every plugin is loaded and its options are valid.
 * Plugins may add layers (`document`), weaker than the file's.
 */
import { parse as parseToml, TomlError } from "smol-toml";
import type { Context } from "../../context.js";
import type { Plugin } from "../../plugin.js";
import { setUpPlugins } from "../../plugin-setup.js";
import type { Document, Layer, Localhost, Tables } from "./document.js";
import { checkSections } from "./sections.js";
import { applySettings } from "./settings.js";
import { readLock } from "./read-lock.js";
import { checkValues } from "./values.js";

/** What a compilation starts from. */
export interface Source {
  /** The topology file, relative to the topology's folder. */
  readonly file: string;
  /** `PATH=VALUE`, as `--set` takes them. */
  readonly set: readonly string[];
  /** Text of the lock. */
  readonly previous?: string;
  /** The machine that runs the lab where the topology declares no infrastructure. */
  readonly localhost?: Localhost;
  /** Plugins given in memory. */
  readonly plugins: readonly Plugin[];
}

export async function parse(source: Source, context: Context): Promise<Document | undefined> {
  const { reporter, hooks } = context;
  const tables = await readTables(source.file, context);
  if (tables === undefined) return undefined;
  const layer = applySettings(tables, source, reporter);
  checkSections(layer, reporter);
  const lock = readLock(source, reporter);
  if (reporter.errorCount > 0) return undefined;

  const plugins = await setUpPlugins(layer, source.plugins, context);
  if (plugins === undefined) return undefined;
  const { file, localhost } = source;
  const document: Document = { file, plugins, layers: [layer], ...(lock && { lock }), ...(localhost && { localhost }) };
  return hooks.transform("document", document, (next) => brokenDocument(next, document));
}

async function readTables(file: string, { files, reporter }: Context): Promise<Tables | undefined> {
  const bytes = await files.read(file);
  if (bytes === undefined) {
    reporter.report("parse/missing-topology", {
      message: `there is no file ${file}`,
      hint: "name a topology file, or make a first one with: dune init",
    });
    return undefined;
  }
  const text = decode(bytes);
  if (text === undefined) {
    reporter.report("parse/not-utf8", {
      message: `${file} is not UTF-8 text`,
      at: { file, line: 1, column: 1 },
      hint: "TOML is always UTF-8; save the file in that encoding",
    });
    return undefined;
  }
  return parseText(text, file, { reporter });
}

function parseText(text: string, file: string, { reporter }: Pick<Context, "reporter">): Tables | undefined {
  try {
    const tables = parseToml(text) as Tables;
    return checkValues(tables, file, reporter) ? tables : undefined;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first = "the file is not valid TOML"] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
    reporter.report("parse/toml-syntax", {
      message: `not valid TOML: ${first}`,
      at: { file, line: error.line, column: error.column },
      hint: "see https://toml.io for the syntax; strings need quotes, and a table is opened once",
    });
    return undefined;
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function brokenDocument(next: Document, before: Document): string | undefined {
  if (!Array.isArray(next.layers)) return "a document needs a list of layers";
  const own = before.layers.at(-1);
  if (!next.layers.includes(own as Layer)) return "the topology file's own layer must stay in the document";
  for (const layer of next.layers) {
    if (typeof layer?.tables !== "object" || layer.origin === undefined) {
      return "each layer needs `tables` and an `origin`";
    }
  }
  return undefined;
}
