import type { Diagnostic } from "../diagnostics/diagnostic.js";

/** What the command ends with; the same for every subcommand. */
export const exitCodes = {
  done: 0,
  /** The topology, an option or a path is wrong: the user's to mend. */
  wrongInput: 1,
  /** The machine is: a full disk, no permission, a missing tool. */
  wrongEnvironment: 2,
  /** Dune is. */
  bug: 3,
} as const;

/** What the command ends with where a compilation was not ok: nothing but tools that are not installed is no fault of the topology. */
export function exitCodeOf(diagnostics: readonly Pick<Diagnostic, "code" | "severity">[]): number {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const isEnvironment = errors.length > 0 && errors.every(({ code }) => code === "build/missing-tool");
  return isEnvironment ? exitCodes.wrongEnvironment : exitCodes.wrongInput;
}

/** `dune diff` ends as diff(1) does: 1 says that the two differ, so whatever is wrong is 2. */
export function exitCodeFor(argv: readonly string[], exitCode: number): number {
  const command = argv.slice(2).find((word) => !word.startsWith("-"));
  return command === "diff" && exitCode === exitCodes.wrongInput ? exitCodes.wrongEnvironment : exitCode;
}
