import { createHash } from "node:crypto";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

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
}

const schema = z.object({
  version: z.string(),
  sha256: z.string(),
  files: z.array(z.object({ path: z.string(), size: z.number(), modifiedMs: z.number(), inode: z.number() })),
  commands: z.record(z.string(), z.string()),
});

/** Remembers tools between compilations, by a question about them, for as long as their files stay what they are. */
export class ToolMemory {
  readonly #folder: string;

  /** @param folder absolute; made when something is kept */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The answer of an earlier time; undefined where there is none, or a file is not what it was. */
  async recall(question: string): Promise<ToolRecord | undefined> {
    let text: string;
    try {
      text = await readFile(this.#fileOf(question), "utf8");
    } catch {
      return undefined;
    }
    const record = parse(text);
    if (record === undefined) return undefined;
    const now = await Promise.all(record.files.map(({ path }) => stampOf(path)));
    const isSame = record.files.every((file, index) => JSON.stringify(file) === JSON.stringify(now[index]));
    return isSame ? record : undefined;
  }

  /** Keeps an answer. Where the folder cannot be written the tool is asked again the next time. */
  async keep(
    question: string,
    { version, sha256, commands }: ToolRecord,
    paths: readonly string[],
  ): Promise<void> {
    const stamps = await Promise.all(paths.map(stampOf));
    const files = stamps.filter((stamp) => stamp !== undefined);
    // Gone since it was asked.
    if (files.length < paths.length) return;
    const file = this.#fileOf(question);
    const draft = `${file}.${process.pid}`;
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(draft, JSON.stringify({ version, sha256, files, commands } satisfies ToolRecord));
      await rename(draft, file);
    } catch {
      // It is a memory only.
    }
  }

  #fileOf(question: string): string {
    return join(this.#folder, `${createHash("sha256").update(question).digest("hex")}.json`);
  }
}

function parse(text: string): ToolRecord | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function stampOf(path: string): Promise<FileStamp | undefined> {
  try {
    const { size, mtimeMs: modifiedMs, ino: inode } = await stat(path);
    return { path, size, modifiedMs, inode };
  } catch {
    return undefined;
  }
}
