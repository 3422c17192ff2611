import { execa } from "execa";
import { exitCodes } from "../exit-codes.js";
import { Fault } from "../fault.js";

/** A git repository, as seen from a folder in it. */
export interface Repository {
  /** Absolute. */
  readonly gitFolder: string;
  /** The folder from the repository's top: empty, or with `/` at its end. */
  readonly prefix: string;
  /** The top of the work tree, absolute; undefined in a bare repository. */
  readonly top?: string;
}

/** What git is told by its environment where it runs us itself, as in a hook; it is about another command than ours. */
const ofAnotherCommand = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_PREFIX",
  "GIT_COMMON_DIR",
  "GIT_LITERAL_PATHSPECS",
];

/**
 * What keeps git from writing into the repository, or running what the repository names, while it writes an index and a tree
 * of ours; and from leaving out what the user's own work tree leaves out.
 */
const ownSettings = [
  "core.splitIndex=false",
  "core.untrackedCache=false",
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "core.sparseCheckout=false",
  "advice.detachedHead=false",
].flatMap((setting) => ["-c", setting]);

/** The repository that a folder is in; a fault where it is in none. */
export async function findRepository(folder: string, shown: string): Promise<Repository> {
  const asked = ["--absolute-git-dir", "--is-bare-repository", "--show-prefix"];
  const told = await git(["rev-parse", ...asked], { cwd: folder });
  if (told.exitCode !== 0) throw noRepository(shown, told.stderr);
  const [gitFolder = "", isBare = "false", prefix = ""] = told.stdout.split("\n");
  if (isBare === "true") return { gitFolder, prefix: "" };
  const top = await git(["rev-parse", "--show-toplevel"], { cwd: folder });
  return { gitFolder, prefix, ...(top.exitCode === 0 && { top: top.stdout }) };
}

function noRepository(shown: string, stderr: string): Fault {
  const said = stderr.split("\n")[0]?.replace(/^fatal: /, "") ?? "";
  const isAbsent = said.startsWith("not a git repository");
  return new Fault(
    exitCodes.wrongInput,
    isAbsent ? `${shown} is in no git repository` : `git refuses the repository of ${shown}: ${said}`,
    isAbsent
      ? "git:REV is a revision of the repository that the other side is in; run this there, or name a file or folder"
      : stderr.split("\n").slice(1).join(" ").trim() || "see what `git status` says there",
  );
}

/** The id of a revision's tree; a fault where there is no such revision. */
export async function treeOf(repository: Repository, revision: string, shown: string): Promise<string> {
  const told = revision.startsWith("-")
    ? undefined
    : await git(["rev-parse", "--quiet", "--verify", `${revision}^{tree}`], { repository });
  if (told?.exitCode === 0) return told.stdout;
  throw new Fault(
    exitCodes.wrongInput,
    `${shown}: the repository has no revision ${revision}`,
    "name a commit, a tag or a branch, as `git log` and `git tag` show them; `git fetch` brings those of others",
  );
}

/** What a tree has at a path; undefined where it has nothing there. */
export async function kindAt(
  repository: Repository,
  tree: string,
  path: string,
): Promise<"file" | "folder" | undefined> {
  const told = await git(["cat-file", "-t", path === "" ? tree : `${tree}:${path}`], { repository });
  if (told.exitCode !== 0) return undefined;
  return told.stdout === "tree" ? "folder" : told.stdout === "blob" ? "file" : undefined;
}

/** Writes a tree into an empty folder. The repository, its index and its work tree stay as they are. */
export async function writeTree(
  repository: Repository,
  tree: string,
  to: { readonly folder: string; readonly index: string },
  signal: AbortSignal,
): Promise<void> {
  const environ = { GIT_WORK_TREE: to.folder, GIT_INDEX_FILE: to.index };
  for (const args of [
    ["read-tree", tree],
    ["checkout-index", "--all", "--quiet"],
  ]) {
    const told = await git([...ownSettings, ...args], { repository, cwd: to.folder, environ, signal });
    signal.throwIfAborted();
    if (told.exitCode !== 0)
      throw new Fault(exitCodes.wrongEnvironment, `git cannot write the revision: ${told.stderr.trim()}`);
  }
}

interface GitOptions {
  readonly repository?: Repository;
  readonly cwd?: string;
  readonly environ?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

async function git(args: readonly string[], { repository, cwd, environ, signal }: GitOptions) {
  const inherited = Object.entries(process.env).filter(([name]) => !ofAnotherCommand.includes(name));
  const own = { LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0", ...(repository && { GIT_DIR: repository.gitFolder }) };
  const told = await execa("git", args, {
    reject: false,
    extendEnv: false,
    stdin: "ignore",
    env: { ...Object.fromEntries(inherited), ...own, ...environ },
    ...(cwd !== undefined && { cwd }),
    ...(signal && { cancelSignal: signal }),
  });
  if (told.code === "ENOENT" && told.exitCode === undefined)
    throw new Fault(
      exitCodes.wrongEnvironment,
      "git is not installed here",
      "install git, or name a file or folder instead of git:REV",
    );
  return { exitCode: told.exitCode ?? 1, stdout: told.stdout, stderr: told.stderr };
}
