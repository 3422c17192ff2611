import { basename, join, resolve } from "node:path";
import { Command } from "commander";
import { jsonText } from "../manifest/json.js";
import { labNameFromFile } from "../values/names.js";
import { act } from "./act.js";
import { paletteOf } from "./colours.js";
import { exitCodes } from "./exit-codes.js";
import { firstTopology, schemaFile } from "./first-topology.js";
import { initPlugin } from "./init-plugin.js";
import { ownCommand, shellWord } from "./shell-word.js";
import { alignColumns } from "./table.js";
import { shownPath } from "./topology-argument.js";
import { writeNewFiles } from "./write-new-files.js";

export function initCommand(): Command {
  return new Command("init")
    .summary("write a first topology to start from")
    .description(
      "Writes a small, commented topology.toml that compiles as it is, and beside it topology.schema.json, by which an editor with Taplo, as Even Better TOML, completes and checks it. Never overwrites a file.",
    )
    .argument("[folder]", "where to write it; made if it does not exist", ".")
    .option("--plugin", "write a package for a plugin of your own instead, named for its folder")
    .addHelpText(
      "after",
      `
Examples:
  dune init my-lab
  dune init && dune rehearse .
  dune init --plugin dune-plugin-bgp`,
    )
    .action(
      act(async (folder: string, { plugin }: { plugin?: true }) => (plugin ? initPlugin : init)(folder)),
    );
}

async function init(argument: string): Promise<number> {
  const folder = resolve(argument);
  const path = join(folder, "topology.toml");
  await writeLab(folder);
  const { green, bold, dim } = paletteOf(process.stdout);
  const shown = shownPath(folder, ".");
  const shownSchema = shownPath(folder, schemaFile);
  const command = ownCommand();
  const steps = [
    ["check", "say whether it is right"],
    ["rehearse", "run all of it on this machine, then remove it again"],
    ["build", "make one file for each server"],
  ].map(([name, purpose]) => [`  ${command} ${name} ${shellWord(shown)}`, ` ${purpose}`]);
  const lines = [
    `${green(bold("wrote"))} ${shownPath(folder, path)}: two servers, two routers, two hosts`,
    `${green(bold("wrote"))} ${shownSchema}: lets editors complete and check it (Taplo)`,
    "",
    dim("next:"),
    ...alignColumns(steps),
    "",
    dim("after a change of plugins:"),
    `  ${command} schema ${shellWord(shown)} > ${shellWord(shownSchema)}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return exitCodes.done;
}

/** The topology, and its schema for editors: the same as `dune schema` prints of it. */
async function writeLab(folder: string): Promise<void> {
  const { languageSchema } = await import("../language-schema/language-schema.js");
  const files = {
    "topology.toml": firstTopology(labNameFromFile(basename(folder))),
    [schemaFile]: jsonText(languageSchema([])),
  };
  await writeNewFiles(folder, files, `name another folder: ${ownCommand()} init FOLDER`);
}
