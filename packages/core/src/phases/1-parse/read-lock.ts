import type { Reporter } from "../../diagnostics/reporter.js";
import { printKeyPath } from "./key-path.js";
import { type Lock, lockSchema } from "./lock.js";

/** `lab.toml` → `lab.lock.json`, beside it. */
export function lockFileOf(topologyFile: string): string {
  return `${topologyFile.replace(/\.toml$/, "")}.lock.json`;
}

/** The lock of an earlier build; undefined where there is none, or where it was reported as unusable. */
export function readLock(
  source: { readonly file: string; readonly previous?: string },
  reporter: Reporter,
): Lock | undefined {
  if (source.previous === undefined) return undefined;
  const file = lockFileOf(source.file);
  const unusable = (message: string, hint: string) =>
    reporter.report("parse/bad-lock", { message, at: { file, line: 1, column: 1 }, hint });
  const again = "restore it from version control, or delete it: the next build makes a new one";
  let json: unknown;
  try {
    json = JSON.parse(source.previous);
  } catch {
    unusable("the lock is not valid JSON", again);
    return undefined;
  }
  const version = typeof json === "object" && json !== null && "lock" in json ? json.lock : undefined;
  if (version !== 1) {
    const found = version === undefined ? "no version" : `version ${JSON.stringify(version)}`;
    unusable(
      `the lock has ${found}, this dune reads version 1`,
      "use the dune that made it, or delete it: the next build makes a new one",
    );
    return undefined;
  }
  const parsed = lockSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.map(String) ?? [];
  unusable(`the lock is damaged${where.length === 0 ? "" : ` at ${printKeyPath(where)}`}`, again);
  return undefined;
}
