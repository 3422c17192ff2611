import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import type { Diagnostic, Origin } from "../diagnostics/diagnostic.js";
import { type JsonDiagnostic, toJson } from "../diagnostics/json.js";
import type { ReadSource } from "../diagnostics/place.js";
import { printText } from "../diagnostics/text.js";
import { paletteOf } from "./colours.js";
import { shownPath, type TopologyFile } from "./topology-argument.js";

/** Prints diagnostics for a person on stderr. */
export function printDiagnostics(diagnostics: readonly Diagnostic[], topology: TopologyFile): void {
  const text = printText(fromHere(diagnostics, topology), {
    read: readSource,
    colours: paletteOf(process.stderr),
  });
  if (text !== "") process.stderr.write(`${text}\n`);
}

/** Diagnostics for a `--json` document. */
export function diagnosticsAsJson(
  diagnostics: readonly Diagnostic[],
  topology: TopologyFile,
): readonly JsonDiagnostic[] {
  return toJson(fromHere(diagnostics, topology), { read: readSource });
}

/** The compiler names files from the topology's folder; the user opens them from where they are. */
export function fromHere(diagnostics: readonly Diagnostic[], topology: TopologyFile): readonly Diagnostic[] {
  return withFiles(diagnostics, (file) => (isAbsolute(file) ? file : shownPath(topology.folder, file)));
}

/** With files called otherwise. */
export function withFiles(
  diagnostics: readonly Diagnostic[],
  rename: (file: string) => string,
): readonly Diagnostic[] {
  return diagnostics.map((diagnostic) => ({
    ...diagnostic,
    ...(diagnostic.at && { at: originWithFile(diagnostic.at, rename) }),
    related: diagnostic.related.map(({ message, at }) => ({ message, at: originWithFile(at, rename) })),
  }));
}

function originWithFile(origin: Origin, rename: (file: string) => string): Origin {
  if ("set" in origin) return origin;
  if ("plugin" in origin)
    return origin.from ? { ...origin, from: originWithFile(origin.from, rename) } : origin;
  return { ...origin, file: rename(origin.file) };
}

/** The text of a file as `fromHere` names it. */
export const readSource: ReadSource = (file) => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
};
