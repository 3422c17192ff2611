import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { exitCodes } from "../exit-codes.js";
import { Fault } from "../fault.js";
import { interruptible } from "../interrupt.js";
import { orAbsent } from "../own-dist.js";
import { exists, locateTopology, shownPath, type TopologyFile } from "../topology-argument.js";
import { openBundle, openDist, openManifest } from "./built-side.js";
import { compileSide, type FailedSide } from "./compile-side.js";
import { type GitArgument, parseGitArgument } from "./git-argument.js";
import { checkOut, type Whereabouts } from "./git-revision.js";
import { readRunHead } from "./run-file.js";
import type { Side } from "./side.js";

/** What an argument names. */
type Named =
  | { readonly kind: "git"; readonly name: string; readonly git: GitArgument }
  | { readonly kind: "topology"; readonly name: string; readonly topology: TopologyFile }
  | { readonly kind: "dist" | "bundle" | "manifest"; readonly name: string; readonly path: string };

/** The two sides, one of which could perhaps not be compiled. */
export type OpenedSide = Side | FailedSide;

/**
 * Opens both sides and hands them to `use`; revisions of git are there until it has ended, and are removed also where a
 * signal ends it.
 */
export async function withSides<T>(
  names: readonly [string, string],
  set: readonly string[],
  use: (before: OpenedSide, after: OpenedSide) => Promise<T>,
): Promise<T> {
  const named = [await recognise(names[0]), await recognise(names[1])] as const;
  const isCompiled = named.some(({ kind }) => kind === "git" || kind === "topology");
  if (set.length > 0 && !isCompiled)
    throw new Fault(
      exitCodes.wrongInput,
      "--set changes nothing here: both sides were compiled before",
      "it counts for a topology, or for git:REV",
    );
  const open = async (signal?: AbortSignal) => {
    const cleaners: (() => Promise<void>)[] = [];
    try {
      const before = await openSide(named[0], named[1], { set, cleaners, signal });
      const after = await openSide(named[1], named[0], { set, cleaners, signal });
      return await use(before, after);
    } finally {
      for (const clean of cleaners) await clean();
    }
  };
  return named.some(({ kind }) => kind === "git") ? interruptible(open) : open();
}

async function recognise(argument: string): Promise<Named> {
  const git = parseGitArgument(argument);
  if (git !== undefined) return { kind: "git", name: argument, git };
  const path = resolve(argument);
  const name = argument === "" ? "." : argument;
  const facts = await orAbsent(stat(path));
  if (facts?.isDirectory()) return recogniseFolder(path, name);
  if (facts?.isFile()) {
    if (/\.(run|sh)$/.test(path) || (await readRunHead(path, name)) !== undefined)
      return { kind: "bundle", name, path };
    if (path.endsWith(".json")) return { kind: "manifest", name, path };
  }
  return { kind: "topology", name, topology: await locateTopology(argument) };
}

/** A topology goes first: it is what is written by hand. */
async function recogniseFolder(path: string, name: string): Promise<Named> {
  const holds = (file: string) => exists(join(path, file));
  if (await holds("topology.toml"))
    return { kind: "topology", name, topology: { folder: path, file: "topology.toml" } };
  if (await holds("run.sh")) return { kind: "bundle", name, path: join(path, "run.sh") };
  if (await holds("manifest.json")) return { kind: "dist", name, path };
  throw new Fault(
    exitCodes.wrongInput,
    `the folder ${name} is neither a topology's nor what was built of one`,
    "it holds none of topology.toml, manifest.json and run.sh; name the topology's file, or a dist",
  );
}

interface Opening {
  readonly set: readonly string[];
  /** What is to be called at the end. */
  readonly cleaners: (() => Promise<void>)[];
  readonly signal: AbortSignal | undefined;
}

async function openSide(named: Named, other: Named, opening: Opening): Promise<OpenedSide> {
  const { name } = named;
  switch (named.kind) {
    case "git":
      return openRevision(named.git, name, other, opening);
    case "topology": {
      const { topology } = named;
      return compile(name, topology, (file) => shownPath(topology.folder, file), opening);
    }
    case "dist":
      return openDist(named.path, name);
    case "bundle":
      return openBundle(named.path, name);
    case "manifest":
      return openManifest(named.path, name);
  }
}

async function openRevision(
  git: GitArgument,
  name: string,
  other: Named,
  opening: Opening,
): Promise<OpenedSide> {
  const { signal = new AbortController().signal } = opening;
  const path = git.path ?? (other.kind === "git" ? other.git.path : undefined);
  const wanted = { ...git, ...(path !== undefined && { path }) };
  const { topology, shown, remove } = await checkOut(wanted, name, await whereaboutsOf(other), signal);
  opening.cleaners.push(remove);
  return compile(name, topology, shown, opening);
}

function compile(
  name: string,
  topology: TopologyFile,
  shown: (file: string) => string,
  { set, signal }: Opening,
): Promise<OpenedSide> {
  return compileSide({ name, topology, set, shown, ...(signal && { signal }) });
}

/** Where the other side's topology is: of what was built the one above it, else the one here. */
async function whereaboutsOf(other: Named): Promise<Whereabouts> {
  if (other.kind === "topology") return other.topology;
  const file = "topology.toml";
  if (other.kind !== "git") {
    const above = [dirname(other.path), dirname(dirname(other.path)), dirname(dirname(dirname(other.path)))];
    for (const folder of above) if (await exists(join(folder, file))) return { folder, file };
  }
  return { folder: process.cwd(), file };
}
