import { createHash } from "node:crypto";
import { closeSync, constants, createReadStream, fstatSync, openSync, readSync } from "node:fs";
import { readFile, realpath, stat } from "node:fs/promises";
import { posix, resolve } from "node:path";

/** How the compiler reads. Paths are relative to the topology's folder, with `/`; an absolute one is itself. */
export interface Files {
  /** Whole content, or undefined where there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Follows symbolic links; undefined where there is nothing. */
  stat(path: string): Promise<FileFacts | undefined>;
  /** The content in pieces. Called for what `stat` says is a file. */
  stream(path: string): AsyncIterable<Uint8Array>;
  /**
   * What globs match below a folder, sorted by path; undefined where there is no such folder. Folders themselves are not
   * told, what they hold is, hidden files and what links lead to as well; a glob after `!` excludes.
   */
  glob(folder: string, globs: readonly string[]): Promise<readonly GlobMatch[] | undefined>;
  /** The facts of a file with its sha256, in hexadecimal; undefined where there is no file. */
  digest(path: string): Promise<FileDigest | undefined>;
  /** Where it is on this machine, absolute, without symbolic links; undefined where it is not, or only in memory. */
  realPath(path: string): Promise<string | undefined>;
}

export interface GlobMatch {
  /** From the folder, with `/`. */
  readonly path: string;
  /** `other`: a socket, a device, … */
  readonly kind: "file" | "broken link" | "other";
  /**
   * Of what is not in the topology's folder: its path from there; or of what a symbolic link has led to, that link as it is
   * written: `src/h -> /etc/hostname`.
   */
  readonly outside?: string;
}

export interface FileDigest extends FileFacts {
  readonly sha256: string;
  /** Whether it begins as what compilers make: a program, a library, an archive of objects; absent: it does not. */
  readonly isCompiled?: boolean;
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
    glob: async (path, globs) => {
      const [real, root] = await Promise.all(
        [at(path), folder].map((each) => absentAsUndefined(realpath(each))),
      );
      if (real === undefined || !(await stat(real)).isDirectory()) return undefined;
      // Loaded when something is built, which most compilations never do.
      const { globFolder } = await import("./glob-folder.js");
      return globFolder({ path, base: folder, folder: real, root: root ?? folder }, globs);
    },
    digest: async (path) => absentAsUndefined(digestFile(at(path))),
    realPath: (path) => absentAsUndefined(realpath(at(path))),
  };
}

/**
 * A file's facts with its sha256; undefined where it is no file, an error where there is nothing.
 * Reads by calls that wait: for the thousands of small files that sources are this takes a fifth of the time of
 * asynchronous ones. Others get their turn between large pieces and, by the caller's await, between files.
 */
export async function digestFile(path: string): Promise<FileDigest | undefined> {
  // A pipe that nobody writes to would wait for ever.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = fstatSync(file);
    if (!facts.isFile()) return undefined;
    const hash = createHash("sha256");
    const piece = Buffer.allocUnsafe(Math.min(Math.max(facts.size, 1), 1 << 20));
    let isCompiled: boolean | undefined;
    for (let length = readSync(file, piece); length > 0; length = readSync(file, piece)) {
      isCompiled ??= /^(\x7fELF|!<(arch|thin)>\n)/.test(piece.toString("latin1", 0, Math.min(length, 8)));
      hash.update(piece.subarray(0, length));
      if (length === 1 << 20) await new Promise(setImmediate);
    }
    const { size, mode } = facts;
    const access = { executable: (mode & 0o100) !== 0, isPrivate: (mode & 0o004) === 0 };
    const digest = { kind: "file" as const, size, ...access, sha256: hash.digest("hex") };
    return { ...digest, ...(isCompiled && { isCompiled }) };
  } finally {
    closeSync(file);
  }
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
    glob: async (folder, globs) => {
      const prefix = normalise(`${folder}/`).replace(/^\.\/$/, "");
      const below = Object.keys(contents).filter((path) => path.startsWith(prefix));
      if (below.length === 0) return undefined;
      const { default: micromatch } = await import("micromatch");
      const paths = below.map((path) => path.slice(prefix.length));
      // On the disk it does not matter, either, in which order what is excluded stands.
      const excluded = globs.filter((glob) => glob.startsWith("!"));
      const included = globs.filter((glob) => !glob.startsWith("!"));
      const matched = micromatch(paths, [...included, ...excluded], { dot: true });
      return matched.sort().map((path) => ({ path, kind: "file" as const }));
    },
    digest: async (path) => {
      const content = bytes(path);
      const sha256 = content && createHash("sha256").update(content).digest("hex");
      return sha256 === undefined
        ? undefined
        : { kind: "file", size: content?.length ?? 0, executable: false, sha256 };
    },
    realPath: async () => undefined,
  };
}

function normalise(path: string): string {
  return posix.normalize(path);
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
