import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exitCodes } from "./exit-codes.js";
import { Fault } from "./fault.js";
import { shownPath } from "./topology-argument.js";

/**
 * Writes new files into a folder, which is made if it does not exist: all or none. Never overwrites.
 * @param folder absolute
 * @param files texts by name
 * @param hint what to do where one is there already
 */
export async function writeNewFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
  hint: string,
): Promise<void> {
  await refusing(
    () => mkdir(folder, { recursive: true }),
    `${shownPath(folder, ".")} is a file, not a folder`,
    hint,
  );
  const written: string[] = [];
  try {
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, name);
      const write = async () => {
        await writeFile(path, "", { flag: "wx" });
        written.push(path);
        await writeFile(path, text);
      };
      await refusing(write, `${shownPath(folder, path)} exists already`, hint);
    }
  } catch (error) {
    for (const path of written) await rm(path, { force: true });
    throw error;
  }
}

/** Says so where something is in the way. */
async function refusing(call: () => Promise<unknown>, message: string, hint: string): Promise<void> {
  try {
    await call();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "EEXIST" && code !== "ENOTDIR") throw error;
    throw new Fault(exitCodes.wrongInput, message, `nothing was changed; ${hint}`);
  }
}
