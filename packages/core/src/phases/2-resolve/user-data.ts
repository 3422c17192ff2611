import { distance } from "../../diagnostics/near.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import type { Tables, TomlValue } from "../1-parse/document.js";
import type { Locate } from "../1-parse/read-entity.js";
import { isTable } from "./merge.js";

/** The keys that a node knows. */
export interface NodeKeys {
  readonly own: readonly string[];
  /** Keys of plugins, with the plugin that claims each. */
  readonly extensions: ReadonlyMap<string, string>;
}

/** Parts a node's table into the language's keys and the user's own, which are its data. */
export function partUserData(
  table: Tables,
  keys: NodeKeys,
  label: string,
  locate: Locate,
  reporter: Reporter,
): { language: Tables; data: Readonly<Record<string, TomlValue>> } {
  const language: Record<string, TomlValue> = {};
  const data: Record<string, TomlValue> = { ...(isTable(table.data) ? table.data : {}) };
  for (const key of Object.keys(table)) {
    const value = table[key] as TomlValue;
    if (keys.own.includes(key) || keys.extensions.has(key)) {
      language[key] = value;
      continue;
    }
    reportNearKey(key, keys, label, locate, reporter);
    if (isTable(table.data) && Object.hasOwn(table.data, key)) {
      reporter.report("resolve/ambiguous-key", {
        message: `${label} has "${key}" twice: by itself and under data`,
        at: locate([key], "key"),
        related: [{ message: "the other one", at: locate(["data", key], "key") }],
        hint: "both mean data; keep one of them",
      });
    }
    data[key] = value;
  }
  return { language, data };
}

/** Short keys have many neighbours, but few of the same letters: `bpg`, `OSPF`. */
function isShuffled(key: string, known: string): boolean {
  const letters = (text: string) => [...text.toLowerCase()].sort().join("");
  return known.length >= 3 && letters(key) === letters(known);
}

/**
 * An unknown key is the user's data, unless it is a slip of the pen: one letter from a key of 5 to 7 letters, at most
 * two from a longer one. Shorter keys have too many neighbours that mean something.
 */
function reportNearKey(key: string, keys: NodeKeys, label: string, locate: Locate, reporter: Reporter): void {
  const near = (known: string) => known.length >= 5 && distance(key, known) <= (known.length >= 8 ? 2 : 1);
  const own = keys.own.find(near);
  if (own !== undefined) {
    reporter.report("resolve/near-key", {
      message: `${label} has a key "${key}", which is nearly "${own}"`,
      at: locate([key], "key"),
      hint: `did you mean "${own}"? For data of your own write data.${key}`,
    });
    return;
  }
  const extension = [...keys.extensions].find(([known]) => near(known) || isShuffled(key, known));
  if (extension === undefined) return;
  reporter.report("resolve/near-plugin-key", {
    message: `${label} has a key "${key}", which is nearly "${extension[0]}" of plugin "${extension[1]}"`,
    at: locate([key], "key"),
    hint: `did you mean "${extension[0]}"? To keep it as data of your own without this warning write data.${key}`,
  });
}
