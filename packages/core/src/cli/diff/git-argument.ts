import { join, posix } from "node:path";
import { exitCodes } from "../exit-codes.js";
import { Fault } from "../fault.js";

/** `git:REV` or `git:REV:PATH`. */
export interface GitArgument {
  readonly revision: string;
  /** As written: from the repository's top, or from here with `./` or `../` before it; undefined: the other side's. */
  readonly path?: string;
}

/** Reads an argument that begins with `git:`; undefined where it does not. */
export function parseGitArgument(text: string): GitArgument | undefined {
  if (!text.startsWith("git:")) return undefined;
  const rest = text.slice("git:".length);
  const colon = firstColon(rest);
  const revision = colon < 0 ? rest : rest.slice(0, colon);
  const path = colon < 0 ? undefined : rest.slice(colon + 1);
  if (revision === "" || path === "")
    throw new Fault(
      exitCodes.wrongInput,
      `${text} names no ${revision === "" ? "revision" : "path"}`,
      "write git:REV or git:REV:PATH, e.g. git:HEAD~1 or git:v1:labs/ospf",
    );
  return { revision, ...(path !== undefined && { path }) };
}

/** As git reads it: not one within braces, `HEAD^{/fix: a typo}`. */
function firstColon(text: string): number {
  let depth = 0;
  for (const [index, character] of [...text].entries()) {
    if (character === "{") depth += 1;
    else if (character === "}") depth -= 1;
    else if (character === ":" && depth === 0) return index;
  }
  return -1;
}

/** The path from the repository's top, without a `/` at its end; undefined where it leads out of the repository. */
export function pathFromTop(path: string, prefix: string): string | undefined {
  const isFromHere = path === "." || path === ".." || /^\.\.?\//.test(path);
  const whole = posix.normalize(isFromHere ? join(prefix, path) : path).replace(/\/$/, "");
  if (whole === ".." || whole.startsWith("../") || whole.startsWith("/")) return undefined;
  return whole === "." ? "" : whole;
}
