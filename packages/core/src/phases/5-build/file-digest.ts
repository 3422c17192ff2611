import { digestFile } from "../../files.js";

/** The sha256, in hexadecimal, and the size in bytes of what is known to be a file. */
export async function fileDigest(file: string): Promise<{ readonly sha256: string; readonly size: number }> {
  const facts = await digestFile(file);
  if (facts === undefined) throw new Error(`${file} is no regular file`);
  return { sha256: facts.sha256, size: facts.size };
}
