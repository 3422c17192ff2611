/* Which paths a file or a folder on a phynode may have. */

/** What the server keeps for itself, or dune for the lab: a private folder there would hide it from the node. */
const reserved = ["/proc", "/sys", "/dev", "/var/lib/dune"];

/** Why a file cannot have this path. */
export function pathProblem(path: string): string | undefined {
  if (path === "" || path.endsWith("/")) return "does not name a file";
  return partsProblem(path);
}

/** Why a node cannot have a folder of its own at this path. */
export function privatePathProblem(path: string): string | undefined {
  if (!path.startsWith("/")) return "is not absolute";
  if (path === "/") return "is the whole file system";
  if (path.endsWith("/")) return "ends in /";
  const wrong = partsProblem(path);
  if (wrong !== undefined) return wrong;
  const outer = reserved.find((each) => holds(each, path));
  if (outer !== undefined) return outer === path ? "is not to be hidden from a node" : `is in ${outer}`;
  const inner = reserved.find((each) => holds(path, each));
  return inner === undefined ? undefined : `would hide ${inner} from the node`;
}

function partsProblem(path: string): string | undefined {
  const parts = path.replace(/^\//, "").split("/");
  if (parts.some((part) => part === "" || part === "." || part === ".."))
    return "has an empty part, . or .. in it";
  if (path.length > 4000 || parts.some((part) => Buffer.byteLength(part) > 255))
    return "is too long for Linux";
  return undefined;
}

/** Whether `path` is the folder or in it. */
export function holds(folder: string, path: string): boolean {
  return path === folder || isWithin(path, folder);
}

export function isWithin(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}
