/**
 * The paths of `dist`, those in `own` first: each further one must be a file's of its own, below `dist`.
 * What it returns claims a path, and throws where that cannot be.
 */
export function pathClaims(own: readonly string[]): (path: string) => void {
  const files = new Set<string>();
  /** Each folder, by a file in it. */
  const folders = new Map<string, string>();
  const add = (path: string) => {
    files.add(path);
    for (const folder of foldersOf(path)) folders.set(folder, path);
  };
  own.forEach(add);
  return (path) => {
    if (/[\\\0]/.test(path) || path.split("/").some((part) => ["", ".", ".."].includes(part)))
      throw new Error(`the path ${JSON.stringify(path)} is no file below dist, with / between folders`);
    if (files.has(path)) throw new Error(`the path "${path}" is taken`);
    const inside = folders.get(path);
    if (inside !== undefined) throw new Error(`the path "${path}" is the folder of "${inside}"`);
    const file = foldersOf(path).find((folder) => files.has(folder));
    if (file !== undefined) throw new Error(`the path "${path}" lies under "${file}", which is a file`);
    add(path);
  };
}

/** `a`, `a/b` of `a/b/c`. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
