import type { RenderedFile, Rendering } from "../phases/4-render/rendering.js";
import type { Artifacts } from "../phases/6-emit/artifacts.js";

/** Texts of files, by path from the topology's folder. */
export type Contents = Readonly<Record<string, string>>;

/** Whose file: what one node sees, or what is the server's. */
export type FileOwner = { readonly node: string } | { readonly phynode: string };

/** Reads what the lab would write on its servers. */
export function fileReader(rendering: Rendering, contents: Contents) {
  return (path: string, owner: FileOwner): string => {
    const [label, files] = filesOf(owner, rendering);
    const { content } = named(path, files, label);
    return "text" in content ? content.text : (textOf(content.file, contents) ?? "");
  };
}

/** Reads what a build would write into `dist`. */
export function artifactReader({ files }: Artifacts) {
  return (path: string): string => Buffer.concat(named(path, files, "dist").chunks).toString("utf8");
}

/** By a path from the topology's folder, which may be written with `./`. */
export function textOf(path: string, contents: Contents): string | undefined {
  const name = path.replace(/^(\.\/)+/, "");
  return Object.hasOwn(contents, name) ? contents[name] : undefined;
}

function filesOf(owner: FileOwner, rendering: Rendering): [label: string, files: readonly RenderedFile[]] {
  if ("node" in owner) {
    const found = rendering.nodes.find(({ placed }) => placed.node.name === owner.node);
    if (found === undefined) throw new Error(`there is no node "${owner.node}"`);
    return [`node "${owner.node}"`, found.files];
  }
  const found = rendering.phynodes.find(({ phynode }) => phynode.name === owner.phynode);
  if (found === undefined) throw new Error(`there is no phynode "${owner.phynode}"`);
  return [`phynode "${owner.phynode}"`, found.files];
}

function named<T extends { readonly path: string }>(path: string, files: readonly T[], label: string): T {
  const file = files.find((each) => each.path === path);
  if (file !== undefined) return file;
  const others = files.map((each) => each.path).join(", ");
  throw new Error(`${label} has no file ${path}; ${others === "" ? "it has none" : `it has ${others}`}`);
}
