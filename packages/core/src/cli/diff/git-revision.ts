import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { exitCodes } from "../exit-codes.js";
import { Fault } from "../fault.js";
import { exists, type TopologyFile } from "../topology-argument.js";
import { findRepository, kindAt, type Repository, treeOf, writeTree } from "./git.js";
import { type GitArgument, pathFromTop } from "./git-argument.js";

/** A revision of a repository, written to a temporary folder. */
export interface CheckedOut {
  readonly topology: TopologyFile;
  /** How a file of it is called for the user, by its path from the topology's folder or its absolute one. */
  readonly shown: (file: string) => string;
  remove(): Promise<void>;
}

/** Where the topology is that a `git:REV` without a path means: that of the other side. */
export interface Whereabouts {
  /** Absolute. */
  readonly folder: string;
  /** From the folder. */
  readonly file: string;
}

/** Writes the whole revision to a temporary folder: a topology reads files that lie beside it and above it. */
export async function checkOut(
  argument: GitArgument,
  name: string,
  other: Whereabouts,
  signal: AbortSignal,
): Promise<CheckedOut> {
  const from = argument.path === undefined ? other.folder : process.cwd();
  const repository = await findRepository(from, argument.path === undefined ? other.folder : "this folder");
  const tree = await treeOf(repository, argument.revision, name);
  const path = await topologyIn(repository, tree, argument, name, other);
  const room = await mkdtemp(join(tmpdir(), "dune-diff-"));
  const remove = () => rm(room, { recursive: true, force: true });
  try {
    const folder = join(room, "tree");
    await mkdir(folder);
    await writeTree(repository, tree, { folder, index: join(room, "index") }, signal);
    await linkPackages(repository, folder, posix.dirname(path));
    const topology = { folder: join(folder, dirname(path)), file: posix.basename(path) };
    const shown = (file: string) => {
      const inTree = posix.relative(folder, posix.resolve(topology.folder, file));
      return inTree.startsWith("../") ? file : `git:${argument.revision}:${inTree}`;
    };
    return { topology, shown, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The path of the topology's file in the tree, from its top. */
async function topologyIn(
  repository: Repository,
  tree: string,
  { revision, path }: GitArgument,
  name: string,
  other: Whereabouts,
): Promise<string> {
  const wanted = pathFromTop(path ?? `./${other.file}`, repository.prefix);
  if (wanted === undefined)
    throw new Fault(exitCodes.wrongInput, `${name} leads out of the repository`, pathHint(revision));
  const file = posix.join(wanted, "topology.toml");
  const kind = await kindAt(repository, tree, wanted);
  if (kind === "file") return wanted;
  if (kind === "folder" && (await kindAt(repository, tree, file)) === "file") return file;
  const missing = kind === "folder" ? file : wanted;
  throw new Fault(
    exitCodes.wrongInput,
    `revision ${revision} has no ${missing}`,
    `is it called otherwise there? ${pathHint(revision)}`,
  );
}

function pathHint(revision: string): string {
  return `git:${revision}:PATH names a topology from the repository's top, git:${revision}:./PATH from this folder`;
}

/** Packages that npm has installed are in no revision: those of the work tree are taken. */
async function linkPackages({ top }: Repository, tree: string, folder: string): Promise<void> {
  if (top === undefined) return;
  const steps = folder === "." ? [] : folder.split("/");
  const folders = [".", ...steps.map((_, index) => steps.slice(0, index + 1).join("/"))];
  for (const each of folders) {
    const [own, installed] = [join(tree, each, "node_modules"), join(top, each, "node_modules")];
    if ((await exists(installed)) && !(await exists(own))) await symlink(installed, own);
  }
}
