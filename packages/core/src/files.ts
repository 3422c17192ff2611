import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";

/** How the compiler reads. Paths are relative to the topology's folder, with `/`; an absolute one is itself. */
export interface Files {
  /** Whole content, or undefined where there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Follows symbolic links; undefined where there is nothing. */
  stat(path: string): Promise<FileFacts | undefined>;
  /** The content in pieces. Called for what `stat` says is a file. */
  stream(path: string): AsyncIterable<Uint8Array>;
}

export interface FileFacts {
  readonly kind: "file" | "folder" | "other";
  /** Bytes. */
  readonly size: number;
  /** Whether its owner may execute it. */
  readonly executable: boolean;
  /** Whether others than its owner and group may not read it; absent: they may. */
  readonly isPrivate?: boolean;
}

/** The text; undefined where the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Reads the disk, below `folder`. */
export function diskFiles(folder: string): Files {
  const at = (path: string) => resolve(folder, path);
  return {
    read: (path) => absentAsUndefined(readFile(at(path))),
    stat: async (path) => {
      const facts = await absentAsUndefined(stat(at(path)));
      if (facts === undefined) return undefined;
      const kind = facts.isFile() ? "file" : facts.isDirectory() ? "folder" : "other";
      const executable = (facts.mode & 0o100) !== 0;
      return { kind, size: facts.size, executable, isPrivate: (facts.mode & 0o004) === 0 };
    },
    stream: (path) => createReadStream(at(path)),
  };
}

/** Reads from memory, by path: what tests and editors compile from. */
export function memoryFiles(contents: Readonly<Record<string, string>>): Files {
  const bytes = (path: string) => {
    const text = Object.hasOwn(contents, normalise(path)) ? contents[normalise(path)] : undefined;
    return text === undefined ? undefined : new TextEncoder().encode(text);
  };
  return {
    read: async (path) => bytes(path),
    stat: async (path) => {
      const content = bytes(path);
      return content && { kind: "file", size: content.length, executable: false };
    },
    stream: async function* (path) {
      const content = bytes(path);
      if (content) yield content;
    },
  };
}

function normalise(path: string): string {
  return path.replace(/^(\.\/)+/, "");
}

async function absentAsUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
