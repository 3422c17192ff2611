import { posix } from "node:path";
import { decodeUtf8, type Files, type GlobMatch } from "../../files.js";
import { earlierBuild } from "./earlier-build.js";

/** Takes away what dune has built, wherever `--out` has put it: each build would make the next one anew. */
export async function withoutDist(
  source: string,
  found: readonly GlobMatch[],
  files: Files,
): Promise<readonly GlobMatch[]> {
  const built: string[] = [];
  for (const { path, kind } of found) {
    if (kind !== "file" || posix.basename(path) !== "manifest.json" || !path.includes("/")) continue;
    const content = await files.read(posix.join(source, path));
    const text = content && decodeUtf8(content);
    if (text !== undefined && earlierBuild(text) !== undefined) built.push(`${posix.dirname(path)}/`);
  }
  return built.length === 0
    ? found
    : found.filter(({ path }) => !built.some((folder) => path.startsWith(folder)));
}
