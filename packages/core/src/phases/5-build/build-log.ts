import { open } from "node:fs/promises";
import type { BuildRoom } from "./build-room.js";

const tailLines = 20;
const tailBytes = 16_384;

/** The last lines of what a build has said, with `{{src}}` and `{{out}}` for the folders of this one build. */
export async function logTail({ log, src, out }: BuildRoom): Promise<string> {
  const file = await open(log);
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - tailBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(tailBytes), 0, tailBytes, start);
    const text = buffer.toString("utf8", 0, bytesRead).replaceAll(out, "{{out}}").replaceAll(src, "{{src}}");
    const lines = text.trimEnd().split(/\r?\n/);
    return lines.slice(-tailLines).join("\n");
  } finally {
    await file.close();
  }
}
