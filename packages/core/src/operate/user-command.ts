import { spawn } from "node:child_process";
import { constants } from "node:os";

export interface UserCommandOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Sends its output to standard error. */
  readonly outputToStderr: boolean;
}

/** How the user's command ended; `problem` says why it could not be started. */
export interface CommandEnd {
  readonly exitCode: number;
  readonly problem?: string;
}

/** What a shell reports for a command that it does not find, and for one that it may not run. */
const notFound = 127;
const notExecutable = 126;
/** From being asked to end to being killed. */
const graceMs = 5_000;

/** Runs the user's command on this machine, in the folder and the terminal of dune's own. */
export function runUserCommand(
  [command = "", ...args]: readonly string[],
  { env, signal, outputToStderr }: UserCommandOptions,
): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env,
      stdio: ["inherit", outputToStderr ? 2 : "inherit", "inherit"],
    });
    let killing: NodeJS.Timeout | undefined;
    const end = () => {
      child.kill("SIGTERM");
      killing = setTimeout(() => child.kill("SIGKILL"), graceMs);
    };
    const finish = (how: CommandEnd) => {
      signal.removeEventListener("abort", end);
      clearTimeout(killing);
      resolve(how);
    };
    signal.addEventListener("abort", end, { once: true });
    child.on("error", (error: NodeJS.ErrnoException) =>
      finish(
        error.code === "ENOENT"
          ? { exitCode: notFound, problem: `there is no program ${command}` }
          : { exitCode: notExecutable, problem: error.message },
      ),
    );
    child.on("exit", (code, by) =>
      finish({ exitCode: code ?? 128 + (by === null ? 0 : constants.signals[by]) }),
    );
  });
}
