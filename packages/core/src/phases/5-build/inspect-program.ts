import type { ToolNeed } from "../../builders/builder.js";
import type { Platform } from "../../values/platform.js";
import type { ProgramFacts } from "./binaries.js";

/** What is wrong with a program, for a diagnostic. */
export interface ProgramProblem {
  readonly code: "build/not-a-program" | "build/wrong-machine";
  /** Completes a sentence that begins with the program: `is for x86-64, not for arm64`. */
  readonly message: string;
  readonly hint: string;
}

/** Reads the head of a file that was built; undefined where it is neither ELF nor a script. */
export async function inspectProgram(_file: string): Promise<ProgramFacts | undefined> {
  return undefined;
}

/** What keeps a program from running on a platform. */
export function problemOn(
  _facts: ProgramFacts | undefined,
  _platform: Platform,
  _needs: readonly ToolNeed[],
): ProgramProblem | undefined {
  return undefined;
}
