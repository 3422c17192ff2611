import { join } from "node:path";
import type { Files } from "../../files.js";
import type { Platform } from "../../values/platform.js";
import type { Program, ProgramFacts, ProgramSources } from "./binaries.js";
import type { BuildCache } from "./build-cache.js";
import { buildKey, namesKey, readsKey } from "./build-key.js";
import { logTail } from "./build-log.js";
import type { BuildProblem } from "./build-problem.js";
import { type BuildRoom, furnishRoom } from "./build-room.js";
import type { KeptProgram } from "./cache-entry.js";
import { fileDigest } from "./file-digest.js";
import { filesRead, type Reads } from "./files-read.js";
import { inspectProgram, problemOn } from "./inspect-program.js";
import { haveChanged, keyOfReads, rememberReads, takeByReads } from "./known-reads.js";
import { machineHint, placeOfFile } from "./machine-hint.js";
import { ownLibraryProblem } from "./own-library.js";
import type { BuildPlan } from "./plan-builds.js";
import { outputFolder, type ProgramLeft, programLeft } from "./program-left.js";
import { programSources } from "./program-sources.js";
import { runRecipe } from "./run-recipe.js";

/** What programs are built with. */
export interface Builds {
  readonly cache: BuildCache;
  readonly files: Files;
  /** How much one build may do at once. */
  readonly jobs: number;
  readonly signal: AbortSignal;
}

/** A program, and what it was made from. */
export interface SourcedProgram {
  readonly program: Program;
  readonly sources: ProgramSources;
}

/** What became of a plan. */
export type Outcome = SourcedProgram | { readonly problem: BuildProblem };

/** A program that was built and checked, and is not in the cache yet. */
export interface FreshProgram {
  /** Absolute. */
  readonly file: string;
  readonly room: BuildRoom;
  /** When its build began, as of `Date.now()`. */
  readonly startMs: number;
}

/** The program of a plan, where it was built before and nothing of it has changed. */
export async function takeProgram(plan: BuildPlan, cache: BuildCache): Promise<SourcedProgram | undefined> {
  if (plan.recipe.reads !== undefined) {
    const found = await takeByReads(plan, cache);
    return found && made(found.kept, plan, found.reads);
  }
  const kept = await cache.take(buildKey(plan));
  return kept && made(kept, plan);
}

/** @param inner a folder in the build's own, so that paths differ in length */
export async function buildProgram(
  plan: BuildPlan,
  { cache, files, jobs, signal }: Builds,
  inner = "",
): Promise<FreshProgram | BuildProblem> {
  const startMs = Date.now();
  const folder = join(await cache.freshFolder(), inner);
  const room = await furnishRoom(folder, plan.binary.name, cache.work);
  const left = (await runRecipe(plan, { room, files, jobs, signal })) ?? (await checkLeft(plan, room));
  if (!("code" in left)) return { file: left.file, room, startMs };
  if (plan.recipe.commands.length === 0) return left;
  const problem = { output: await logTail(room), ...left };
  return cache.isKept ? keepLog(problem, plan, room, cache) : problem;
}

/** Puts a program into the cache and takes it from there. */
export async function keepProgram(
  plan: BuildPlan,
  { file, room, startMs }: FreshProgram,
  cache: BuildCache,
): Promise<SourcedProgram> {
  const { binary, platform, tools, recipe, inputs } = plan;
  const names = namesKey(plan);
  // Where a build does not say what it has read, it has read everything.
  const reads = recipe.reads && {
    around: [],
    files: inputs.map(({ path }) => path),
    ...(await filesRead(recipe.reads, room.src, plan)),
  };
  const key = reads === undefined ? buildKey(plan) : await keyOfReads(names, reads, plan);
  const isVague = reads !== undefined && (await haveChanged(reads, plan, startMs));
  const facts = {
    entry: 1,
    name: binary.name,
    platform: platform.text,
    tools: tools.map(({ name, version }) => ({ name, version })),
    ...(reads && { reads: names }),
  } as const;
  // What something was made of that has changed meanwhile nobody finds again.
  const own = isVague ? readsKey(names, [["the build", room.mark]]) : key;
  const kept = await cache.store(own, { program: file, log: room.log, facts });
  if (reads !== undefined && !isVague) await rememberReads(names, reads, cache);
  const program = await made(kept, plan, reads);
  if (program === undefined) throw new Error(`the cache has no program for ${own}`);
  return program;
}

async function made(kept: KeptProgram, plan: BuildPlan, reads?: Reads): Promise<SourcedProgram | undefined> {
  const program = await inspected(kept, plan);
  return program && { program, sources: await programSources(plan, reads) };
}

/** Undefined for what another dune has let pass. */
async function inspected({ file, sha256, size }: KeptProgram, plan: BuildPlan): Promise<Program | undefined> {
  if (plan.recipe.sha256 !== undefined && plan.recipe.sha256 !== sha256) return undefined;
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
  plan: BuildPlan,
  { log }: BuildRoom,
  cache: BuildCache,
): Promise<BuildProblem> {
  const { binary, platform } = plan;
  // Another lab may have a program of that name, too.
  const name = [binary.name, ...platform.text.split("/"), buildKey(plan).slice(0, 12)].join("-");
  return { ...problem, log: await cache.keepLog(name, log) };
}
