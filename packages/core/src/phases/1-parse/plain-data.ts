import type { Path } from "../../diagnostics/diagnostic.js";
import { isPlain } from "../../values/is-plain.js";
import { printKeyPath } from "./key-path.js";
import { mostLevels } from "./values.js";

/** Beside what TOML has, a value that a plugin computes may be absent. */
interface PlainDataOptions {
  readonly allowAbsent: boolean;
}

/**
 * Says where a value that a plugin made is not plain data, e.g. `nodes.r0.exec is a function`; undefined where it is:
 * texts, finite numbers, booleans, lists and tables of these. All else has no form in TOML, JSON or a template.
 */
export function notPlainData(value: unknown, name: string, options: PlainDataOptions): string | undefined {
  const found = strangerIn(value, [], options);
  if (found === undefined) return undefined;
  const path = printKeyPath(found.path);
  const joint = path === "" || path.startsWith("[") || name === "" ? "" : ".";
  return `${name}${joint}${path} ${found.what}`;
}

interface Stranger {
  readonly path: Path;
  readonly what: string;
}

function strangerIn(value: unknown, path: Path, options: PlainDataOptions): Stranger | undefined {
  const what = problemOf(value, path.length, options);
  if (what !== undefined) return { path, what };
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    // By index, since a list may have holes.
    for (let index = 0; index < value.length; index++) {
      // JSON has it in a list, too; undefined it has not.
      if (value[index] === null && options.allowAbsent) continue;
      const found = strangerIn(value[index], [...path, index], { allowAbsent: false });
      if (found !== undefined) return found;
    }
    return undefined;
  }
  for (const key of Object.keys(value)) {
    if (key === "__proto__" || key.includes("\0"))
      return { path, what: `has the key ${JSON.stringify(key)}, which cannot be used` };
    const found = strangerIn((value as Record<string, unknown>)[key], [...path, key], options);
    if (found !== undefined) return found;
  }
  return undefined;
}

function problemOf(value: unknown, level: number, { allowAbsent }: PlainDataOptions): string | undefined {
  if (value === undefined || value === null) return allowAbsent ? undefined : `is ${value}`;
  switch (typeof value) {
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : `is ${value}`;
    case "string":
      return value.includes("\0") ? "has a NUL character" : undefined;
    case "object":
      // What is in itself is nested without end.
      if (level >= mostLevels) return `is nested more than ${mostLevels} levels deep`;
      return Array.isArray(value) || isPlain(value)
        ? undefined
        : `is ${withArticle(classOf(value))}, no plain data`;
    default:
      return `is a ${typeof value}, no plain data`;
  }
}

function classOf(value: object): string {
  const made = value.constructor;
  return typeof made === "function" && made.name !== "" ? made.name : "object of a class";
}

function withArticle(name: string): string {
  return `${/^[AEIO]/i.test(name) ? "an" : "a"} ${name}`;
}
