import { access, constants, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";

/**
 * A command as a shell finds it, absolute; undefined where it is not there. A link is not followed: what is called decides
 * what many tools do.
 */
export async function findInPath(command: string, path: string): Promise<string | undefined> {
  if (command.includes("/"))
    return isAbsolute(command) && (await isExecutable(command)) ? command : undefined;
  for (const folder of path.split(delimiter)) {
    const file = join(folder, command);
    if (isAbsolute(folder) && (await isExecutable(file))) return file;
  }
  return undefined;
}

export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
