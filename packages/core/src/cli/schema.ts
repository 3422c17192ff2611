import { Command } from "commander";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { createReporter } from "../diagnostics/reporter.js";
import type { Plugin } from "../plugin.js";
import { blamePlugins } from "../plugins/blame-plugins.js";
import { PluginCalls } from "../plugins/plugin-calls.js";
import { act, printJson } from "./act.js";
import { compileTopology } from "./compile-topology.js";
import { exitCodes } from "./exit-codes.js";
import { printDiagnostics } from "./print-diagnostics.js";
import { locateTopology } from "./topology-argument.js";

export function schemaCommand(): Command {
  return new Command("schema")
    .summary("print the language as JSON Schema, for editors")
    .description(
      "Prints the JSON Schema of topology files, by which an editor completes, explains and checks them. With a topology the keys and options of the plugins that it loads are part of it. An editor with Taplo, as Even Better TOML, finds it by the topology's first line: #:schema ./topology.schema.json",
    )
    .argument("[topology]", "a topology file, or a folder that holds a topology.toml")
    .addHelpText(
      "after",
      `
Examples:
  dune schema . > topology.schema.json
  dune schema > dune.schema.json`,
    )
    .action(act(schema));
}

async function schema(argument: string | undefined): Promise<number> {
  if (argument === undefined) return print(undefined, () => undefined);
  const topology = await locateTopology(argument);
  const { ok, document, diagnostics } = await compileTopology(topology, { set: [], until: "parse" });
  printDiagnostics(diagnostics, topology);
  if (!ok || document === undefined) return exitCodes.wrongInput;
  return print(document.plugins, (faults) => printDiagnostics(faults, topology));
}

/** Prints the schema; a plugin's fault, if converting its schemas runs into one, goes to `blame`. */
async function print(
  plugins: readonly Plugin[] | undefined,
  blame: (faults: readonly Diagnostic[]) => void,
): Promise<number> {
  const { languageSchema } = await import("../language-schema/language-schema.js");
  const reporter = createReporter();
  const calls = new PluginCalls(new AbortController().signal, () => undefined);
  const json = await blamePlugins(async () => languageSchema(plugins), { reporter, calls });
  blame(reporter.diagnostics);
  if (json === undefined) return exitCodes.wrongInput;
  printJson(json);
  return exitCodes.done;
}
