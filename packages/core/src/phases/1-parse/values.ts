import type { Path } from "../../diagnostics/diagnostic.js";
import type { Reporter } from "../../diagnostics/reporter.js";

/**
 * Refuses what TOML allows and the language has no meaning for, anywhere in the file. `__proto__` too: zod drops it
 * without a word, so it would vanish from the lab.
 */
export function checkValues(tables: object, file: string, reporter: Reporter): boolean {
  const before = reporter.errorCount;
  visit(tables, []);
  return reporter.errorCount === before;

  function visit(value: unknown, path: Path): void {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) visit(item, [...path, index]);
    } else if (value instanceof Date) {
      unsupported(path, "a date or time", "write it as a string");
    } else if (typeof value === "number" && !Number.isFinite(value)) {
      unsupported(path, "not a finite number", "write a number");
    } else if (typeof value === "string" && value.includes("\0")) {
      unsupported(path, "a string with a NUL character", "no path, name or command can hold one; remove \\u0000");
    } else if (typeof value === "object" && value !== null) {
      for (const key of Object.keys(value)) {
        if (key === "__proto__" || key.includes("\0")) forbidden([...path, key]);
        else visit((value as Record<string, unknown>)[key], [...path, key]);
      }
    }
  }

  function unsupported(path: Path, what: string, hint: string): void {
    reporter.report("parse/unsupported-value", {
      message: `"${String(path.at(-1))}" is ${what}, which has no meaning in a topology`,
      at: { file, path },
      hint,
    });
  }

  function forbidden(path: Path): void {
    reporter.report("parse/forbidden-key", {
      message: `the key ${JSON.stringify(path.at(-1))} cannot be used`,
      at: { file, path, target: "key" },
      hint: "choose another name for it",
    });
  }
}
