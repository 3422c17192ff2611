import { mkdir, open, rm } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { version } from "../version.js";
import { paletteOf } from "./colours.js";
import { exitCodes } from "./exit-codes.js";
import { Fault } from "./fault.js";
import { firstPlugin } from "./first-plugin.js";
import { ownCommand, shellWord } from "./shell-word.js";
import { alignColumns } from "./table.js";
import { shownPath } from "./topology-argument.js";

/** `dune init --plugin`: writes a package for a plugin. */
export async function initPlugin(argument: string): Promise<number> {
  const folder = resolve(argument);
  const name = pluginNameOf(basename(folder));
  await writeNew(folder, firstPlugin({ name, version, core: coreFor(folder) }));
  const { green, bold, dim } = paletteOf(process.stdout);
  const shown = shownPath(folder, ".");
  const enter = shown === "." ? "" : `cd ${shellWord(shown)} && `;
  const steps = [
    [`${ownCommand()} check ${shellWord(join(shown, "example"))}`, "say whether its example is right"],
    [`${enter}npm install && npm test`, "get the types for your editor, and run its test"],
  ].map(([command, purpose]) => [`  ${command}`, ` ${purpose}`]);
  const lines = [
    `${green(bold("wrote"))} ${shown === "." ? "into this folder" : shown}: the plugin "${name}", with a test and an example`,
    "",
    dim("next:"),
    ...alignColumns(steps),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return exitCodes.done;
}

/** A valid name for a plugin, from its folder's: `dune-plugin-bgp` → `bgp`. */
function pluginNameOf(folderName: string): string {
  const name = folderName
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .replace(/^dune-plugin(-|$)/, "");
  return name === "" ? "example" : name;
}

/** A dune that npm has installed can be installed again; one that runs from a checkout is found there. */
function coreFor(folder: string): string {
  const own = fileURLToPath(new URL("../..", import.meta.url));
  if (own.split(sep).includes("node_modules")) return `^${version}`;
  return `file:${relative(folder, own).replaceAll(sep, "/")}`;
}

/** Writes all files or none, over none that exists. */
async function writeNew(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  const made: string[] = [];
  try {
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, name);
      const madeFolder = await mkdir(dirname(path), { recursive: true });
      if (madeFolder !== undefined) made.unshift(madeFolder);
      const file = await open(path, "wx");
      made.unshift(path);
      await file.writeFile(text).finally(() => file.close());
    }
  } catch (error) {
    for (const path of made) await rm(path, { recursive: true });
    throw inTheWay(error) ?? error;
  }
}

function inTheWay(error: unknown): Fault | undefined {
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if ((code !== "EEXIST" && code !== "ENOTDIR") || path === undefined) return undefined;
  const shown = shownPath(path, ".");
  return new Fault(
    exitCodes.wrongInput,
    syscall === "open" ? `${shown} exists already` : `${shown} is a file, not a folder`,
    `nothing was changed; name another folder: ${ownCommand()} init --plugin FOLDER`,
  );
}
