import type { Path } from "../../diagnostics/diagnostic.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import type { Layer } from "./document.js";
import { fileOrigin } from "./file-origin.js";
import { printKeyPath } from "./key-path.js";

/** Tables and lists within each other. Nothing in the language needs more, and code that walks them may recurse. */
export const mostLevels = 100;

/**
 * Refuses what TOML allows and the language has no meaning for, anywhere in the layer. `__proto__` too: zod drops it
 * without a word, so it would vanish from the lab.
 */
export function checkValues(layer: Layer, reporter: Reporter): boolean {
  const before = reporter.errorCount;
  visit(layer.tables, []);
  return reporter.errorCount === before;

  function visit(value: unknown, path: Path): void {
    if (typeof value === "string") {
      if (value.includes("\0"))
        unsupported(path, "has a NUL character", "no path, name or command can hold one: remove it");
    } else if (typeof value === "number") {
      if (!Number.isFinite(value))
        unsupported(path, `is ${tomlName(value)}`, "write a number that is finite");
    } else if (value instanceof Date) {
      const text = JSON.stringify(value.toISOString());
      unsupported(
        path,
        "is a date or time, which a topology has no meaning for",
        `write it as text: ${text}`,
      );
    } else if (typeof value === "object" && value !== null) {
      if (path.length >= mostLevels)
        unsupported(path, `is nested more than ${mostLevels} levels deep`, "use fewer levels");
      else visitEntries(value, path);
    }
  }

  function visitEntries(value: object, path: Path): void {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) visit(item, [...path, index]);
      return;
    }
    for (const key of Object.keys(value)) {
      if (key === "__proto__" || key.includes("\0")) forbidden([...path, key]);
      else visit((value as Record<string, unknown>)[key], [...path, key]);
    }
  }

  function unsupported(path: Path, what: string, hint: string): void {
    const from = path.findLastIndex((key) => typeof key === "string");
    reporter.report("parse/unsupported-value", {
      message: `${printKeyPath(path.slice(from))} ${what}`,
      at: fileOrigin(layer, path),
      hint,
    });
  }

  function forbidden(path: Path): void {
    reporter.report("parse/forbidden-key", {
      message: `the key ${JSON.stringify(path.at(-1))} cannot be used`,
      at: fileOrigin(layer, path, "key"),
      hint: "choose another name for it",
    });
  }
}

function tomlName(value: number): string {
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
