import { isPlain } from "./is-plain.js";

/** What an entity was made from: it has been read, so to change it has no effect, and it is much. */
const origins = new Set(["fragments", "document"]);

/**
 * Freezes a value with all that hangs on it, and gives it back: what a plugin is handed it cannot change in place, but gets
 * an error at the line that tries. Objects of classes stay as they are, since they may need to change, and what is frozen
 * already is taken to be so throughout.
 */
export function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) {
    Object.freeze(value);
    for (const item of value) frozen(item);
  } else if (isPlain(value)) {
    Object.freeze(value);
    for (const key in value) if (!origins.has(key)) frozen((value as Record<string, unknown>)[key]);
  }
  return value;
}
