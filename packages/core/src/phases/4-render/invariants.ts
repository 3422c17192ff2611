import type { Reporter } from "../../diagnostics/reporter.js";
import type { RenderedFile, Rendering } from "./rendering.js";

/** Paths are usable, and on one phynode no two files share one. */
export function checkPaths(rendering: Rendering, reporter: Reporter): void {
  for (const { owned, problem, other } of breaches(rendering)) {
    if (other !== undefined) reportConflict(owned, other, reporter);
    else {
      reporter.report("render/bad-path", {
        message: problem,
        at: owned.file.origin,
        hint: "name a file by an absolute path, or by one relative to the lab's own folder, without . and ..",
      });
    }
  }
}

function reportConflict({ file, owner, phynode }: OwnedFile, other: OwnedFile, reporter: Reporter): void {
  const isSamePlace = JSON.stringify(file.origin) === JSON.stringify(other.file.origin);
  reporter.report("render/path-conflict", {
    message:
      owner === other.owner
        ? `${owner} writes two files to ${file.path}`
        : `${other.owner} and ${owner} both write ${file.path} on phynode "${phynode}"`,
    at: file.origin,
    related: isSamePlace ? [] : [{ message: "the other one", at: other.file.origin }],
    hint: "give each file a path of its own; {{node}} in it tells nodes apart, {{dir}} is a node's own folder",
  });
}

/** What a rendering promises, checked again after every plugin. */
export function brokenRendering(rendering: Rendering): string | undefined {
  if (rendering.nodes.length !== rendering.placement.nodes.length)
    return "every placed node must stay in the rendering";
  for (const { problem } of breaches(rendering)) return problem;
  return undefined;
}

interface Breach {
  readonly owned: OwnedFile;
  readonly problem: string;
  /** The file that has the path already; undefined where the path itself is wrong. */
  readonly other?: OwnedFile;
}

function* breaches(rendering: Rendering): Generator<Breach> {
  const taken = new Map<string, OwnedFile>();
  for (const owned of allFiles(rendering)) {
    const { file, phynode } = owned;
    const wrong = pathProblem(file.path);
    if (wrong !== undefined) {
      yield { owned, problem: `the path ${JSON.stringify(file.path)} ${wrong}` };
      continue;
    }
    const key = `${phynode}\n${file.path}`;
    const other = taken.get(key);
    if (other === undefined) taken.set(key, owned);
    else yield { owned, other, problem: `two files are written to ${file.path} on phynode "${phynode}"` };
  }
}

interface OwnedFile {
  readonly file: RenderedFile;
  /** For messages. */
  readonly owner: string;
  readonly phynode: string;
}

function allFiles({ nodes, phynodes }: Rendering): readonly OwnedFile[] {
  return [
    ...nodes.flatMap(({ files, placed }) =>
      files.map((file) => ({ file, owner: `node "${placed.node.name}"`, phynode: placed.phynode.name })),
    ),
    ...phynodes.flatMap(({ files, phynode }) =>
      files.map((file) => ({ file, owner: `phynode "${phynode.name}"`, phynode: phynode.name })),
    ),
  ];
}

function pathProblem(path: string): string | undefined {
  if (path === "" || path.endsWith("/")) return "does not name a file";
  const parts = path.replace(/^\//, "").split("/");
  if (parts.some((part) => part === "" || part === "." || part === ".."))
    return "has an empty part, . or .. in it";
  if (path.length > 4000 || parts.some((part) => Buffer.byteLength(part) > 255))
    return "is too long for Linux";
  return undefined;
}
