import type { Code } from "../../diagnostics/codes.js";
import type { Path } from "../../diagnostics/diagnostic.js";

/** Why there is no program for one platform. */
export interface BuildProblem {
  readonly code: Code;
  /** Goes on after `binary "probe"`, and before `for linux/arm64` where it says `{for}`. */
  readonly message: string;
  readonly hint: string;
  /** The end of what the build has said. */
  readonly output?: string;
  /** The place in `[binaries.NAME]`; absent: its name. */
  readonly path?: Path;
}
