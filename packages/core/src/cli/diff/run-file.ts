import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { createTarDecoder } from "modern-tar";
import { exitCodes } from "../exit-codes.js";
import { Fault } from "../fault.js";

/** What the first seven lines of a bundle's script say. */
export interface RunHead {
  readonly lab: string;
  readonly phynode: string;
  /** Of all behind these lines; of a folder's bundle of the runtime and the list of sums. */
  readonly sha256: string;
  /** Bytes before the payload; undefined where the payload is a folder beside the script. */
  readonly payloadOffset?: number;
  /** Bytes of these lines. */
  readonly size: number;
}

/** More than the seven lines can be. */
const mostHeadBytes = 4096;
const format = "1";

/** Reads a bundle's first lines; undefined where the file is none. */
export async function readRunHead(path: string, shown: string): Promise<RunHead | undefined> {
  const lines = (await beginningOf(path)).split("\n").slice(0, 7);
  if (lines[0] !== "#!/bin/sh" || !lines[1]?.startsWith("# dune bundle: ")) return undefined;
  const variables = new Map(lines.slice(2).map((line) => line.split("=", 2) as [string, string | undefined]));
  const [found, lab, phynode, sha256, offset] = ["FORMAT", "LAB", "PHYNODE", "SHA256", "PAYLOAD_OFFSET"].map(
    (name) => variables.get(`DUNE_${name}`),
  );
  if (found !== undefined && found !== format)
    throw new Fault(
      exitCodes.wrongInput,
      `${shown} has format ${found}, this dune reads format ${format}`,
      "compare it with the dune that built it, or build its topology again",
    );
  if (lab === undefined || phynode === undefined || sha256 === undefined || offset === undefined)
    throw damaged(shown, "its first lines are not whole");
  const size = Buffer.byteLength(`${lines.join("\n")}\n`);
  return { lab, phynode, sha256, ...(offset !== "" && { payloadOffset: Number(offset) }), size };
}

async function beginningOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(mostHeadBytes), 0, mostHeadBytes, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** A fault where a `.run` is not, byte by byte, what was built. */
export async function checkRunFile(path: string, shown: string, head: RunHead): Promise<void> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { start: head.size })) hash.update(chunk);
  if (hash.digest("hex") !== head.sha256)
    throw damaged(shown, "its content is not what its sum says: it was cut off or altered");
}

export function damaged(shown: string, why: string): Fault {
  return new Fault(
    exitCodes.wrongInput,
    `the bundle ${shown} is damaged: ${why}`,
    "copy it again, or build its topology again",
  );
}

/**
 * Reads members of a `.run`'s archive, in one pass that ends with the last of them.
 * @returns by name, those that there are
 */
export async function readMembers(
  path: string,
  shown: string,
  { payloadOffset = 0 }: RunHead,
  names: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  const packed = createReadStream(path, { start: payloadOffset });
  // Its errors come out of the last of the three.
  const unpacked = pipeline(packed, createGunzip(), () => undefined);
  try {
    const members = (Readable.toWeb(unpacked) as ReadableStream<Uint8Array>).pipeThrough(createTarDecoder());
    for await (const { header, body } of members) {
      // Those that nobody wants are read, too: a body that is cancelled leaves the one behind it without its end (modern-tar 0.8).
      const content = await wholeOf(body);
      if (names.has(header.name)) found.set(header.name, content);
      if (found.size === names.size) break;
    }
  } catch (error) {
    throw damaged(shown, `its archive cannot be read: ${error instanceof Error ? error.message : error}`);
  } finally {
    packed.destroy();
  }
  return found;
}

async function wholeOf(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
