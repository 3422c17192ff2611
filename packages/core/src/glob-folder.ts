import fs, { type Stats } from "node:fs";
import { dirname, relative, sep } from "node:path";
import fastGlob from "fast-glob";
import type { GlobMatch } from "./files.js";

type Callback = (error: NodeJS.ErrnoException | null, facts: Stats) => void;

/**
 * What globs match below a folder of the disk, links followed.
 *
 * @param folder absolute, without symbolic links
 * @param root what is not below it is told as outside; absolute, without symbolic links
 */
export async function globFolder(
  folder: string,
  root: string,
  globs: readonly string[],
): Promise<readonly GlobMatch[]> {
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
      return {
        path,
        kind,
        outside: relative(root, real ?? `${folder}/${path}`)
          .split(sep)
          .join("/"),
      };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
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
