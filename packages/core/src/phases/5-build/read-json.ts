import { readFile } from "node:fs/promises";

/** What a file of the cache holds; undefined where it is not there, or is no JSON (a crash of the machine may cut it off). */
export async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
