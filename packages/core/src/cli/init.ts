import { mkdir, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { Command } from "commander";
import { labNameFromFile } from "../values/names.js";
import { act } from "./act.js";
import { paletteOf } from "./colours.js";
import { exitCodes } from "./exit-codes.js";
import { Fault } from "./fault.js";
import { firstTopology } from "./first-topology.js";
import { initPlugin } from "./init-plugin.js";
import { ownCommand, shellWord } from "./shell-word.js";
import { alignColumns } from "./table.js";
import { shownPath } from "./topology-argument.js";

export function initCommand(): Command {
  return new Command("init")
    .summary("write a first topology to start from")
    .description("Writes a small, commented topology.toml that compiles as it is. Never overwrites a file.")
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
  await writeNew(folder, path);
  const { green, bold, dim } = paletteOf(process.stdout);
  const shown = shownPath(folder, ".");
  const command = ownCommand();
  const steps = [
    ["check", "say whether it is right"],
    ["rehearse", "run all of it on this machine, then remove it again"],
    ["build", "make one file for each server"],
  ].map(([name, purpose]) => [`  ${command} ${name} ${shellWord(shown)}`, ` ${purpose}`]);
  const lines = [
    `${green(bold("wrote"))} ${shownPath(folder, path)}: two servers, two routers, two hosts`,
    "",
    dim("next:"),
    ...alignColumns(steps),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return exitCodes.done;
}

async function writeNew(folder: string, path: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(path, firstTopology(labNameFromFile(basename(folder))), { flag: "wx" });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "EEXIST" && code !== "ENOTDIR") throw error;
    const isFile = code === "ENOTDIR" || !(error as NodeJS.ErrnoException).path?.endsWith("topology.toml");
    throw new Fault(
      exitCodes.wrongInput,
      isFile
        ? `${shownPath(folder, ".")} is a file, not a folder`
        : `${shownPath(folder, path)} exists already`,
      `nothing was changed; name another folder: ${ownCommand()} init FOLDER`,
    );
  }
}
