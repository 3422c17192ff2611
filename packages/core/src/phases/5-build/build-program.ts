import { copyFile, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Files } from "../../files.js";
import type { Platform } from "../../values/platform.js";
import type { Program, ProgramFacts } from "./binaries.js";
import type { BuildCache } from "./build-cache.js";
import { buildKey, namesKey } from "./build-key.js";
import { logTail } from "./build-log.js";
import type { BuildProblem } from "./build-problem.js";
import { type BuildRoom, furnishRoom } from "./build-room.js";
import type { KeptProgram } from "./cache-entry.js";
import { fileDigest } from "./file-digest.js";
import { filesRead } from "./files-read.js";
import { inspectProgram, problemOn } from "./inspect-program.js";
import { keyOfReads, rememberReads, takeByReads } from "./known-reads.js";
import { machineHint, placeOfFile } from "./machine-hint.js";
import { ownLibraryProblem } from "./own-library.js";
import type { BuildPlan } from "./plan-builds.js";
import { outputFolder, type ProgramLeft, programLeft } from "./program-left.js";
import { runRecipe } from "./run-recipe.js";

/** What programs are built with. */
export interface Builds {
  readonly cache: BuildCache;
  readonly files: Files;
  /** How much one build may do at once. */
  readonly jobs: number;
  readonly signal: AbortSignal;
}

/** What became of a plan. */
export type Outcome = { readonly program: Program } | { readonly problem: BuildProblem };

/** A program that was built and checked, and is not in the cache yet. */
export interface FreshProgram {
  /** Absolute. */
  readonly file: string;
  readonly room: BuildRoom;
}

/** The program of a plan, where it was built before and nothing of it has changed. */
export async function takeProgram(plan: BuildPlan, cache: BuildCache): Promise<Program | undefined> {
  const kept =
    plan.recipe.reads === undefined ? await cache.take(buildKey(plan)) : await takeByReads(plan, cache);
  return kept && inspected(kept, plan);
}

/** @param inner a folder in the build's own, so that paths differ in length */
export async function buildProgram(
  plan: BuildPlan,
  { cache, files, jobs, signal }: Builds,
  inner = "",
): Promise<FreshProgram | BuildProblem> {
  const folder = join(await cache.freshFolder(), inner);
  const room = await furnishRoom(folder, plan.binary.name, cache.work);
  const left = (await runRecipe(plan, { room, files, jobs, signal })) ?? (await checkLeft(plan, room));
  if (!("code" in left)) return { file: left.file, room };
  if (plan.recipe.commands.length === 0) return left;
  const problem = { output: await logTail(room), ...left };
  return cache.isKept ? keepLog(problem, plan, room, cache) : problem;
}

/** Puts a program into the cache and takes it from there. */
export async function keepProgram(
  plan: BuildPlan,
  { file, room }: FreshProgram,
  cache: BuildCache,
): Promise<Program> {
  const { binary, platform, tools, recipe, inputs } = plan;
  const names = namesKey(plan);
  const read = recipe.reads && (await filesRead(recipe.reads, room.src, plan));
  // Where a build does not say what it has read, it has read everything.
  const paths = recipe.reads && (read ?? inputs.map(({ path }) => path));
  const key = (paths && (await keyOfReads(names, paths, plan))) ?? buildKey(plan);
  const facts = {
    entry: 1,
    name: binary.name,
    platform: platform.text,
    tools: tools.map(({ name, version }) => ({ name, version })),
    ...(paths && { reads: names }),
  } as const;
  const kept = await cache.store(key, { program: file, log: room.log, facts });
  if (paths !== undefined) await rememberReads(names, paths, cache);
  const program = await inspected(kept, plan);
  if (program === undefined) throw new Error(`the cache has no program for ${key}`);
  return program;
}

/** Undefined for what another dune has let pass. */
async function inspected({ file, sha256, size }: KeptProgram, plan: BuildPlan): Promise<Program | undefined> {
  const facts = await inspectProgram(file);
  if (facts.kind === "unfit" || problemOn(facts, plan.platform) !== undefined) return undefined;
  return { file, sha256, size, facts: withRuntime(facts, plan) };
}

/** Of what a script needs its file says the command, and its builder the version. */
function withRuntime(facts: ProgramFacts, { recipe: { runtime } }: BuildPlan): ProgramFacts {
  if (facts.kind !== "script" || facts.interpreter !== runtime?.command) return facts;
  return { ...facts, major: runtime.major };
}

/** What a build has left, if that is the program. */
async function checkLeft(
  plan: BuildPlan,
  room: BuildRoom,
): Promise<{ readonly file: string } | BuildProblem> {
  const left = await programLeft(plan, room);
  if (!("file" in left)) return notThere(left, plan);
  const { recipe, platform } = plan;
  const { sha256 } = await fileDigest(left.file);
  if (recipe.sha256 !== undefined && recipe.sha256 !== sha256)
    return wrongSha256(sha256, recipe.sha256, platform);
  const facts = await inspectProgram(left.file);
  const problem = problemOn(facts, platform, machineHint(plan.binary, platform));
  if (problem !== undefined) return { ...problem, ...placeOfFile(plan.binary, platform) };
  return (await ownLibraryProblem(facts, room)) ?? left;
}

function notThere(left: Exclude<ProgramLeft, { readonly file: string }>, plan: BuildPlan): BuildProblem {
  const { output } = plan.recipe;
  const place = output ?? "{{out}}";
  const path = plan.binary.output === undefined ? {} : { path: ["output"] };
  if ("noFile" in left) {
    return {
      code: "build/not-a-file",
      message: `has no program {for}: the build left ${left.noFile} at ${place}`,
      hint: `let the build leave the program itself at ${place}`,
      ...path,
    };
  }
  const from = outputFolder(plan);
  const [first] = left.left;
  const given = plan.binary.output ?? place.slice(from.length);
  return {
    code: "build/no-output",
    message: `has no program {for}: the build left nothing at ${given}${from === "" ? "" : ` in ${from}`}`,
    hint:
      first === undefined
        ? "the build left nothing new at all: look at what it does"
        : `the build left ${left.left.join(", ")}: if that is the program, write output = "${first}"`,
    ...path,
  };
}

function wrongSha256(found: string, wanted: string, { text }: Platform): BuildProblem {
  return {
    code: "build/wrong-sha256",
    message: `is not the file that it should be {for}: its sha256 is ${found}`,
    hint: `the topology says ${wanted}; get the right file, or write the sha256 of this one once you trust it`,
    path: ["files", text, "sha256"],
  };
}

/** The whole log of a build that failed, where the user can read it. */
async function keepLog(
  problem: BuildProblem,
  { binary, platform }: BuildPlan,
  { log, folder }: BuildRoom,
  cache: BuildCache,
): Promise<BuildProblem> {
  const target = join(cache.folder, "failed", `${binary.name}-${platform.text.replaceAll("/", "-")}.log`);
  await mkdir(join(cache.folder, "failed"), { recursive: true, mode: 0o700 });
  await copyFile(log, join(folder, "failed.log"));
  await rename(join(folder, "failed.log"), target);
  return { ...problem, log: target };
}
