import { isNativeError } from "node:util/types";

/** The message or the stack of what was thrown, whatever that is: a plugin may throw what has no text at all. */
export function thrownText(thrown: unknown, key: "message" | "stack" = "message"): string {
  try {
    return String(isNativeError(thrown) ? (thrown[key] ?? thrown.message) : thrown);
  } catch {
    return "a value that has no text";
  }
}
