import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, constants, readdir, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, delimiter, isAbsolute, join } from "node:path";
import type { Companion, ToolNeed } from "../../builders/builder.js";
import type { Context } from "../../context.js";
import type { FoundTool } from "./plan-builds.js";
import type { ToolMemory } from "./tool-memory.js";

/** A tool, or what of it is not there. */
export type ToolAnswer =
  | { readonly tool: FoundTool }
  | { readonly missing: string; readonly install: string };

type ToolContext = Pick<Context, "exec" | "signal">;

const answersWithinMs = 20_000;

/** Finds a tool on this machine with its version and what comes with it. It is asked only when it is not remembered. */
export async function findTool(
  need: ToolNeed,
  memory: ToolMemory | undefined,
  context: ToolContext,
): Promise<ToolAnswer> {
  const { command, path: given, versionArguments = ["--version"], companions = [], install } = need;
  const path = given === undefined ? await findInPath(command) : (await isExecutable(given)) && given;
  if (!path) return { missing: `"${command}" is not installed`, install };
  const question = JSON.stringify([path, versionArguments, companions, process.env.PATH]);
  const known = await memory?.recall(question);
  if (known !== undefined) {
    const { version, sha256 } = known;
    return { tool: { name: command, path, version, sha256 } };
  }
  const places = await Promise.all(companions.map((companion) => locate(companion, path, context)));
  const lack = companions.find((companion, index) => companion.install !== undefined && !places[index]);
  if (lack?.install !== undefined) return { missing: `${lack.name} is not installed`, install: lack.install };
  const files = [path, ...(await settingsOf(path)), ...places.filter((place) => place !== undefined)];
  const parts = [
    await sha256Of(path),
    ...(await Promise.all(
      companions.map(async ({ name }, index) => {
        const place = places[index];
        return `${name} ${place === undefined ? "absent" : await sha256Of(place)}`;
      }),
    )),
  ];
  const version = firstLine(await ask(path, versionArguments, context)) ?? "unknown";
  const sha256 = companions.length === 0 ? (parts[0] as string) : sha256OfText(parts.join("\n"));
  await memory?.keep(question, { version, sha256, files: [] }, files);
  return { tool: { name: command, path, version, sha256 } };
}

/** As a shell finds it, absolute. A link is not followed: what is called decides what many tools do. */
async function findInPath(command: string): Promise<string | undefined> {
  if (command.includes("/"))
    return isAbsolute(command) && (await isExecutable(command)) ? command : undefined;
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, command);
    if (isAbsolute(folder) && (await isExecutable(path))) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** The file or folder of a companion, absolute; undefined where it is not there. */
async function locate(
  { locate: words, path }: Companion,
  tool: string,
  context: ToolContext,
): Promise<string | undefined> {
  const told = firstLine(await ask(tool, words, context));
  if (told === undefined) return undefined;
  // A compiler that has no own program names the command that it will look for.
  const found = told.includes("/") ? told : await findInPath(told);
  if (found === undefined) return undefined;
  const full = path === undefined ? found : join(found, path);
  return (await stat(full).catch(() => undefined)) && full;
}

/** What rustup starts as `cargo` or `rustc` its settings decide. */
async function settingsOf(path: string): Promise<readonly string[]> {
  if (basename(await realpath(path)) !== "rustup") return [];
  const settings = join(process.env.RUSTUP_HOME ?? join(homedir(), ".rustup"), "settings.toml");
  return (await stat(settings).catch(() => undefined)) === undefined ? [] : [settings];
}

/** What a tool prints; nothing where it fails, or waits for something. */
async function ask(path: string, words: readonly string[], { exec, signal }: ToolContext): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(answersWithinMs)]);
  try {
    const { exitCode, stdout, stderr } = await exec(path, words, {
      // Where no project's settings choose another version.
      cwd: "/",
      env: { LC_ALL: "C" },
      input: "",
      signal: limit,
    });
    if (exitCode !== 0) return "";
    return stdout.trim() === "" ? stderr : stdout;
  } catch {
    signal.throwIfAborted();
    return "";
  }
}

function firstLine(text: string): string | undefined {
  const line = text.trim().split("\n")[0]?.trim();
  return line === "" ? undefined : line;
}

/** Of a file's content; of a folder the names and sizes of what it holds. */
async function sha256Of(path: string): Promise<string> {
  if ((await stat(path)).isDirectory()) {
    const names = (await readdir(path)).sort();
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(path, name))).size));
    return sha256OfText(names.map((name, index) => `${sizes[index]}  ${name}\n`).join(""));
  }
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest("hex");
}

function sha256OfText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
