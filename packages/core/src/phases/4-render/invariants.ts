import type { Reporter } from "../../diagnostics/reporter.js";
import type { RenderedFile, Rendering } from "./rendering.js";

/** Paths are usable, and on one phynode no two files share one. */
export function checkPaths(rendering: Rendering, reporter: Reporter): void {
  const taken = new Map<string, RenderedFile>();
  for (const { file, phynode } of allFiles(rendering)) {
    const problem = pathProblem(file.path);
    if (problem !== undefined) {
      reporter.report("render/bad-path", {
        message: `the path ${JSON.stringify(file.path)} ${problem}`,
        at: file.origin,
        hint: "name a file by an absolute path, or by one relative to the lab's own folder, without . and ..",
      });
      continue;
    }
    const key = `${phynode}\n${file.path}`;
    const other = taken.get(key);
    if (other === undefined) taken.set(key, file);
    else {
      reporter.report("render/path-conflict", {
        message: `two files are written to ${file.path} on phynode "${phynode}"`,
        at: file.origin,
        related: [{ message: "the other one", at: other.origin }],
        hint: "put {{node}} into the path, so that each node has its own",
      });
    }
  }
}

/** What a rendering promises, checked again after every plugin. */
export function brokenRendering(rendering: Rendering): string | undefined {
  if (rendering.nodes.length !== rendering.placement.nodes.length) return "every placed node must stay in the rendering";
  const taken = new Set<string>();
  for (const { file, phynode } of allFiles(rendering)) {
    const problem = pathProblem(file.path);
    if (problem !== undefined) return `the path ${JSON.stringify(file.path)} ${problem}`;
    const key = `${phynode}\n${file.path}`;
    if (taken.has(key)) return `two files are written to ${file.path} on phynode "${phynode}"`;
    taken.add(key);
  }
  return undefined;
}

function allFiles(rendering: Rendering): readonly { readonly file: RenderedFile; readonly phynode: string }[] {
  return [
    ...rendering.nodes.flatMap(({ files, placed }) => files.map((file) => ({ file, phynode: placed.phynode.name }))),
    ...rendering.phynodes.flatMap(({ files, phynode }) => files.map((file) => ({ file, phynode: phynode.name }))),
  ];
}

function pathProblem(path: string): string | undefined {
  if (path === "" || path.endsWith("/")) return "does not name a file";
  const parts = path.replace(/^\//, "").split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..")) return "has an empty part, . or .. in it";
  if (path.length > 4000 || parts.some((part) => Buffer.byteLength(part) > 255)) return "is too long for Linux";
  return undefined;
}
