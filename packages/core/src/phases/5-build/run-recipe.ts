import { type FileHandle, open } from "node:fs/promises";
import { constants } from "node:os";
import type { BuildCommand } from "../../builders/builder.js";
import type { Files } from "../../files.js";
import { formatDuration } from "../../values/duration.js";
import { commandEnvironment } from "./build-environment.js";
import { logTail } from "./build-log.js";
import type { BuildProblem } from "./build-problem.js";
import { type BuildRoom, copyInputs } from "./build-room.js";
import { commandText, shortCommandText } from "./command-text.js";
import { failureHint } from "./failure-hint.js";
import { type LogLimit, limitLog } from "./log-limit.js";
import { killMarked } from "./marked-processes.js";
import type { BuildPlan } from "./plan-builds.js";
import { runCommand } from "./run-command.js";

/** 24 days: what is longer would be over at once. */
const longestTimerMs = 2 ** 31 - 1;

export interface RecipeRun {
  readonly room: BuildRoom;
  readonly files: Files;
  /** How much the build may do at once. */
  readonly jobs: number;
  /** Ends it: it then throws the signal's reason. */
  readonly signal: AbortSignal;
}

/**
 * Runs the commands of a plan in a copy of its inputs. Whatever comes of it, no process of the build is left.
 * @returns what went wrong
 */
export async function runRecipe(plan: BuildPlan, run: RecipeRun): Promise<BuildProblem | undefined> {
  const { room, files, signal } = run;
  const changed = await copyInputs(plan.inputs, room, files);
  signal.throwIfAborted();
  // What a build writes goes straight there; "a" keeps the parts of several processes in order.
  const log = await open(room.log, "a");
  const limit = limitLog(log);
  try {
    if (changed !== undefined) return changedInput(changed.path);
    return (await runCommands(plan, run, log, limit)) ?? (await changedInPlace(plan, files));
  } finally {
    limit.stop();
    await log.close();
    if (plan.recipe.commands.length > 0) await killMarked((mark) => mark === room.mark);
  }
}

async function runCommands(
  plan: BuildPlan,
  { room, jobs, signal }: RecipeRun,
  log: FileHandle,
  limit: LogLimit,
): Promise<BuildProblem | undefined> {
  const { recipe, environ, binary } = plan;
  const timeout = AbortSignal.timeout(Math.min(Math.ceil(binary.timeoutNs / 1e6), longestTimerMs));
  const ending = AbortSignal.any([signal, timeout, limit.signal]);
  for (const command of recipe.commands) {
    await log.appendFile(`$ ${commandText(command.argv)}\n`);
    const folder = (command.isInPlace && plan.realSource) || room.src;
    const own = { ...environ, ...command.environ };
    const variables = commandEnvironment(own, { folder, temporary: room.temporary, jobs });
    const exitCode = await runCommand({
      argv: argvOf(command, plan).map((argument) => inRoom(argument, room)),
      environ: Object.fromEntries(
        Object.entries(variables).map(([name, value]) => [name, inRoom(value, room)]),
      ),
      mark: room.mark,
      folder,
      log: log.fd,
      signal: ending,
    }).catch(ifTooLong);
    signal.throwIfAborted();
    const output = await logTail(room);
    if (await limit.cut()) return saidTooMuch(output);
    if (timeout.aborted) return timedOut(command, plan, output);
    if (exitCode === "too long") return tooLong(command);
    if (exitCode !== 0) return failed(command, plan, exitCode, output);
  }
  return undefined;
}

function ifTooLong(error: NodeJS.ErrnoException): "too long" {
  if (error.code === "E2BIG") return "too long";
  throw error;
}

function tooLong({ argv }: BuildCommand): BuildProblem {
  return {
    code: "build/failed",
    message: "cannot be built {for}: a command is longer than Linux takes, which is 128 KiB for one argument",
    hint: `put a part of it into a file among the inputs; the command is: ${shortCommandText(argv)}`,
  };
}

/** A command that runs in place reads the sources, not the copy of which it is known what it is. */
async function changedInPlace(
  { recipe, inputs }: BuildPlan,
  files: Files,
): Promise<BuildProblem | undefined> {
  if (!recipe.commands.some(({ isInPlace }) => isInPlace)) return undefined;
  for (const { path, file, sha256 } of inputs)
    if ((await files.digest(file))?.sha256 !== sha256) return changedInput(path);
  return undefined;
}

/** A tool is run where it was found: its version is part of the key. */
function argvOf({ argv }: BuildCommand, { tools }: BuildPlan): readonly string[] {
  const [name = "", ...rest] = argv;
  return [tools.find((tool) => tool.name === name)?.path ?? name, ...rest];
}

function inRoom(text: string, { src, out }: BuildRoom): string {
  return text.replaceAll("{{out}}", out).replaceAll("{{src}}", src);
}

function failed(
  { argv }: BuildCommand,
  plan: BuildPlan,
  exitCode: number | undefined,
  output: string,
): BuildProblem {
  const hints = [failureHint(output, plan), unlessShown(argv, output)].filter((hint) => hint !== undefined);
  return {
    code: "build/failed",
    message: `cannot be built {for}: ${endOf(exitCode)}`,
    ...(hints.length > 0 && { hint: hints.join("; ") }),
    output,
  };
}

/** A shell adds 128 to the number of the signal that has ended a command. */
function endOf(exitCode: number | undefined): string {
  if (exitCode === undefined) return "a command has killed all of its build";
  const signal = Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0];
  return signal === undefined
    ? `a command ended with exit code ${exitCode}`
    : `a command was ended by ${signal}`;
}

function timedOut({ argv }: BuildCommand, { binary }: BuildPlan, output: string): BuildProblem {
  return {
    code: "build/timed-out",
    message: `was not built {for} within ${formatDuration(binary.timeoutNs)}`,
    hint: ["if it does not hang, give it a longer timeout", unlessShown(argv, output) ?? []]
      .flat()
      .join("; "),
    output,
    path: ["timeout"],
  };
}

function saidTooMuch(output: string): BuildProblem {
  return {
    code: "build/failed",
    message: "cannot be built {for}: it has written more than 100 MB to its log",
    hint: "let it write that to a file, or nowhere: >/dev/null",
    output,
  };
}

function unlessShown(argv: readonly string[], output: string): string | undefined {
  if (output.includes(`$ ${commandText(argv)}`)) return undefined;
  return `the command is: ${shortCommandText(argv)}`;
}

function changedInput(path: string): BuildProblem {
  return {
    code: "build/failed",
    message: `cannot be built {for}: ${path} has changed since dune has looked at it`,
    hint: "run dune again when nothing writes to the sources",
  };
}
