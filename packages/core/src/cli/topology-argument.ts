import { stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { exitCodes } from "./exit-codes.js";
import { Fault } from "./fault.js";
import { ownCommand, shellWord } from "./shell-word.js";

/** The topology that an argument names. */
export interface TopologyFile {
  /** Absolute. */
  readonly folder: string;
  /** Relative to the folder: what the compiler is told. */
  readonly file: string;
}

/** A file, or a folder that holds a `topology.toml`. */
export async function locateTopology(argument: string): Promise<TopologyFile> {
  const path = resolve(argument);
  const shown = argument === "" ? "." : argument;
  if (await isFolder(path)) {
    if (await exists(join(path, "topology.toml"))) return { folder: path, file: "topology.toml" };
    throw new Fault(
      exitCodes.wrongInput,
      `the folder ${shown} holds no topology.toml`,
      `name the topology's file, or make a first one with: ${ownCommand()} init ${shellWord(shown)}`,
    );
  }
  if (await exists(path)) return { folder: dirname(path), file: basename(path) };
  throw new Fault(
    exitCodes.wrongInput,
    `there is no file or folder ${shown}`,
    `name a topology's file or its folder, or make a first one with: ${ownCommand()} init`,
  );
}

/** A path below the topology's folder as the user would open it: relative to the current folder. */
export function shownPath(folder: string, path: string): string {
  const whole = resolve(folder, path);
  const shown = relative(process.cwd(), whole);
  return shown === "" ? "." : shown.length < whole.length ? shown : whole;
}

async function isFolder(path: string): Promise<boolean> {
  return (await factsOf(path))?.isDirectory() ?? false;
}

/** Whether there is a file or folder. */
export async function exists(path: string): Promise<boolean> {
  return (await factsOf(path)) !== undefined;
}

async function factsOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // A name too long or with a NUL cannot be a file either.
    if (["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ERR_INVALID_ARG_VALUE"].includes(String(code)))
      return undefined;
    throw error;
  }
}
