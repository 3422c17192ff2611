#!/usr/bin/env node
import { Console } from "node:console";
import { Command, CommanderError, Option } from "commander";
import { version } from "../version.js";
import { paletteOf } from "./colours.js";
import { exitCodeFor, exitCodes } from "./exit-codes.js";
import { failureOf } from "./failure.js";

/** Plugins do not get it: see compile-topology.ts. */
const exit = process.exit.bind(process);

/** Loaded only where they are needed: much of a short run is loading. */
const subcommands: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import("./init.js")).initCommand(),
  check: async () => (await import("./check.js")).checkCommand(),
  build: async () => (await import("./build.js")).buildCommand(),
  diff: async () => (await import("./diff.js")).diffCommand(),
  explain: async () => (await import("./explain.js")).explainCommand(),
  schema: async () => (await import("./schema.js")).schemaCommand(),
  cache: async () => (await import("./cache.js")).cacheCommand(),
  rehearse: async () => (await import("./rehearse.js")).rehearseCommand(),
};

/** The one that is called; all of them where that is not plain, or where help lists them. */
async function loadSubcommands([first = ""]: readonly string[]): Promise<readonly Command[]> {
  if (first === "--version") return [];
  const called = Object.hasOwn(subcommands, first) ? subcommands[first] : undefined;
  return Promise.all((called ? [called] : Object.values(subcommands)).map((load) => load()));
}

function createProgram(commands: readonly Command[]): Command {
  const program = new Command("dune")
    .description(
      "Compiles a network experiment: a TOML file that describes servers, virtual routers and hosts, and the links between them. Out comes one self-contained shell bundle for each server, which needs no dune there.",
    )
    .version(version, "--version", "print the version")
    .helpOption(...helpOption)
    .option("--no-color", "plain text (NO_COLOR and FORCE_COLOR work, too)")
    .usage("<command> [options]")
    .exitOverride()
    .configureHelp(helpStyle())
    .configureOutput({
      getOutHasColors: () => paletteOf(process.stdout).isColorSupported,
      getErrHasColors: () => paletteOf(process.stderr).isColorSupported,
      outputError: (text, write) => write(withHint(text)),
    })
    .addHelpText("after", workflow);
  for (const command of commands) program.addCommand(adopted(command, program));
  return program.helpCommand("help [command]", "print this help, or that of a command");
}

/** With the settings of the whole, and so are its own subcommands. */
function adopted(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent).helpOption(...helpOption);
  for (const own of command.commands) adopted(own, command);
  if (command.commands.length > 0) command.helpCommand(false);
  return command.addOption(new Option("--no-color").hideHelp());
}

const helpOption = ["-h, --help", "print this help"] as const;

/** Commander's message in the form of all others. */
function withHint(text: string): string {
  const { red, bold, cyan } = paletteOf(process.stderr);
  const [, message = text, meant] = /^(?:error: )?([^\n]*)\n(?:\(Did you mean (.*)\?\)\n)?/.exec(text) ?? [];
  const hint = meant === undefined ? "add --help to learn more" : `did you mean ${meant}?`;
  return `${red(bold("error"))}: ${bold(message.replace(/\.$/, ""))}\n  ${cyan("hint")}: ${hint}\n`;
}

const workflow = `
From nothing to a running lab:
  dune init lab                       write a first topology: lab/topology.toml
  dune check lab                      say what is wrong with it
  dune rehearse lab                   run all its servers on this machine, once
  dune build lab                      make a file for each: lab/dist/server1.run
  dune diff git:HEAD lab              say what a change takes on a running lab
  ssh root@server1 ./server1.run up   after scp; "down" removes it all again

Exit codes:
  0  done
  1  the input is wrong: the topology, an option, a path
  2  the environment is wrong: permissions, a full disk, a missing tool
  3  dune has a bug: please report it`;

/** Titles stand out; commands and options have the terminal's own colour. */
function helpStyle() {
  const { bold } = paletteOf(process.stdout);
  return {
    styleTitle: bold,
    subcommandTerm: (command: Command) =>
      [
        command.name(),
        ...command.registeredArguments.map((each) =>
          each.required ? `<${each.name()}>` : `[${each.name()}]`,
        ),
      ].join(" "),
  };
}

async function run(argv: readonly string[]): Promise<void> {
  try {
    const program = createProgram(await loadSubcommands(argv.slice(2)));
    if (argv.length <= 2) program.help();
    await program.parseAsync(argv);
  } catch (error) {
    // Commander has printed its message; help and version are no mistakes.
    if (error instanceof CommanderError)
      process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodeFor(argv, exitCodes.wrongInput);
    else fail(error);
  }
}

function fail(error: unknown): void {
  const { exitCode, text } = failureOf(error, process.argv, paletteOf(process.stderr));
  process.stderr.write(text);
  process.exitCode = exitCode;
}

function stopped(): void {
  fail(new Error("the command stopped in the middle: it waits for something that never comes"));
}

/** A timer or a server that a plugin has left behind keeps nobody waiting; a slow reader of a pipe gets all that was written. */
async function end(): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map(written));
  // What could not be written is told a turn later.
  await new Promise(setImmediate);
  leave();
}

/** What a full disk does not take is lost: to write once more would fail once more. */
async function written(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0 || stream.errored) return;
  await new Promise<void>((resolve) => void stream.write("", () => resolve()));
}

function leave(): void {
  process.off("exit", stopped);
  exit();
}

// A reader that has gone away, `dune check | head`, wants no more output and no complaint.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") leave();
    throw error;
  });
}
process.once("uncaughtException", (error) => {
  process.on("uncaughtException", leave);
  fail(error);
  void end();
});
// Nothing is left that could ever settle what the command waits for: without it Node would end in silence.
process.on("exit", stopped);

// What a plugin prints is no part of a document on stdout.
globalThis.console = new Console(process.stderr, process.stderr);

await run(process.argv);
await end();
