import { rmSync } from "node:fs";
import { mkdtemp, realpath, writeFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { basename, join, relative } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isNativeError } from "node:util/types";
import { thrownText } from "../diagnostics/thrown-text.js";
import type { PluginTrace, ResolvedPlugin } from "../plugin.js";
import { bundleFolder, importer, type PluginBundle } from "./bundle-plugin.js";
import { missingExport } from "./missing-export.js";

/**
 * Removes the bundle's folder as soon as it runs: a signal may end the process while it waits for something. On the
 * bundle's first line, which has nothing of the plugin.
 */
const leaveNothing =
  'import { rmSync as duneRemove } from "node:fs"; duneRemove(new URL(".", import.meta.url), { recursive: true, force: true }); ';

/** Runs a plugin's bundle. It needs a file for that: the stack of an error in a `data:` module has no places. */
export async function importBundle(
  { code, map }: PluginBundle,
  specifier: string,
  folder: string,
): Promise<ResolvedPlugin> {
  const temporary = await realpath(await mkdtemp(`${bundleFolder}-`));
  // An error that reaches the command without a hook is known by this name.
  const name = basename(specifier).replace(/\.\w+$|[^\w.-]/g, "") || "plugin";
  const url = pathToFileURL(join(temporary, `${name}.mjs`)).href;
  const remove = () => rmSync(temporary, { recursive: true, force: true });
  const trace = (error: Error) => new Tracer(url, map, folder).trace(error);
  // What the bundle imports runs before it, and may end the process.
  process.once("exit", remove);
  try {
    await writeFile(new URL(url), leaveNothing + code);
    const { plugin } = await import(url);
    return { ok: true, plugin: plugin.default, trace };
  } catch (error) {
    await ignoreRejection(error);
    const missing = await missingExport(thrownText(error), map, folder);
    if (missing !== undefined) {
      const { text, ...where } = missing;
      const message = `the plugin "${specifier}" cannot be loaded: ${text}`;
      return { ok: false, problem: { code: "plugin/cannot-load", message, ...where } };
    }
    const { at, stack } = isNativeError(error) ? trace(error) : {};
    const [message] = thrownText(error).split("\n");
    return {
      ok: false,
      problem: {
        code: "plugin/cannot-load",
        message: `the plugin "${specifier}" fails while it is loaded: ${message}`,
        hint: "this is a fault of the plugin, not of the topology; tell its author",
        ...(at && { at }),
        ...(stack !== undefined && { stack }),
      },
    };
  } finally {
    process.off("exit", remove);
    remove();
  }
}

/**
 * Where a CommonJS module throws that an ES module imports, Node.js 20 rejects the import, and besides a promise of its
 * own that nobody holds, which would end the process.
 */
async function ignoreRejection(error: unknown): Promise<void> {
  const ignore = (reason: unknown) => {
    if (reason !== error) throw reason;
  };
  process.on("unhandledRejection", ignore);
  await setImmediate();
  process.off("unhandledRejection", ignore);
}

/** Where dune's own modules are. */
const ownFolder = new URL("..", import.meta.url).href;

interface Frame {
  /** Relative to the topology's folder. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Reads V8's stacks: frames in the bundle become frames in the plugin's own files. */
class Tracer {
  readonly #url: string;
  readonly #map: SourceMap;
  readonly #folder: string;

  constructor(url: string, map: string, folder: string) {
    this.#url = url;
    this.#map = new SourceMap(JSON.parse(map));
    this.#folder = folder;
  }

  /** The message, and the frames down to the plugin's outermost: those below it are dune's way to call it. */
  trace(error: Error): PluginTrace {
    const lines = thrownText(error, "stack").split("\n");
    const first = lines.findIndex((line) => /^ {4}at /.test(line));
    if (first < 0) return { stack: lines.join("\n") };
    const frames = lines.slice(first).flatMap((line) => this.#rewritten(line) ?? []);
    const last = frames.findLastIndex(({ frame }) => frame !== undefined);
    const shown = last < 0 ? frames : frames.slice(0, last + 1);
    const stack = [...lines.slice(0, first), ...shown.map(({ line }) => line)].join("\n");
    const at = frames.find(({ frame }) => frame !== undefined)?.frame;
    return { stack, ...(at && { at }) };
  }

  /** A line in terms of the plugin's source, with its frame where it is there; none for what only holds the bundle together. */
  #rewritten(line: string): { line: string; frame?: Frame } | undefined {
    const [whole = "", url, row, column] = /(file:\/\/\S+?):(\d+):(\d+)(?=\)?(?:,|$))/.exec(line) ?? [];
    if (url === undefined) return { line };
    // Where dune called the plugin, or the plugin dune: nothing to look for.
    if (url.startsWith(ownFolder)) return undefined;
    if (url !== this.#url)
      return { line: line.replace(whole, () => `${this.#shown(fileURLToPath(url))}:${row}:${column}`) };
    const frame = this.#original(Number(row), Number(column));
    if (frame === undefined) return undefined;
    return { line: line.replace(whole, () => `${frame.file}:${frame.line}:${frame.column}`), frame };
  }

  #original(line: number, column: number): Frame | undefined {
    const entry = this.#map.findEntry(line - 1, column - 1);
    if (!("originalSource" in entry)) return undefined;
    // A URL, as it is in every source map; of another scheme where the bundler made the source.
    const source = new URL(entry.originalSource, pathToFileURL(join(bundleFolder, "x")));
    if (source.protocol !== "file:" || source.href.endsWith(`/${importer}`)) return undefined;
    const file = this.#shown(fileURLToPath(source));
    return { file, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  }

  #shown(path: string): string {
    return relative(this.#folder, path);
  }
}
