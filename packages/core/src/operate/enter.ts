import { spawn } from "node:child_process";
import { constants } from "node:os";

/** A process whose namespaces others enter: the room of a rehearsal, or one of its servers. */
export interface Place {
  /** As this machine numbers it. */
  readonly pid: number;
  /** Whether it belongs to the real root; if not, it has a user namespace of its own. */
  readonly isRoot: boolean;
}

export interface EnterOptions {
  /** Enters only its network: programs and files are this machine's. */
  readonly networkOnly?: boolean;
  /** Standard input; empty where it is not given. */
  readonly input?: string | readonly Uint8Array[];
  /** Asks the command, and what it started in its session, to end. */
  readonly signal?: AbortSignal;
}

export interface Finished {
  /** 128 and the signal's number where a signal ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How long output is waited for after a command has ended; something that it left behind may hold the pipe open. */
const lastOutputMs = 500;

/** What `nsenter` is given before the command. */
export function enterArguments({ pid, isRoot }: Place, networkOnly = false): readonly string[] {
  const namespaces = networkOnly ? ["--net"] : ["--mount", "--net", "--pid", "--uts", "--ipc"];
  return ["-t", String(pid), ...(isRoot ? [] : ["--user", "--preserve-credentials"]), ...namespaces];
}

/** The environment with the folders that hold `ip`, which a user's PATH often lacks. */
export function systemEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/usr/bin:/sbin:/bin` };
}

/** Runs a command in a place; rejects only where it cannot be started. */
export function runIn(
  place: Place,
  command: readonly string[],
  options: EnterOptions = {},
): Promise<Finished> {
  return run("nsenter", [...enterArguments(place, options.networkOnly), ...command], options);
}

/**
 * Runs a command on this machine; rejects only where it cannot be started. In a session of its own: a Ctrl-C in the
 * terminal reaches dune alone, which then brings the lab down in order.
 */
export function run(command: string, args: readonly string[], options: EnterOptions = {}): Promise<Finished> {
  const { input = "", signal } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { detached: true, env: systemEnvironment() });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    const ask = () => endSession(child.pid);
    signal?.addEventListener("abort", ask, { once: true });
    if (signal?.aborted) ask();
    child.on("error", reject);
    child.on("exit", () => {
      signal?.removeEventListener("abort", ask);
      setTimeout(() => [child.stdout, child.stderr].map((stream) => stream.destroy()), lastOutputMs).unref();
    });
    child.on("close", (code, endedBy) => {
      const exitCode = code ?? 128 + (endedBy === null ? 0 : constants.signals[endedBy]);
      resolve({
        exitCode,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
    // A command that ends without reading its input is no fault of dune's.
    child.stdin.on("error", () => undefined);
    for (const chunk of typeof input === "string" ? [input] : input) child.stdin.write(chunk);
    child.stdin.end();
  });
}

function endSession(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, "SIGTERM");
  } catch {
    // It has ended by itself.
  }
}
