import { createHash } from "node:crypto";
import { open, readdir, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Companion, ToolNeed } from "../../builders/builder.js";
import { type Asking, askTool } from "./ask-tool.js";
import { fileDigest } from "./file-digest.js";
import { findInPath, isExecutable } from "./find-in-path.js";
import type { FoundTool } from "./plan-builds.js";
import type { ToolMemory } from "./tool-memory.js";
import { toolSettings } from "./tool-settings.js";

/** A tool, or what of it is not there. */
export type ToolAnswer =
  | { readonly tool: FoundTool }
  | { readonly missing: string; readonly install: string };

/** What a tool is, as far as it can be remembered. */
type Identity = Pick<FoundTool, "version" | "sha256">;

/** Where a companion is; `command`: by which name PATH leads there. */
interface Place {
  readonly file: string;
  readonly command?: string;
}

/** Finds a tool on this machine with its version and what comes with it. It is asked only when it is not remembered. */
export async function findTool(
  need: ToolNeed,
  memory: ToolMemory,
  asking: Asking & { readonly work: string },
): Promise<ToolAnswer> {
  const { command, path: given, install } = need;
  const { PATH = "" } = asking.environ;
  const path = given === undefined ? await findInPath(command, PATH) : (await isExecutable(given)) && given;
  if (!path) return { missing: `"${command}" is not installed`, install };
  const identity = (await recalled(need, path, memory, asking)) ?? (await asked(need, path, memory, asking));
  if ("missing" in identity) return identity;
  const settings = await toolSettings(path, asking.environ, asking.work);
  const { version, sha256 } = identity;
  const digests = await Promise.all(settings.map(sha256Of));
  const all = settings.length === 0 ? sha256 : sha256OfText([sha256, ...digests].join("\n"));
  return { tool: { name: command, path, version, sha256: all } };
}

function questionOf({ versionArguments, companions }: ToolNeed, path: string, asking: Asking): string {
  return JSON.stringify([path, versionArguments, companions, asking.environ, asking.folder]);
}

async function recalled(
  need: ToolNeed,
  path: string,
  memory: ToolMemory,
  asking: Asking,
): Promise<Identity | undefined> {
  const known = await memory.recall(questionOf(need, path, asking));
  for (const [command, file] of Object.entries(known?.commands ?? {}))
    if ((await findInPath(command, asking.environ.PATH ?? "")) !== file) return undefined;
  return known;
}

async function asked(
  need: ToolNeed,
  path: string,
  memory: ToolMemory,
  asking: Asking,
): Promise<Identity | Exclude<ToolAnswer, { tool: unknown }>> {
  const { versionArguments = ["--version"], companions = [] } = need;
  const places = await Promise.all(companions.map((companion) => locate(companion, path, asking)));
  const lack = companions.find((companion, index) => companion.install !== undefined && !places[index]);
  if (lack?.install !== undefined) return { missing: `${lack.name} is not installed`, install: lack.install };
  const own = await sha256Of(path);
  const others = companions.map(async ({ name }, index) => {
    const file = places[index]?.file;
    return `${name} ${file === undefined ? "absent" : await sha256Of(file)}`;
  });
  const version = (await askTool(path, versionArguments, asking)) ?? "unknown";
  const sha256 =
    companions.length === 0 ? own : sha256OfText([own, ...(await Promise.all(others))].join("\n"));
  if (await answersForItself(path)) {
    const there = places.filter((place) => place !== undefined);
    const commands = there.flatMap(({ command, file }) => (command === undefined ? [] : [[command, file]]));
    const record = { version, sha256, files: [], commands: Object.fromEntries(commands) };
    await memory.keep(questionOf(need, path, asking), record, [path, ...there.map(({ file }) => file)]);
  }
  return { version, sha256 };
}

/**
 * Whether a tool is what its file is. A script may start anything, and so may what has its name only by a link (rustup,
 * ccache, the shims of version managers): these are asked every time.
 */
async function answersForItself(path: string): Promise<boolean> {
  const real = await realpath(path);
  if (!basename(real).includes(basename(path)) || (await stat(real)).nlink > 1) return false;
  const file = await open(real);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString("latin1") === "\x7fELF";
  } finally {
    await file.close();
  }
}

/** The file or folder of a companion, absolute; undefined where it is not there. */
async function locate(
  { locate: words, path }: Companion,
  tool: string,
  asking: Asking,
): Promise<Place | undefined> {
  const told = await askTool(tool, words, asking);
  if (told === undefined) return undefined;
  // A compiler that has no own program names the command that it will look for.
  const isCommand = !told.includes("/");
  const found = isCommand ? await findInPath(told, asking.environ.PATH ?? "") : told;
  if (found === undefined) return undefined;
  const file = path === undefined ? found : join(found, path);
  if ((await stat(file).catch(() => undefined)) === undefined) return undefined;
  return { file, ...(isCommand && { command: told }) };
}

/** Of a file's content; of a folder the names and sizes of what it holds. */
async function sha256Of(path: string): Promise<string> {
  if ((await stat(path)).isDirectory()) {
    const names = (await readdir(path)).sort();
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(path, name))).size));
    return sha256OfText(names.map((name, index) => `${sizes[index]}  ${name}\n`).join(""));
  }
  return (await fileDigest(path)).sha256;
}

function sha256OfText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
