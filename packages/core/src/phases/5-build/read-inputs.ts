import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { Context } from "../../context.js";
import type { GlobMatch } from "../../files.js";
import type { Binary } from "../2-resolve/topology.js";
import type { ProgramSources } from "./binaries.js";
import { readable, reportBadInput } from "./list-inputs.js";
import type { InputFile } from "./plan-builds.js";

export interface Inputs {
  readonly inputs: readonly InputFile[];
  readonly sources: ProgramSources;
  /** Paths of what is no input because compilers have made it, from `source`, sorted. */
  readonly leftOut: readonly string[];
}

/** Others get their turn after so many files. */
const filesAtOnce = 200;

/**
 * Reads and hashes what a build sees; undefined where it was reported that a file cannot be read.
 * @param withCompiled whether a program or a library that is there already is a source, too: left from another build, maybe
 * for another machine, it would seem to be up to date
 */
export async function readInputs(
  binary: Binary,
  found: readonly GlobMatch[],
  withCompiled: boolean,
  { files, reporter, signal }: Pick<Context, "files" | "reporter" | "signal">,
): Promise<Inputs | undefined> {
  const inputs: InputFile[] = [];
  const lines = createHash("sha256");
  const leftOut = new Set<string>();
  let isPrivate = false;
  for (const [index, { path }] of found.entries()) {
    if (index % filesAtOnce === filesAtOnce - 1) await new Promise(setImmediate);
    signal.throwIfAborted();
    const file = posix.join(binary.source, path);
    const digest = await readable(() => files.digest(file), binary, path, reporter);
    if (digest === "unreadable") continue;
    if (digest === undefined) {
      reportBadInput(binary, path, "is gone", reporter);
      continue;
    }
    const { sha256, executable, isPrivate: isHidden = false, isCompiled = false } = digest;
    if (isCompiled && !withCompiled) {
      leftOut.add(path);
      continue;
    }
    inputs.push({ path, file, sha256, isExecutable: executable });
    lines.update(`${sha256}  ${path}\n`);
    isPrivate ||= isHidden;
  }
  if (inputs.length + leftOut.size < found.length) return undefined;
  const kept = found.filter(({ path }) => !leftOut.has(path));
  const outside = [...new Set(kept.flatMap((match) => match.outside ?? []))].sort();
  const sources = { folder: binary.source, files: inputs.length, sha256: lines.digest("hex"), outside };
  return { inputs, leftOut: [...leftOut], sources: { ...sources, ...(isPrivate && { isPrivate }) } };
}
