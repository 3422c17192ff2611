import type { Platform } from "../../values/platform.js";

/** A way to make a program for a platform. */
export interface Builder<T> {
  /** Writes the program to `request.output`; a rejection is the builder's own fault, not the program's. */
  build(request: BuildRequest, tools: T): Promise<void>;
}

export interface BuildRequest {
  /** As in `[binaries.NAME]`. */
  readonly name: string;
  readonly platform: Platform;
  /** The file to write, absolute. */
  readonly output: string;
}
