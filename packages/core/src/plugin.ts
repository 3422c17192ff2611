import type { z } from "zod";
import type { Builder } from "./builders/builder.js";
import type { Origin, Path, Related, Severity } from "./diagnostics/diagnostic.js";
import type { Exec } from "./exec.js";
import type { Extension } from "./extension.js";
import type { Files } from "./files.js";
import type { Awaitable, ContextContribution, HookName, HookResults, HookValues } from "./hooks.js";
import type {
  Binary,
  Infrastructure,
  Link,
  Node,
  Phynode,
  Process,
  Toolchain,
  Topology,
} from "./phases/2-resolve/topology.js";
import type { Problem } from "./phases/3-allocate/problem.js";
import type { Assignment, Misfit } from "./phases/3-allocate/strategy.js";
import type { Choices } from "./plugins/choices.js";
import type { Engine } from "./template/engine.js";

/** The version of the plugin interface that this dune speaks. */
export const pluginApi = 1;

/** What it is called is what TypeScript says is missing of a plain object. */
const madeByDefinePlugin = Symbol.for("dune.plugin");

/** What a plugin declares. Plain data, but for its functions. */
export interface PluginDeclaration<
  Options extends z.ZodType = z.ZodType,
  Diagnostics extends Readonly<Record<string, Severity>> = Readonly<Record<string, Severity>>,
  T = Tools<z.output<Options>, keyof Diagnostics & string>,
> {
  /** Lower-case letters, digits and `-`; its table of options is `[plugin.NAME]`. */
  readonly name: string;
  readonly api: typeof pluginApi;
  readonly version?: string;
  /** Plugins that go first, where they are loaded. */
  readonly after?: readonly string[];
  readonly options?: Options;
  /** Its own diagnostics: what follows `NAME/` in the code, and the severity. */
  readonly diagnostics?: Diagnostics;
  readonly extensions?: readonly Extension[];
  /** Allocation strategies by the name that `infrastructure.allocator` gives. */
  readonly allocators?: Readonly<Record<string, Allocator<T>>>;
  /**
   * Template engines by file ending (`.j2`), or `*` for every file that no ending claims. Each is made when its first
   * file is met, once in a compilation.
   */
  readonly engines?: Readonly<Record<string, (tools: T) => Engine>>;
  /** Builders by the name that `builder` of `[binaries.NAME]` gives. */
  readonly builders?: Readonly<Record<string, Builder<T>>>;
  /** Called once per compilation, before phase 1 ends: taps hooks and declares names. */
  setup?(dune: Dune<z.output<Options>, keyof Diagnostics & string>): void;
}

/** A declaration that `definePlugin` has marked. */
export type Plugin = PluginDeclaration & { readonly [madeByDefinePlugin]: true };

/** A way to choose where nodes go. The same problem must always give the same answer. */
export interface Allocator<T = Tools> {
  /** Decides for all nodes at once; the answer is checked against the hard rules. */
  place(problem: Problem, tools: T): Awaitable<Assignment | Misfit>;
}

/** The options of a plugin that declares none: an empty object. */
// biome-ignore lint/suspicious/noEmptyInterface: its name is what an editor shows where an option is read all the same
export interface NoOptions {}

/** What `setup` gets. Bound to its plugin: a throw in a tap names the plugin and the hook. */
export interface Dune<Options = unknown, Code extends string = string> {
  readonly options: Options;
  /** Taps a hook. Transforms return the next value, checks only report, collects return a list. */
  // `& string`, and the function spelt out: so TypeScript's messages list the names and show what to return.
  on<K extends HookName & string>(
    hook: K,
    call: (value: HookValues[K], tools: Tools<Options, Code>) => Awaitable<HookResults[K]>,
  ): void;
  /** Declares names for templates and inline strings. */
  context(contribution: ContextContribution<Tools<Options, Code>>): void;
}

/** What every call of a tap gets, and what is made by name. */
export interface Tools<Options = unknown, Code extends string = string> {
  readonly options: Options;
  readonly files: Files;
  readonly exec: Exec;
  readonly signal: AbortSignal;
  /** What it chose in earlier builds, and what it chooses in this one: its part of the lock. */
  readonly choices: Choices;
  /** Reports one of the plugin's own diagnostics. */
  report(code: Code, report: PluginReport): void;
  /**
   * Where a value comes from, for `at` of a report: the place in the file, in defaults or a group as well, the `--set`, or
   * the plugin that made it. `path` is one of the language, with the indexes that lists have now: `["bgp", "asn"]`,
   * `["exec", 0]`; without it, the entity itself. Where nothing gave the value it is as near as one gets.
   */
  originOf(entity: Located, path?: Path, target?: "key" | "value"): Origin;
}

/** What has values that come from somewhere. A process is found by its node. */
export type Located =
  | Node
  | Link
  | Phynode
  | Topology
  | Infrastructure
  | Binary
  | Toolchain
  | { readonly node: Node; readonly process: Process };

/** A plugin's diagnostic, but for its code. */
export interface PluginReport {
  /** One sentence with the user's own names, no trailing full stop. */
  readonly message: string;
  readonly at?: Origin;
  /** What to do. */
  readonly hint?: string;
  readonly related?: readonly Related[];
}

/** Marks a plugin's declaration, and types its `setup` by it. */
export function definePlugin<
  Options extends z.ZodType = z.ZodType<NoOptions>,
  const Diagnostics extends Readonly<Record<string, Severity>> = Record<never, Severity>,
>(declaration: PluginDeclaration<Options, Diagnostics>): Plugin {
  return { ...declaration, [madeByDefinePlugin]: true } as unknown as Plugin;
}

/** Whether `definePlugin` made it. By symbol, since an npm plugin can bring a second copy of core. */
export function isPlugin(value: unknown): value is Plugin {
  return typeof value === "object" && value !== null && madeByDefinePlugin in value;
}

/**
 * Finds a plugin that a topology names, e.g. `"ipam"` or `"./bgp.ts"`. Undefined where there is no way to find any; what
 * it rejects with is a bug, not the plugin's.
 */
export type ResolvePlugin = (name: string) => Promise<ResolvedPlugin | undefined>;

export type ResolvedPlugin =
  | {
      readonly ok: true;
      /** What the module exports as default, whatever that is. */
      readonly plugin: unknown;
      /** Tells where in the plugin's source an error was thrown. */
      trace?(error: Error): PluginTrace;
    }
  | { readonly ok: false; readonly problem: PluginProblem };

/** The way to an error in terms of the plugin's own source. */
export interface PluginTrace {
  /** The innermost place in the plugin's own files. */
  readonly at?: Origin;
  /** A line each. */
  readonly stack: string;
}

/** Why a plugin cannot be loaded. */
export interface PluginProblem {
  /** `parse/unknown-plugin`: there is none; `plugin/cannot-load`: what there is is none, or does not run. */
  readonly code: "parse/unknown-plugin" | "plugin/cannot-load";
  readonly message: string;
  readonly hint: string;
  /** A place in the plugin; absent: the place that names it. */
  readonly at?: Origin;
  readonly stack?: string;
}
