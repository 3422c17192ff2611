import { mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { exitCodes } from "./exit-codes.js";
import { Fault } from "./fault.js";
import { shownPath } from "./topology-argument.js";

/**
 * Writes new files into a folder, which is made if it does not exist: all or none. Never overwrites.
 * @param folder absolute
 * @param files texts by path below it
 * @param hint what to do where something is there already
 */
export async function writeNewFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
  hint: string,
): Promise<void> {
  const made: string[] = [];
  try {
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, name);
      const madeFolder = await mkdir(dirname(path), { recursive: true });
      if (madeFolder !== undefined) made.unshift(madeFolder);
      const file = await open(path, "wx");
      made.unshift(path);
      await file.writeFile(text).finally(() => file.close());
    }
  } catch (error) {
    for (const path of made) await rm(path, { recursive: true, force: true });
    throw inTheWay(error, hint) ?? error;
  }
}

/** Undefined where it is something else that went wrong. */
function inTheWay(error: unknown, hint: string): Fault | undefined {
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if ((code !== "EEXIST" && code !== "ENOTDIR") || path === undefined) return undefined;
  const shown = shownPath(path, ".");
  const what = syscall === "open" ? `${shown} exists already` : `${shown} is a file, not a folder`;
  return new Fault(exitCodes.wrongInput, what, `nothing was changed; ${hint}`);
}
