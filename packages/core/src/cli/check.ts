import { Command, Option } from "commander";
import { printGithub } from "../diagnostics/github.js";
import { act, printJson } from "./act.js";
import { paletteOf } from "./colours.js";
import { type CompiledTopology, compileTopology, machineCores } from "./compile-topology.js";
import { exitCodes } from "./exit-codes.js";
import { jsonOption, setOption, timingOption } from "./options.js";
import { diagnosticsAsJson, fromHere, printDiagnostics, readSource } from "./print-diagnostics.js";
import { counted } from "./table.js";
import { locateTopology, type TopologyFile } from "./topology-argument.js";

interface CheckOptions {
  readonly set: readonly string[];
  readonly format: "text" | "json" | "github";
  readonly timing?: true;
  readonly json?: true;
}

export function checkCommand(): Command {
  return new Command("check")
    .summary("say what is wrong with a topology; write nothing")
    .description(
      "Compiles a topology up to its rendered files and says what is wrong with it. Writes nothing.",
    )
    .argument("<topology>", "a topology file, or a folder that holds a topology.toml")
    .addOption(setOption())
    .addOption(timingOption())
    .addOption(jsonOption())
    .addOption(
      new Option("--format <format>", "how to print what is wrong; github: annotations of a workflow")
        .choices(["text", "json", "github"])
        .default("text"),
    )
    .addHelpText(
      "after",
      `
Examples:
  dune check lab.toml
  dune check lab.toml --set topology.defaults.links.bw=100mbit
  dune check . --json | jq '.diagnostics[].message'`,
    )
    .action(act(check, (_, options: CheckOptions) => formatOf(options) === "json"));
}

async function check(argument: string, options: CheckOptions): Promise<number> {
  const topology = await locateTopology(argument);
  const result = await compileTopology(topology, {
    set: options.set,
    until: "build",
    builds: "plan",
    timing: options.timing === true,
  });
  const format = formatOf(options);
  if (format === "json") printJson(jsonOf(result, topology));
  else if (format === "github")
    process.stdout.write(printGithub(fromHere(result.diagnostics, topology), { read: readSource }));
  else printDiagnostics(result.diagnostics, topology);
  if (result.ok && format !== "json") process.stdout.write(`${verdict(result)}\n`);
  return result.ok ? exitCodes.done : exitCodes.wrongInput;
}

function formatOf({ json, format }: CheckOptions): CheckOptions["format"] {
  return json ? "json" : format;
}

function verdict(result: CompiledTopology): string {
  const { green, bold } = paletteOf(process.stdout);
  const { nodes, links, phynodes } = countsOf(result);
  const cores = machineCores(result);
  const where = cores === undefined ? `on ${counted(phynodes, "phynode")}` : "on this machine";
  return `${green(bold("ok"))}: ${counted(nodes, "node")}, ${counted(links, "link")} ${where}`;
}

function countsOf({ placement }: CompiledTopology) {
  const { nodes, links, infrastructure } = placement?.topology ?? {};
  return {
    nodes: nodes?.length ?? 0,
    links: links?.length ?? 0,
    phynodes: infrastructure?.phynodes.length ?? 0,
  };
}

function jsonOf(result: CompiledTopology, topology: TopologyFile) {
  const { ok, diagnostics } = result;
  return { ok, ...(ok && countsOf(result)), diagnostics: diagnosticsAsJson(diagnostics, topology) };
}
