import { parse as parseToml } from "smol-toml";
import type { Reporter } from "../../diagnostics/reporter.js";
import type { Layer, Tables, TomlValue } from "./document.js";
import { parseKeyPath } from "./key-path.js";

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
    const next = setting && withValue(result, setting.path, setting.value);
    if (next === undefined) {
      reporter.report("parse/bad-set", {
        message: `--set ${text} does not name a value of this topology`,
        at: { set: text },
        hint: "write PATH=VALUE with dots between keys, e.g. --set params.rate=100mbit; lists have no path of their own",
      });
    } else {
      result = next;
      overridden.push({ path: setting?.path ?? [], text });
    }
  }
  return { origin: { file: source.file, path: [] }, tables: result, overridden };
}

/** A value is read as TOML; what is no TOML value is a string, so that `rate=100mbit` needs no quotes. */
function parseSetting(text: string): { path: readonly string[]; value: TomlValue } | undefined {
  const equals = findEquals(text);
  const path = equals > 0 ? parseKeyPath(text.slice(0, equals)) : undefined;
  if (path === undefined || path.includes("__proto__")) return undefined;
  const raw = text.slice(equals + 1);
  try {
    const value = parseToml(`value = ${raw}`);
    // A value with a line break could bring keys of its own.
    if (Object.keys(value).length === 1 && !(value.value instanceof Date)) return { path, value: value.value as TomlValue };
  } catch {
    // Not TOML: taken as a plain string below.
  }
  return { path, value: raw };
}

/** The first `=` outside of a quoted key. */
function findEquals(text: string): number {
  let quote = "";
  for (const [index, char] of [...text].entries()) {
    if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === "=") return index;
  }
  return -1;
}

function withValue(tables: Tables, path: readonly string[], value: TomlValue): Tables | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return undefined;
  if (rest.length === 0) return { ...tables, [key]: value };
  const inner = Object.hasOwn(tables, key) ? tables[key] : {};
  if (typeof inner !== "object" || Array.isArray(inner)) return undefined;
  const next = withValue(inner as Tables, rest, value);
  return next && { ...tables, [key]: next };
}
