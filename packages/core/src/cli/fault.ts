/** Ends a subcommand with a message for the user and an exit code. Not for dune's own bugs, which are plain errors. */
export class Fault extends Error {
  readonly exitCode: number;
  /** What to do. */
  readonly hint: string | undefined;

  constructor(exitCode: number, message: string, hint?: string) {
    super(message);
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

/** Thrown where work was stopped by a signal; nothing more is said to the user. */
export class Interrupted extends Fault {
  constructor(signal: "SIGINT" | "SIGTERM" | "SIGHUP") {
    // What a shell reports for a program that a signal ended: 128 and the signal's number.
    super({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }[signal], `stopped by ${signal}`);
  }
}
