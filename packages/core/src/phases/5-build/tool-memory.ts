import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { z } from "zod";
import type { BuildCache } from "./build-cache.js";

/** What was found out about a tool, and the files that it was found out of. */
export interface ToolRecord {
  readonly version: string;
  readonly sha256: string;
  readonly files: readonly FileStamp[];
  /** Commands of PATH that belong to it, by name, and where each was found. */
  readonly commands: Readonly<Record<string, string>>;
}

/** A file as it was; another one of the same path has another stamp. */
interface FileStamp {
  readonly path: string;
  readonly size: number;
  readonly modifiedMs: number;
  readonly inode: number;
  /** What nobody can set: a file that was written in place with its old time is another one. */
  readonly changedMs: number;
}

const schema = z.object({
  version: z.string(),
  sha256: z.string(),
  files: z.array(
    z.strictObject({
      path: z.string(),
      size: z.number(),
      modifiedMs: z.number(),
      inode: z.number(),
      changedMs: z.number(),
    }),
  ),
  commands: z.record(z.string(), z.string()),
});

/** Remembers tools between compilations, by a question about them, for as long as their files stay what they are. */
export class ToolMemory {
  readonly #cache: BuildCache;

  constructor(cache: BuildCache) {
    this.#cache = cache;
  }

  /** The answer of an earlier time; undefined where there is none, or a file is not what it was. */
  async recall(question: string): Promise<ToolRecord | undefined> {
    const record = schema.safeParse(await this.#cache.readRecord(recordOf(question))).data;
    if (record === undefined) return undefined;
    const now = await Promise.all(record.files.map(({ path }) => stampOf(path)));
    const isSame = record.files.every((file, index) => JSON.stringify(file) === JSON.stringify(now[index]));
    return isSame ? record : undefined;
  }

  /** Keeps an answer. */
  async keep(
    question: string,
    { version, sha256, commands }: ToolRecord,
    paths: readonly string[],
  ): Promise<void> {
    const stamps = await Promise.all(paths.map(stampOf));
    const files = stamps.filter((stamp) => stamp !== undefined);
    // Gone since it was asked.
    if (files.length < paths.length) return;
    const record = { version, sha256, files, commands } satisfies ToolRecord;
    await this.#cache.writeRecord(recordOf(question), record);
  }
}

function recordOf(question: string): string {
  return `tools/${createHash("sha256").update(question).digest("hex")}.json`;
}

async function stampOf(path: string): Promise<FileStamp | undefined> {
  try {
    const { size, mtimeMs: modifiedMs, ino: inode, ctimeMs: changedMs } = await stat(path);
    return { path, size, modifiedMs, inode, changedMs };
  } catch {
    return undefined;
  }
}
