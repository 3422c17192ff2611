import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** A file's sha256, in hexadecimal, and its size in bytes. */
export async function fileDigest(file: string): Promise<{ readonly sha256: string; readonly size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { sha256: hash.digest("hex"), size };
}
