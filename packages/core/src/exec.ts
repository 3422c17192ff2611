/** Runs a program without a shell. Resolves also when it fails; rejects only when it cannot be started or is cancelled. */
export type Exec = (command: string, args: readonly string[], options?: ExecOptions) => Promise<ExecResult>;

export interface ExecOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly signal?: AbortSignal;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs programs on this machine. */
export const localExec: Exec = async (command, args, options = {}) => {
  // Loaded when something is run, which most compilations never do.
  const { execa } = await import("execa");
  const { cwd, env, input, signal } = options;
  const result = await execa(command, args, {
    reject: false,
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    ...(input === undefined ? {} : { input }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  if (result.exitCode === undefined) throw result;
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
};
