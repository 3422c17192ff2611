import { posix } from "node:path";
import { buildEnviron } from "../../builders/build-environ.js";
import type { BuildRefusal, BuildTarget, Recipe, ToolNeed } from "../../builders/builder.js";
import { goTool } from "../../builders/go.js";
import { targetFor, targetWith } from "../../builders/target.js";
import type { Context } from "../../context.js";
import type { GlobMatch } from "../../files.js";
import type { Platform } from "../../values/platform.js";
import { originIn } from "../2-resolve/entity-origin.js";
import type { Binary, Topology } from "../2-resolve/topology.js";
import { expandBinary } from "../4-render/binary-strings.js";
import type { Rendering } from "../4-render/rendering.js";
import { askBuilder, builderCalled, type NamedBuilder } from "./ask-builder.js";
import type { ProgramSources } from "./binaries.js";
import { Toolbox } from "./find-tools.js";
import { listInputs, namesInputs } from "./list-inputs.js";
import { type Inputs, readInputs } from "./read-inputs.js";
import { type UsedProgram, usedPrograms } from "./used-programs.js";

/** All that decides what a program becomes, and whom it is for. */
export interface BuildPlan {
  readonly binary: Binary;
  readonly platform: Platform;
  /** Names of the phynodes that it goes to, sorted. */
  readonly phynodes: readonly string[];
  /** Names of the nodes that use it, sorted. */
  readonly nodes: readonly string[];
  readonly inputs: readonly InputFile[];
  readonly sources: ProgramSources;
  /** Files that would be inputs, but are what compilers have made: their paths from `source`, sorted. */
  readonly leftOut: readonly string[];
  /** Where `source` is on this machine, absolute, without symbolic links; absent in memory. No part of any key. */
  readonly realSource?: string;
  readonly recipe: Recipe;
  /** The environment of every command, but for what is this machine's (PATH, HOME, proxies, …). */
  readonly environ: Readonly<Record<string, string>>;
  /** What the recipe needs and was found, sorted by name. */
  readonly tools: readonly FoundTool[];
}

/** A file that a build sees. */
export interface InputFile {
  /** From `source`, with `/`. */
  readonly path: string;
  /** From the topology's folder, as `files` reads it. */
  readonly file: string;
  readonly sha256: string;
  readonly isExecutable: boolean;
}

export interface FoundTool {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** What it says: one line. */
  readonly version: string;
  /** Of the tool's file, and of what comes with it (the C library). */
  readonly sha256: string;
}

/**
 * Every program that is used, for every platform where it is. What is missing or wrong is reported before anything is built.
 * Where it is only to be seen whether there are plans, none is finished: no tool is looked for, no input is read.
 */
export async function planBuilds(rendering: Rendering, context: Context): Promise<readonly BuildPlan[]> {
  const used = usedPrograms(rendering);
  if (used.length === 0) return [];
  const planner = new Planner(rendering, context);
  const plans: BuildPlan[] = [];
  for (const [index, each] of used.entries()) {
    context.signal.throwIfAborted();
    // Tools are asked, which takes its time: whoever shows progress shall know, and be able to end it.
    if (context.workshop.mode !== "plan") context.progress(index, used.length, programText(each));
    const plan = await planner.plan(each);
    if (plan !== undefined) plans.push(plan);
  }
  planner.toolbox.reportMissing();
  return plans;
}

/** For example `bird for linux/arm64`. */
export function programText({ binary, platform }: Pick<BuildPlan, "binary" | "platform">): string {
  return `${binary.name} for ${platform.text}`;
}

/** Plans the programs of one compilation; what several plans have in common is done once. */
class Planner {
  readonly toolbox: Toolbox;
  readonly #topology: Topology;
  readonly #context: Context;
  readonly #inputs = new Map<string, Promise<Inputs | undefined>>();
  readonly #lists = new Map<string, Promise<readonly GlobMatch[] | undefined>>();

  constructor({ placement }: Rendering, context: Context) {
    this.#topology = placement.topology;
    this.#context = context;
    this.toolbox = new Toolbox(context);
  }

  /** Undefined where it was reported why there is no plan. */
  async plan({ binary: declared, platform, phynodes, nodes }: UsedProgram): Promise<BuildPlan | undefined> {
    const { document, toolchains } = this.#topology;
    const builder = builderCalled(declared.builder, document.plugins);
    const toolchain = toolchains.find((each) => each.platform.text === platform.text);
    const ofPlatform = targetFor(platform, toolchain, process.arch);
    const expanded = expandBinary(declared, ofPlatform, this.#topology, this.#context.reporter);
    if (expanded === undefined) return undefined;
    const binary = { ...declared, ...expanded };
    const target = targetWith(
      ofPlatform,
      binary.environ.map(({ name, value }) => [name, value]),
    );
    const asked = await this.#ask(builder, binary, target);
    if (asked === undefined || this.#context.workshop.mode === "plan") return undefined;
    const { found, recipe } = asked;
    const at = originIn(declared, ["builder"]);
    const environ = buildEnviron(binary, target);
    const realSource = await this.#context.files.realPath(binary.source);
    const folder = (found.some(choosesVersion) && realSource) || "/";
    const user = { binary: binary.name, platform, at };
    const tools = await this.toolbox.find(
      [...(binary.tools ?? []).map(toolNeed), ...recipe.needs],
      { environ, folder },
      user,
    );
    const inputs = await this.#read(binary, withoutOutput(found, recipe), recipe.commands.length === 0);
    if (inputs === undefined) return undefined;
    const plan = { binary, platform, phynodes, nodes, ...inputs, recipe, environ, tools };
    return { ...plan, ...(realSource !== undefined && { realSource }) };
  }

  /** What there is to build of, and how; undefined where it was reported why there is nothing. */
  async #ask(builder: NamedBuilder, binary: Binary, target: BuildTarget) {
    const found = await this.#list(binary, target.platform, builder);
    if (found === undefined) return undefined;
    const request = { binary, target, files: found.map(({ path }) => path) };
    const recipe = await askBuilder(builder, request, this.#context);
    if ("refused" in recipe) this.#refuse(recipe, binary, builder);
    else return { found, recipe };
    return undefined;
  }

  /** The inputs of a binary are the same for all platforms, but where its builder makes a difference. */
  #list(binary: Binary, platform: Platform, builder: NamedBuilder) {
    const { document } = this.#topology;
    const perPlatform = typeof builder.builder.inputs === "function" ? platform.text : "";
    return once(this.#lists, `${binary.name} ${perPlatform}`, () =>
      listInputs(binary, platform, builder, document, this.#context),
    );
  }

  /** What is declared is read as it is, and so is what is only taken. */
  #read(binary: Binary, found: readonly GlobMatch[], isTaken: boolean): Promise<Inputs | undefined> {
    const withCompiled = isTaken || namesInputs(binary);
    const key = [binary.name, withCompiled, ...found.map(({ path }) => path)].join("\0");
    return once(this.#inputs, key, () => readInputs(binary, found, withCompiled, this.#context));
  }

  #refuse({ refused, hint, path }: BuildRefusal, binary: Binary, { plugin }: NamedBuilder): void {
    this.#context.reporter.report("build/cannot-build", {
      message: `"${binary.name}" cannot be built: ${refused}`,
      at: originIn(binary, path ?? ["builder"]),
      hint,
      ...(plugin !== undefined && { plugin }),
    });
  }
}

/** One that `tools` names; where the builder needs it, too, it knows more of it. */
function toolNeed(name: string): ToolNeed {
  return name === "go" ? goTool : { command: name, install: `install ${name}, or remove it from tools` };
}

/** Whether tools that look for such a file in their folder are others by it; in the copy of the sources it is there, too. */
function choosesVersion({ path }: GlobMatch): boolean {
  return /^(rust-toolchain(\.toml)?|\.?mise\.toml|\.(tool-versions|(python|node|ruby|go)-version|nvmrc))$/.test(
    path,
  );
}

/** What the build makes is no source: an earlier one, maybe for another machine, would seem to be up to date. */
function withoutOutput(found: readonly GlobMatch[], { commands, output }: Recipe): readonly GlobMatch[] {
  if (commands.length === 0 || output === undefined) return found;
  const made = posix.normalize(output);
  return found.filter(({ path }) => path !== made);
}

function once<T>(answers: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const answer = answers.get(key) ?? make();
  answers.set(key, answer);
  return answer;
}
