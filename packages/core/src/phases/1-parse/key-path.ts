import { parse as parseToml } from "smol-toml";

const keyPattern = `[ \\t]*(?:[A-Za-z0-9_-]+|"(?:[^"\\\\]|\\\\.)*"|'[^']*')[ \\t]*`;
/** What `parseKeyPath` reads, but for the escapes that TOML knows. */
export const keyPathPattern = `^${keyPattern}(?:\\.${keyPattern})*$`;

/** Reads a path in TOML's key syntax (`sysctls."net.ipv4.ip_forward"`) into its keys; undefined where it is none. */
export function parseKeyPath(text: string): readonly string[] | undefined {
  // A comment or a line break would smuggle in more than a key.
  if (/[#\n\r]/.test(text.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, ""))) return undefined;
  try {
    const keys: string[] = [];
    let value: unknown = parseToml(`${text} = 0`);
    while (typeof value === "object" && value !== null) {
      const [entry, more] = Object.entries(value);
      if (entry === undefined || more !== undefined) return undefined;
      keys.push(entry[0]);
      value = entry[1];
    }
    return value === 0 ? keys : undefined;
  } catch {
    return undefined;
  }
}

/** A path as a person would write it in TOML. */
export function printKeyPath(path: readonly (string | number)[]): string {
  return path
    .map((key, index) => {
      if (typeof key === "number") return `[${key}]`;
      const text = /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
      return index === 0 ? text : `.${text}`;
    })
    .join("");
}
