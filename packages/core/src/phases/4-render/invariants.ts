import type { Code } from "../../diagnostics/codes.js";
import type { Origin } from "../../diagnostics/diagnostic.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import { holds, isWithin, pathProblem, privatePathProblem } from "./paths.js";
import type { RenderedFile, RenderedFolder, Rendering } from "./rendering.js";

/** Paths are usable, and no two files of one place share one. */
export function checkPaths(rendering: Rendering, reporter: Reporter): void {
  for (const { code, message, hint, at, other } of breaches(rendering)) {
    const isSamePlace = JSON.stringify(at) === JSON.stringify(other);
    const related = other === undefined || isSamePlace ? [] : [{ message: "the other one", at: other }];
    reporter.report(code, { message, at, related, hint });
  }
}

/** What paths a rendering promises, checked again after every plugin; says what is broken. */
export function brokenPaths(rendering: Rendering): string | undefined {
  for (const { message } of breaches(rendering)) return message;
  return undefined;
}

interface Breach {
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
  readonly at: Origin;
  /** What has the path already; undefined where the path itself is wrong. */
  readonly other?: Origin;
}

function* breaches(rendering: Rendering): Generator<Breach> {
  const owners = ownersOf(rendering);
  for (const owner of owners) yield* folderBreaches(owner);
  const taken = new Map<string, OwnedFile>();
  for (const owner of owners) yield* fileBreaches(owner, taken);
  for (const owner of owners) yield* mountBreaches(owner, taken);
}

/** A node, or a phynode's own. */
interface Owner {
  /** For messages. */
  readonly label: string;
  readonly phynode: string;
  readonly files: readonly RenderedFile[];
  readonly folders: readonly RenderedFolder[];
}

interface OwnedFile {
  readonly file: RenderedFile;
  readonly owner: Owner;
}

function ownersOf({ nodes, phynodes }: Rendering): readonly Owner[] {
  return [
    ...nodes.map(({ files, privateFolders, placed }) => ({
      label: `node "${placed.node.name}"`,
      phynode: placed.phynode.name,
      files,
      folders: privateFolders,
    })),
    ...phynodes.map(({ files, phynode: { name } }) => ({
      label: `phynode "${name}"`,
      phynode: name,
      files,
      folders: [],
    })),
  ];
}

const listsAppend =
  "lists append over defaults and groups: name each folder once, or drop the inherited ones with unset";

function* folderBreaches({ label, folders }: Owner): Generator<Breach> {
  for (const [index, { path, origin: at }] of folders.entries()) {
    const wrong = privatePathProblem(path);
    if (wrong !== undefined) {
      const message = `the private folder ${JSON.stringify(path)} of ${label} ${wrong}`;
      const hint = 'name a folder of the server by its whole path, e.g. "/run/frr"';
      yield { code: "render/bad-path", message, hint, at };
      continue;
    }
    const other = folders.slice(0, index).find((each) => holds(each.path, path) || holds(path, each.path));
    if (other === undefined) continue;
    const message =
      other.path === path
        ? `${label} has the private folder ${path} twice`
        : `the private folders ${other.path} and ${path} of ${label} lie in one another`;
    yield { code: "render/path-conflict", message, hint: listsAppend, at, other: other.origin };
  }
}

function* fileBreaches(owner: Owner, taken: Map<string, OwnedFile>): Generator<Breach> {
  const { label, phynode, files, folders } = owner;
  for (const file of files) {
    const { path, origin: at } = file;
    const wrong = pathProblem(path);
    if (wrong !== undefined) {
      const message = `the path ${JSON.stringify(path)} ${wrong}`;
      const hint =
        "name a file by an absolute path, or by one relative to the lab's own folder, without . and ..";
      yield { code: "render/bad-path", message, hint, at };
      continue;
    }
    const isOwn = folders.some((folder) => isWithin(path, folder.path));
    const key = isOwn ? `${phynode}\n${label}\n${path}` : serverKey(phynode, path);
    const other = taken.get(key);
    if (other === undefined) taken.set(key, { file, owner });
    else {
      const message =
        owner === other.owner
          ? `${label} writes two files to ${path}`
          : `${other.owner.label} and ${label} both write ${path} on phynode "${phynode}"`;
      const hint =
        "give each file a path of its own; {{node}} in it tells nodes apart, {{dir}} is a node's own folder";
      yield { code: "render/path-conflict", message, hint, at, other: other.file.origin };
    }
  }
}

/** A folder cannot be mounted where the server has a file, nor below one. */
function* mountBreaches(
  { label, phynode, folders }: Owner,
  taken: ReadonlyMap<string, OwnedFile>,
): Generator<Breach> {
  for (const { path, origin: at } of folders) {
    const parts = path.split("/").slice(1);
    const upTo = parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
    const other = upTo.flatMap((each) => taken.get(serverKey(phynode, each)) ?? [])[0];
    if (other === undefined) continue;
    const message = `the private folder ${path} of ${label} and the file ${other.file.path} of ${other.owner.label} cannot both be on phynode "${phynode}"`;
    const hint = "give the file another path, or name another folder";
    yield { code: "render/path-conflict", message, hint, at, other: other.file.origin };
  }
}

function serverKey(phynode: string, path: string): string {
  return `${phynode}\n${path}`;
}
