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
