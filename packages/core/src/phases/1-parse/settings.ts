import { parse as parseToml } from "smol-toml";
import type { Reporter } from "../../diagnostics/reporter.js";
import type { Layer, Tables, TomlValue } from "./document.js";
import { parseKeyPath, printKeyPath } from "./key-path.js";
import { mostLevels } from "./values.js";

/** The file's layer with `PATH=VALUE` settings written over it. */
export function applySettings(
  tables: Tables,
  source: { readonly file: string; readonly set: readonly string[] },
  reporter: Reporter,
): Layer {
  let result = tables;
  const overridden: { path: readonly string[]; text: string }[] = [];
  for (const text of source.set) {
    const setting = parseSetting(text);
    const next = typeof setting === "string" ? setting : withValue(result, setting.path, setting.value);
    if (typeof setting === "string" || typeof next === "string") {
      reporter.report("parse/bad-set", {
        message: `--set ${text} ${next}`,
        at: { set: text },
        hint: "write PATH=VALUE with dots between keys, e.g. --set params.rate=100mbit; what is inside a list has no path",
      });
    } else {
      result = next;
      overridden.push({ path: setting.path, text });
    }
  }
  return { origin: { file: source.file, path: [] }, tables: result, overridden };
}

interface Setting {
  readonly path: readonly string[];
  readonly value: TomlValue;
}

/**
 * A value is read as TOML; what is no TOML value is a string, so that `rate=100mbit` needs no quotes. What is wrong
 * with the setting where it is none.
 */
function parseSetting(text: string): Setting | string {
  const equals = findEquals(text);
  if (equals < 0) return 'has no "="';
  const path = parseKeyPath(text.slice(0, equals));
  if (path === undefined || path.length > mostLevels) return "does not begin with a path of keys";
  const raw = text.slice(equals + 1);
  try {
    const value = parseToml(`value = ${raw}`, { maxDepth: mostLevels });
    // A value with a line break could bring keys of its own; a date is no value of the language, but good text.
    if (Object.keys(value).length === 1 && !(value.value instanceof Date))
      return { path, value: value.value as TomlValue };
  } catch {
    // Not TOML: taken as a plain string below.
  }
  return { path, value: raw };
}

/** The first `=` outside of a quoted key. */
function findEquals(text: string): number {
  let quote = "";
  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index);
    if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === "=") return index;
  }
  return -1;
}

/** The tables with the value at `path`; what is wrong where the path leads through a value that is no table. */
function withValue(
  tables: Tables,
  path: readonly string[],
  value: TomlValue,
  outer: readonly string[] = [],
): Tables | string {
  const [key, ...rest] = path;
  if (key === undefined) return "has no path";
  if (rest.length === 0) return { ...tables, [key]: value };
  const inner = Object.hasOwn(tables, key) ? tables[key] : {};
  const here = [...outer, key];
  if (Array.isArray(inner)) return `leads into ${printKeyPath(here)}, which is a list`;
  if (typeof inner !== "object") return `leads into ${printKeyPath(here)}, which is no table`;
  const next = withValue(inner as Tables, rest, value, here);
  return typeof next === "string" ? next : { ...tables, [key]: next };
}
