/**
 * Phase 1. In: the text of a topology and what was given beside it. Out: the plugins, set up and in order, and the layers.
 * Holds on exit: the text is TOML, every section is known, keys are sorted, every plugin is loaded and its options are valid.
 * Plugins may add layers (`document`), weaker than the file's.
 */
import { parse as parseToml, TomlError } from "smol-toml";
import type { Context } from "../../context.js";
import { decodeUtf8 } from "../../files.js";
import type { Plugin } from "../../plugin.js";
import { setUpPlugins } from "../../plugins/set-up-plugins.js";
import { sortedKeys } from "../../values/sorted-keys.js";
import { adoptDocument } from "./adopt-document.js";
import type { Document, Layer, Localhost, Tables } from "./document.js";
import { readLock } from "./read-lock.js";
import { checkSections } from "./sections.js";
import { applySettings } from "./settings.js";
import { describeTomlError } from "./toml-problem.js";
import { checkValues, mostLevels } from "./values.js";

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
  const given = applySettings(tables, source, reporter);
  if (!checkValues(given, reporter)) return undefined;
  // Whatever iterates over keys from here on, a template's JSON.stringify too, cannot see their order in the file.
  const layer: Layer = { ...given, tables: sortedKeys(given.tables) };
  checkSections(layer, reporter);
  const lock = readLock(source, reporter);
  if (reporter.errorCount > 0) return undefined;

  const plugins = await setUpPlugins(layer, source.plugins, lock, context);
  if (plugins === undefined) return undefined;
  const { file, localhost } = source;
  const facts = await context.files.stat(file);
  const document: Document = {
    file,
    // Frozen here, and so not what hangs on it: plugins are handed the document frozen, but may keep state of their own.
    plugins: Object.freeze(plugins),
    layers: [layer],
    ...(facts?.isPrivate && { isPrivate: true }),
    ...(lock && { lock }),
    ...(localhost && { localhost: { ...localhost, cores: localhost.cores.map((group) => [...group]) } }),
  };
  return hooks.transform("document", document, adoptDocument);
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
  const text = decodeUtf8(bytes);
  if (text === undefined) {
    reporter.report("parse/not-utf8", {
      message: `${file} is not UTF-8 text`,
      at: { file, ...firstBadByte(bytes) },
      hint: "TOML is always UTF-8: save the file in that encoding",
    });
    return undefined;
  }
  return parseText(text, file, { reporter });
}

function parseText(text: string, file: string, { reporter }: Pick<Context, "reporter">): Tables | undefined {
  try {
    return parseToml(text, { maxDepth: mostLevels }) as Tables;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    const { message, hint, span } = describeTomlError(error.message, text, offsetOf(text, line, column));
    const at = { file, line, column: column + (span?.offset ?? 0), ...(span && { length: span.length }) };
    reporter.report("parse/toml-syntax", { message, at, hint });
    return undefined;
  }
}

function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let count = 1; count < line; count++) start = text.indexOf("\n", start) + 1;
  return start + column - 1;
}

/** The first byte that differs once what cannot be decoded is replaced. */
function firstBadByte(bytes: Uint8Array): { line: number; column: number } {
  const mended = new TextEncoder().encode(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  const offset = bytes.findIndex((byte, index) => byte !== mended[index]);
  const lines = new TextDecoder().decode(bytes.subarray(0, offset), { stream: true }).split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
