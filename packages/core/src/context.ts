import type { Reporter } from "./diagnostics/reporter.js";
import type { Exec } from "./exec.js";
import type { Files } from "./files.js";
import type { Hooks } from "./hooks.js";
import type { Workshop } from "./phases/5-build/workshop.js";
import type { ResolvePlugin, Tools } from "./plugin.js";
import type { ChoiceBook } from "./plugins/choices.js";
import type { PluginCalls } from "./plugins/plugin-calls.js";

/** What every phase may do: capabilities, never data of the lab. */
export interface Context {
  readonly reporter: Reporter;
  readonly files: Files;
  readonly exec: Exec;
  readonly hooks: Hooks;
  readonly signal: AbortSignal;
  readonly resolvePlugin: ResolvePlugin;
  /** Runs plugins' code. */
  readonly calls: PluginCalls;
  /** What each plugin's code gets, by the plugin's name. */
  readonly tools: Map<string, Tools>;
  /** Tells plugins where a value comes from. */
  readonly originOf: Tools["originOf"];
  /** What plugins write into the lock. */
  readonly choices: ChoiceBook;
  /** Where programs are built. */
  readonly workshop: Workshop;
  /** Says how far the running phase is, and with what; `total` is undefined where it is not known. */
  progress(done: number, total?: number, what?: string): void;
}

/** What a plugin's code gets. */
export function toolsOf(plugin: string, { tools }: Pick<Context, "tools">): Tools {
  const own = tools.get(plugin);
  if (own === undefined) throw new Error(`plugin "${plugin}" is not set up`);
  return own;
}

/** A phase: the output of the one before in, its own out; undefined when it reported an error that leaves no output. */
export type Phase<Input, Output> = (input: Input, context: Context) => Promise<Output | undefined>;
