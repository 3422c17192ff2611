import { createHash } from "node:crypto";
import type { Files } from "../../files.js";
import type { FileContent, Rendering } from "./rendering.js";

/** The bundle streams a carried file long after the plugin has ended: that it is there, and is what was said, shows now. */
export async function brokenCarried(
  rendering: Rendering,
  before: Rendering,
  sources: Pick<Files, "stat" | "stream">,
): Promise<string | undefined> {
  const pairs = [
    ...rendering.nodes.map((node, index) => [node, before.nodes[index]] as const),
    ...rendering.phynodes.map((phynode, index) => [phynode, before.phynodes[index]] as const),
  ];
  for (const [{ files: now }, old] of pairs) {
    if (now === old?.files) continue;
    for (const { content: carried } of now) {
      if (!("file" in carried) || old?.files.some((file) => file.content === carried)) continue;
      const wrong = await wrongFile(carried, sources);
      if (wrong !== undefined) return wrong;
    }
  }
  return undefined;
}

async function wrongFile(
  { file, sha256: given, size }: Extract<FileContent, { file: string }>,
  { stat, stream }: Pick<Files, "stat" | "stream">,
): Promise<string | undefined> {
  if ((await stat(file))?.kind !== "file") return `there is no file ${file} to carry`;
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of stream(file)) {
    hash.update(chunk);
    length += chunk.length;
  }
  const isRight = length === size && hash.digest("hex") === given;
  return isRight ? undefined : `the file ${file} has not the sha256 and size that it is carried with`;
}
