import { resolve } from "node:path";
import { Command } from "commander";
import type { PhaseName } from "../compile.js";
import { createLocator, type ReadSource } from "../diagnostics/place.js";
import type { BuildMode } from "../phases/5-build/workshop.js";
import { act, printJson } from "./act.js";
import { paletteOf } from "./colours.js";
import { compileTopology } from "./compile-topology.js";
import { exitCodeOf, exitCodes } from "./exit-codes.js";
import { explain } from "./explain/explanation.js";
import { explanationAsJson, type Places, printExplanation } from "./explain/print.js";
import { parseWords } from "./explain/words.js";
import { jsonOption, setOption } from "./options.js";
import { diagnosticsAsJson, printDiagnostics, readSource } from "./print-diagnostics.js";
import { locateTopology, shownPath } from "./topology-argument.js";

interface ExplainOptions {
  readonly set: readonly string[];
  readonly json?: true;
}

export function explainCommand(): Command {
  return new Command("explain")
    .summary("say where a value comes from, or why a node sits where it sits")
    .description(
      "Says where a value of a topology comes from: file, line and layer, and what it replaced. For a whole node it says on which server it sits and why, which cores its processes have, and how its links are made; for a program from what it is built, by which tools, for whom, and what came out.",
    )
    .argument("<topology>", "a topology file, or a folder that holds a topology.toml")
    .argument(
      "<path>",
      "as in the file, or short: nodes.NAME…, links.NAME…, phynodes.NAME…, binaries.NAME…, params.NAME",
    )
    .addOption(setOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  dune explain lab.toml nodes.r0
  dune explain lab.toml 'nodes.r0.sysctls."net.ipv6.conf.all.forwarding"'
  dune explain lab.toml links.r0:eth0-r1:eth0.latency
  dune explain lab.toml binaries.probe`,
    )
    .action(act(run, (_, __, options: ExplainOptions) => options.json === true));
}

async function run(argument: string, path: string, options: ExplainOptions): Promise<number> {
  const topology = await locateTopology(argument);
  const { set } = options;
  const result = await compileTopology(topology, { set, ...depthFor(path) });
  const diagnostics = result.ok ? [] : result.diagnostics;
  if (!options.json) printDiagnostics(diagnostics, topology);
  // A lab that cannot be placed has values that can be explained all the same.
  const resolved = result.placement?.topology ?? result.topology;
  const read: ReadSource = (file) => readSource(resolve(topology.folder, file));
  const { placement, binaries } = result;
  const answer =
    resolved &&
    explain(path, {
      topology: resolved,
      read,
      ...(placement && { placement }),
      ...(binaries && { builds: binaries.builds }),
    });
  const places: Places = { locate: createLocator(read), shown: (file) => shownPath(topology.folder, file) };
  if (options.json) {
    const json = answer === undefined ? {} : explanationAsJson(answer, places);
    printJson({ ok: result.ok, ...json, diagnostics: diagnosticsAsJson(diagnostics, topology) });
  } else if (answer !== undefined)
    process.stdout.write(printExplanation(answer, places, paletteOf(process.stdout)));
  return result.ok ? exitCodes.done : exitCodeOf(diagnostics);
}

/** Only programs need more than the placement: who uses them, and what there is of them. */
function depthFor(path: string): { readonly until: PhaseName; readonly builds?: BuildMode } {
  const [first] = parseWords(path) ?? [];
  return first?.text === "binaries" ? { until: "build", builds: "look up" } : { until: "allocate" };
}
