import fs, { type Stats } from "node:fs";
import { dirname, posix, resolve } from "node:path";
import fastGlob from "fast-glob";
import type { GlobMatch } from "./files.js";

type Callback = (error: NodeJS.ErrnoException | null, facts: Stats) => void;

/** Where globs look. */
interface Place {
  /** From `base`, as the user has written it. */
  readonly path: string;
  /** Absolute. */
  readonly base: string;
  /** The folder at `path`, absolute, without symbolic links. */
  readonly folder: string;
  /** The same of `base`: what is not below it is told as outside. */
  readonly root: string;
}

/** What globs match below a folder of the disk, links followed. */
export async function globFolder(
  { path: own, base, folder, root }: Place,
  globs: readonly string[],
): Promise<readonly GlobMatch[]> {
  const wayTo = outwardWays(base, root);
  const links = new Links(folder);
  const entries = await fastGlob([...globs], {
    cwd: folder,
    dot: true,
    objectMode: true,
    // What is no file must be told, and not be left out in silence.
    onlyFiles: false,
    fs: { stat: links.stat as typeof fs.stat },
  });
  const isOutside = !isWithin(folder, root);
  return entries
    .filter(({ path, dirent }) => !dirent.isDirectory() && !links.isCycle(path))
    .map(({ path, dirent }): GlobMatch => {
      const kind = dirent.isFile() ? "file" : dirent.isSymbolicLink() ? "broken link" : "other";
      const real = kind === "broken link" ? undefined : links.realPath(path);
      if (real === undefined ? !isOutside : isWithin(real, root)) return { path, kind };
      return { path, kind, outside: wayTo(posix.join(own, path)) };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * How to tell the way to what is outside, so that it is the same wherever `base` is: the path from there, or where a link
 * leads out of `root`, that link with its text.
 */
function outwardWays(base: string, root: string): (path: string) => string {
  const leaving = new Map<string, string | undefined>();
  const linkAt = (path: string): string | undefined => {
    const full = resolve(base, path);
    // Of one that is broken it is told elsewhere.
    if (!fs.lstatSync(full).isSymbolicLink() || !fs.existsSync(full)) return undefined;
    if (isWithin(fs.realpathSync(full), root)) return undefined;
    return `${path} -> ${fs.readlinkSync(full)}`;
  };
  return (path) => {
    for (let end = path.indexOf("/", 1); ; end = path.indexOf("/", end + 1)) {
      const part = end < 0 ? path : path.slice(0, end);
      if (!leaving.has(part)) leaving.set(part, linkAt(part));
      const link = leaving.get(part);
      if (link !== undefined || end < 0) return link ?? path;
    }
  };
}

/** The links that a walk meets. fast-glob asks for the facts of what is behind a link, and of nothing else. */
class Links {
  readonly #folder: string;
  /** By absolute path. */
  readonly #targets = new Map<string, string>();
  readonly #cycles = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  readonly stat = (path: string, callback: Callback): void => {
    try {
      const target = fs.realpathSync(path);
      if (this.#leadsBack(path, target)) {
        this.#cycles.add(path);
        // A link that is not followed: below it is only what is above it.
        callback(null, fs.lstatSync(path));
        return;
      }
      this.#targets.set(path, target);
      callback(null, fs.statSync(path));
    } catch (error) {
      callback(error as NodeJS.ErrnoException, undefined as unknown as Stats);
    }
  };

  isCycle(path: string): boolean {
    return this.#cycles.has(`${this.#folder}/${path}`);
  }

  /** Of a file that was met; undefined where no link leads to it. */
  realPath(path: string): string | undefined {
    if (this.#targets.size === 0) return undefined;
    const full = `${this.#folder}/${path}`;
    for (let at = full; at.length > this.#folder.length; at = dirname(at)) {
      const target = this.#targets.get(at);
      if (target !== undefined) return target + full.slice(at.length);
    }
    return undefined;
  }

  /** Whether the way to a link goes through the folder that it leads to: to follow it would never end. */
  #leadsBack(path: string, target: string): boolean {
    for (let at = path; at.length > this.#folder.length; at = dirname(at)) {
      if (at !== path && !this.#targets.has(at)) continue;
      if (isWithin(fs.realpathSync(dirname(at)), target)) return true;
    }
    return false;
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || folder === "/" || path.startsWith(`${folder}/`);
}
