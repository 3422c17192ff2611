import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * The user's files that decide what a tool makes and that nothing turns off: Cargo's settings, from its own folder and from
 * all those above a build. Those that are there, absolute.
 * @param work the folder in which builds have theirs
 */
export async function toolSettings(
  tool: string,
  { HOME = "/", CARGO_HOME = join(HOME, ".cargo") }: Readonly<Record<string, string>>,
  work: string,
): Promise<readonly string[]> {
  if (basename(tool) !== "cargo") return [];
  const folders = [CARGO_HOME, ...foldersAbove(work).map((folder) => join(folder, ".cargo"))];
  const files = [...new Set(folders)].flatMap((folder) => [
    join(folder, "config"),
    join(folder, "config.toml"),
  ]);
  const found = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
  return files.filter((_, index) => found[index]?.isFile());
}

function foldersAbove(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...foldersAbove(parent)];
}
