import { randomUUID } from "node:crypto";
import { runCommand } from "./run-command.js";

/** Where and how a tool is asked: as it is run in the build, so that it is the same that answers. */
export interface Asking {
  /** All of the environment. */
  readonly environ: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

const answersWithinMs = 20_000;

/** The first line of what a tool says; undefined where it fails, says nothing, or waits for something. */
export async function askTool(
  path: string,
  words: readonly string[],
  { environ, folder, signal }: Asking,
): Promise<string | undefined> {
  const said = { stdout: "", stderr: "" };
  const exitCode = await runCommand({
    argv: [path, ...words],
    environ,
    mark: `tool-${randomUUID()}`,
    folder,
    log: (text, stream) => {
      said[stream] += text;
    },
    signal: AbortSignal.any([signal, AbortSignal.timeout(answersWithinMs)]),
  });
  signal.throwIfAborted();
  if (exitCode !== 0) return undefined;
  return firstLine(said.stdout) ?? firstLine(said.stderr);
}

function firstLine(text: string): string | undefined {
  const line = text.trim().split("\n")[0]?.trim();
  return line === "" ? undefined : line;
}
