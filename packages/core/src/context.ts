import type { Reporter } from "./diagnostics/reporter.js";
import type { Exec } from "./exec.js";
import type { Files } from "./files.js";
import type { Hooks } from "./hooks.js";
import type { Plugin } from "./plugin.js";

/** What every phase may do: capabilities, never data of the lab. */
export interface Context {
  readonly reporter: Reporter;
  readonly files: Files;
  readonly exec: Exec;
  readonly hooks: Hooks;
  readonly signal: AbortSignal;
  /** Finds a plugin that the topology names. */
  readonly resolvePlugin: (name: string) => Promise<Plugin | undefined>;
  /** Says how far the running phase is; `total` is undefined where it is not known. */
  progress(done: number, total?: number): void;
}

/** A phase: the output of the one before in, its own out; undefined when it reported an error that leaves no output. */
export type Phase<Input, Output> = (input: Input, context: Context) => Promise<Output | undefined>;
