import type { Code } from "../../diagnostics/codes.js";
import type { Path } from "../../diagnostics/diagnostic.js";

/** Why there is no program for one platform. */
export interface BuildProblem {
  readonly code: Code;
  /** Goes on after `binary "probe"`; `{for}` in it stands for the platforms: `for linux/arm64`. */
  readonly message: string;
  readonly hint?: string;
  /** The end of what the build has said. */
  readonly output?: string;
  /** A file with all that it has said, absolute. */
  readonly log?: string;
  /** The place in `[binaries.NAME]`; absent: its name. */
  readonly path?: Path;
}
