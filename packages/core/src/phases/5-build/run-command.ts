import { spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { killMarked } from "./marked-processes.js";

const supervisor = fileURLToPath(new URL("../../../runtime-build/supervise.sh", import.meta.url));

/** From the end of the life-line until the supervisor itself is killed: it may have been stopped. */
const graceMs = 5_000;

export interface SupervisedCommand {
  readonly argv: readonly string[];
  /** All of its environment. */
  readonly environ: Readonly<Record<string, string>>;
  /** The value of `DUNE_BUILD` in it, by which all that it starts is found. */
  readonly mark: string;
  /** The folder that it runs in. */
  readonly folder: string;
  /** A file descriptor for what it says, or who is told. */
  readonly log: number | ((text: string, stream: "stdout" | "stderr") => void);
  /** Kills it and all that it has started. */
  readonly signal: AbortSignal;
}

/**
 * Runs a command of a build under `supervise.sh`: without input, in a session of its own, and never longer than dune.
 * @returns its exit code, for one that a signal has ended 128 and the signal's number; undefined where it was killed by
 * `signal`, or has killed the supervisor
 */
export async function runCommand(command: SupervisedCommand): Promise<number | undefined> {
  const { argv, environ, mark, folder, log, signal } = command;
  if (signal.aborted) return undefined;
  const marker = `DUNE_BUILD=${mark}`;
  const output = typeof log === "number" ? log : "pipe";
  // Not by arguments, which everybody on the machine may read: there may be passwords among the variables.
  const child = spawn("/bin/sh", [supervisor, marker, ...argv], {
    cwd: folder,
    env: environ,
    detached: true,
    stdio: ["ignore", output, output, "pipe"],
  });
  if (typeof log === "function") {
    child.stdout?.setEncoding("utf8").on("data", (text) => log(text, "stdout"));
    child.stderr?.setEncoding("utf8").on("data", (text) => log(text, "stderr"));
    // What it has left elsewhere would keep the pipes open.
    child.on("exit", () => killMarked((each) => each === mark));
  }
  const lifeLine = child.stdio[3] as Duplex;
  let said = "";
  lifeLine.on("data", (bytes: Buffer) => {
    said += bytes.toString("latin1");
  });
  // The supervisor is gone, and `close` tells.
  lifeLine.on("error", () => undefined);

  let killing: NodeJS.Timeout | undefined;
  const abort = () => {
    lifeLine.destroy();
    killing = setTimeout(() => killGroup(child.pid), graceMs);
  };
  signal.addEventListener("abort", abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", () => resolve());
    });
  } finally {
    signal.removeEventListener("abort", abort);
    clearTimeout(killing);
  }
  return said.endsWith("\n") && !signal.aborted ? Number(said) : undefined;
}

/** Of a child that has not been waited for yet: its number is still its own. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended just now.
  }
}
