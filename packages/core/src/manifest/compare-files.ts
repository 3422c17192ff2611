import { compareScalars } from "./compare-values.js";
import type { Subject, ValueChange } from "./comparison.js";
import { takesOfMount } from "./etc-mounts.js";
import { type Finding, type Takes, takesAll } from "./finding.js";
import type { ManifestFile, ManifestFolder } from "./manifest.js";
import { isMoved, type Kept, keptOf, type ManifestPair, type Pair, pairUp } from "./manifest-pair.js";
import { takesOfUsers } from "./uses.js";

/** Files of the nodes and phynodes that both manifests have. */
export function compareFiles(pair: ManifestPair): readonly Finding[] {
  const ofNodes = [...pair.differing].flatMap(([name, node]) =>
    filesOf({ node: name }, node, {
      content: (path) => takesOfUsers(node, path, "file"),
      mount: (path) => takesOfMount(path, node.after.phynode, pair, node),
    }),
  );
  const ofPhynodes = [...keptOf(pair.phynodes)].flatMap(([name, phynode]) =>
    filesOf({ phynode: name }, phynode, {
      content: (path) => takesOfServerFile(pair, name, path),
      mount: (path) => takesOfMount(path, name, pair),
    }),
  );
  return [...ofNodes, ...ofPhynodes];
}

/** What it takes that the content of a file is another one, and that anything of it is. */
interface TakesOfFile {
  content(path: string): Takes;
  mount(path: string): Takes;
}

function filesOf(
  owner: Subject,
  { before, after }: Kept<FileOwner>,
  takesOf: TakesOfFile,
): readonly Finding[] {
  if (before.files.length === 0 && after.files.length === 0) return [];
  return [...pairUp(before.files, after.files, ({ path }) => path)].flatMap(([path, file]) => {
    const values = fileValues(file, { before, after });
    const change = file.before === undefined ? "added" : file.after === undefined ? "removed" : "changed";
    if (change === "changed" && values.length === 0) return [];
    const isOther = file.before?.sha256 !== file.after?.sha256;
    return {
      kind: "file",
      name: `${owner.node ?? owner.phynode}:${path}`,
      change,
      subject: { ...owner, path },
      values,
      takes: takesAll([{ live: true }, takesOf.mount(path), isOther ? takesOf.content(path) : {}]),
    };
  });
}

interface FileOwner {
  readonly files: readonly ManifestFile[];
  readonly private?: readonly ManifestFolder[] | undefined;
}

/** A file below a private folder of its node is the node's alone; else it lies where all of the server see it. */
function seenBy({ path }: ManifestFile, { private: folders = [] }: FileOwner): string {
  return folders.some((folder) => path.startsWith(`${folder.path}/`)) ? "its node" : "the whole server";
}

function fileValues({ before, after }: Pair<ManifestFile>, owner: Kept<FileOwner>): readonly ValueChange[] {
  if (before === undefined || after === undefined) return [];
  return [
    ...compareScalars(["sha256"], before.sha256, after.sha256),
    ...compareScalars(["size"], before.size, after.size, (bytes) => `${bytes} B`),
    ...compareScalars(["mode"], before.mode, after.mode),
    ...compareScalars(["seen by"], seenBy(before, owner.before), seenBy(after, owner.after)),
    ...compareScalars(["owner"], before.owner, after.owner),
  ];
}

/** Nodes of the server use a file of its own, unless they have their own at its path. */
function takesOfServerFile({ nodes }: ManifestPair, phynode: string, path: string): Takes {
  const here = [...keptOf(nodes)].filter(
    ([, node]) =>
      node.after.phynode === phynode &&
      !isMoved(node) &&
      !node.after.files.some((file) => file.path === path),
  );
  return takesAll(here.map(([, node]) => takesOfUsers(node, path, "file")));
}
