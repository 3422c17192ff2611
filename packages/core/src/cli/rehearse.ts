import { Command } from "commander";
import { type CompiledRehearsal, compileRehearsal } from "../operate/compile-rehearsal.js";
import { readMachine } from "../operate/machine.js";
import { commandEnvironment } from "../operate/places.js";
import { type Rehearsal, type Running, rehearse } from "../operate/rehearse.js";
import type { Obstacle } from "../operate/servers.js";
import { type CommandEnd, runUserCommand } from "../operate/user-command.js";
import { act, printJson } from "./act.js";
import { paletteOf } from "./colours.js";
import { compileTopology } from "./compile-topology.js";
import { exitCodeOf, exitCodes } from "./exit-codes.js";
import { Fault } from "./fault.js";
import { jsonOption, setOption } from "./options.js";
import { diagnosticsAsJson, printDiagnostics } from "./print-diagnostics.js";
import { rehearsalAsJson, type Stayed } from "./rehearse-json.js";
import { createOutput, type Output } from "./rehearse-output.js";
import { differenceLines, keepLines, leftoverLines, runningLines } from "./rehearse-report.js";
import { type RehearsalSignals, watchSignals } from "./rehearse-signals.js";
import { locateTopology, type TopologyFile } from "./topology-argument.js";

interface RehearseOptions {
  readonly set: readonly string[];
  readonly keep?: true;
  readonly allowHost?: true;
  readonly json?: true;
}

export function rehearseCommand(): Command {
  return new Command("rehearse")
    .summary("run all servers of a lab on this machine, once")
    .description(
      "Runs a whole testbed on this machine: a server of its own for each phynode, made of namespaces, and the very " +
        "bundles that the servers would get. Brings them up, sends traffic over every link, takes them down, and looks " +
        "for what is left. Nothing of this machine is changed. As root, or as a user where the system allows user " +
        "namespaces.",
    )
    .usage("<topology> [options] [-- command...]")
    .argument("<topology>", "a topology file, or a folder that holds a topology.toml")
    .argument(
      "[command...]",
      "run on this machine while the lab is up; in it, `on NODE COMMAND...` runs a command in a node",
    )
    .option("--keep", "leave the lab up until Ctrl-C")
    .addOption(setOption())
    .option("--allow-host", "run setup commands and set sysctls that change this machine itself")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  dune rehearse lab
  dune rehearse lab -- on r0 ping -c 1 2001:db8::2
  dune rehearse lab -- sh test.sh     in it: on NODE CMD..., on PHYNODE CMD...
  dune rehearse lab --keep

Exit codes:
  0  all is well
  1  a server did not come up, a link carries no traffic, or something is left
  2  this machine does not allow it
  otherwise that of the command`,
    )
    .action(act(run, (_, __, options: RehearseOptions) => options.json === true));
}

async function run(argument: string, command: readonly string[], options: RehearseOptions): Promise<number> {
  const topology = await locateTopology(argument);
  const compiled = await compileHere(topology, options);
  const { placement, artifacts, diagnostics, ok } = compiled.result;
  if (!options.json) printDiagnostics(diagnostics, topology);
  if (!ok || placement === undefined || artifacts === undefined) {
    if (options.json) printJson({ ok: false, diagnostics: diagnosticsAsJson(diagnostics, topology) });
    return exitCodeOf(diagnostics);
  }
  const signals = watchSignals();
  const output = createOutput(options.json === true);
  output.say(differenceLines(compiled, options.allowHost === true));
  try {
    const rehearsal = await rehearse(
      { placement, artifacts },
      {
        signal: signals.end,
        kill: signals.kill,
        onStep: (step) => output.progress(`${step} …`),
        whileUp: (running) => stayUp(running, { command, options, signals, output }),
      },
    );
    return conclude(rehearsal, { compiled, topology, signals, output, options });
  } finally {
    output.clear();
    signals.stopWatching();
  }
}

/** The lock beside the topology counts here as in a build. */
async function compileHere(topology: TopologyFile, options: RehearseOptions): Promise<CompiledRehearsal> {
  const { set, allowHost = false } = options;
  const machine = await readMachine();
  return compileRehearsal(
    (localhost, plugins, until) =>
      compileTopology(topology, { set, plugins, localhost, ...(until && { until }) }),
    machine,
    allowHost,
  );
}

interface Stay {
  readonly command: readonly string[];
  readonly options: RehearseOptions;
  readonly signals: RehearsalSignals;
  readonly output: Output;
}

/** While the lab is up: what was found, then the user's command, then, with `--keep`, the time until a signal. */
async function stayUp(running: Running, { command, options, signals, output }: Stay): Promise<Stayed> {
  const palette = paletteOf(process.stdout);
  output.say(runningLines(running, palette));
  const ended = command.length === 0 ? {} : { command: await runCommand(command, running, signals, options) };
  if (command.length > 0) output.blank();
  if (!options.keep || signals.end.aborted) return { ...ended, wasKept: false };
  output.say(keepLines(running, palette));
  await new Promise((resolve) => signals.end.addEventListener("abort", resolve, { once: true }));
  return { ...ended, wasKept: true };
}

function runCommand(
  command: readonly string[],
  { room }: Running,
  signals: RehearsalSignals,
  { json }: RehearseOptions,
): Promise<CommandEnd> {
  const env = commandEnvironment(room);
  return signals.lendTerminal(() =>
    runUserCommand(command, { env, signal: signals.end, outputToStderr: json === true }),
  );
}

interface Conclusion {
  readonly compiled: CompiledRehearsal;
  readonly topology: TopologyFile;
  readonly signals: RehearsalSignals;
  readonly output: Output;
  readonly options: RehearseOptions;
}

function conclude(rehearsal: Rehearsal<Stayed> | Obstacle, conclusion: Conclusion): number {
  const { compiled, topology, signals, output, options } = conclusion;
  if (signals.kill.aborted) throw signals.end.reason;
  if ("obstacle" in rehearsal) {
    if (signals.end.aborted) throw signals.end.reason;
    throw new Fault(exitCodes.wrongEnvironment, rehearsal.obstacle, rehearsal.hint);
  }
  const palette = paletteOf(process.stdout);
  const { stayed, leftovers, downProblems } = rehearsal;
  // The table has not been shown where the lab did not come up.
  if (stayed === undefined && !signals.end.aborted) output.say(runningLines(rehearsal, palette));
  if (stayed?.command?.problem !== undefined)
    output.say([palette.red(`the command cannot be run: ${stayed.command.problem}`)]);
  output.say(leftoverLines(leftovers, downProblems, palette));
  if (signals.end.aborted && !stayed?.wasKept) throw signals.end.reason;
  const exitCode = stayed?.command?.exitCode || (isWell(rehearsal) ? exitCodes.done : exitCodes.wrongInput);
  const diagnostics = diagnosticsAsJson(compiled.result.diagnostics, topology);
  if (options.json) printJson(rehearsalAsJson(exitCode === exitCodes.done, compiled, rehearsal, diagnostics));
  return exitCode;
}

/** A link that could not be probed is no fault of the lab's. */
function isWell({ links, problems, downProblems, leftovers }: Rehearsal<Stayed>): boolean {
  const isCarried = links?.every(({ traffic }) => traffic.state !== "failed") ?? false;
  return isCarried && problems.length === 0 && downProblems.length === 0 && leftovers.ofLab.length === 0;
}
