import { isPlain } from "../values/is-plain.js";
import { sortedKeys } from "../values/sorted-keys.js";

/** What JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * A plugin's part of the lock: what it chose once and later builds keep, e.g. the address of each link. The keys are the
 * plugin's own.
 */
export interface Choices {
  /** What the lock has for each key. Empty in a first build. */
  readonly locked: Readonly<Record<string, Json>>;
  /** Keeps a choice for later builds. What a build does not keep again leaves the lock. */
  keep(key: string, value: Json): void;
}

/** The choices of all plugins in one compilation. */
export class ChoiceBook {
  readonly #kept = new Map<string, Map<string, Json>>();

  /** A plugin's page of it. */
  of(plugin: string, locked: Readonly<Record<string, Json>> = {}): Choices {
    const kept = new Map<string, Json>();
    this.#kept.set(plugin, kept);
    return {
      // Without a prototype: a plugin may ask for the name of a node, and one may be called "constructor".
      locked: Object.freeze(Object.assign(Object.create(null), locked)),
      keep(key, value) {
        // The lock is read without it.
        if (key === "__proto__") throw new Error(`the choice cannot be called "${key}"`);
        const text = jsonOf(value);
        if (text === undefined) throw new Error(`the choice "${key}" is not JSON`);
        if (kept.has(key) && jsonOf(kept.get(key)) !== text) {
          throw new Error(`the choice "${key}" was kept already, with another value`);
        }
        kept.set(key, JSON.parse(text));
      },
    };
  }

  /** By plugin and key, both sorted; only plugins that kept something. */
  get kept(): Readonly<Record<string, Readonly<Record<string, Json>>>> {
    const pages = [...this.#kept].filter(([, kept]) => kept.size > 0).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(pages.map(([plugin, kept]) => [plugin, sortedKeys(Object.fromEntries(kept))]));
  }
}

/** Canonical: keys sorted. Undefined for what JSON would drop or change. */
function jsonOf(value: unknown): string | undefined {
  try {
    const text = JSON.stringify(sortedKeys(value as never));
    return text !== undefined && isJson(value) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Whether JSON holds the value as it is. */
function isJson(value: unknown): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  // A copy has undefined where the list has a hole.
  if (Array.isArray(value)) return Array.from(value).every(isJson);
  if (typeof value !== "object") return false;
  return isPlain(value) && Object.values(value).every(isJson);
}
