import type { z } from "zod";
import type { Origin, Related, Severity } from "./diagnostics/diagnostic.js";
import type { Exec } from "./exec.js";
import type { Extension } from "./extension.js";
import type { Files } from "./files.js";
import type { ContextContribution, HookFunctions, HookName } from "./hooks.js";
import type { Strategy } from "./phases/3-allocate/strategy.js";
import type { Engine } from "./template/engine.js";

/** The version of the plugin interface that this dune speaks. */
export const pluginApi = 1;

const brand = Symbol.for("dune.plugin");

/** What a plugin declares. Plain data, but for its functions. */
export interface PluginDeclaration<
  Options extends z.ZodType = z.ZodType,
  Diagnostics extends Readonly<Record<string, Severity>> = Readonly<Record<string, Severity>>,
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
  /** Allocation strategies by name. */
  readonly allocators?: Readonly<Record<string, Strategy>>;
  /** Template engines by file ending (`.j2`), or `*` for every file that no ending claims. */
  readonly engines?: Readonly<Record<string, Engine>>;
  /** Called once per compilation, before phase 1 ends: taps hooks and declares names. */
  setup?(dune: Dune<z.output<Options>, keyof Diagnostics & string>): void;
}

/** A declaration that `definePlugin` has marked. */
export type Plugin = PluginDeclaration & { readonly [brand]: true };

/** What `setup` gets. Bound to its plugin: a throw in a tap names the plugin and the hook. */
export interface Dune<Options = unknown, Code extends string = string> {
  readonly options: Options;
  /** Taps a hook. Transforms return the next value, checks only report, collects return a list. */
  on<K extends HookName>(hook: K, call: HookFunctions<Tools<Options, Code>>[K]): void;
  /** Declares names for templates and inline strings. */
  context(contribution: ContextContribution): void;
}

/** What every call of a tap gets. */
export interface Tools<Options = unknown, Code extends string = string> {
  readonly options: Options;
  readonly files: Files;
  readonly exec: Exec;
  readonly signal: AbortSignal;
  /** Reports one of the plugin's own diagnostics. */
  report(code: Code, report: PluginReport): void;
}

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
  Options extends z.ZodType,
  const Diagnostics extends Readonly<Record<string, Severity>>,
>(declaration: PluginDeclaration<Options, Diagnostics>): Plugin {
  return { ...declaration, [brand]: true } as unknown as Plugin;
}

/** Whether `definePlugin` made it. By symbol, since an npm plugin can bring a second copy of core. */
export function isPlugin(value: unknown): value is Plugin {
  return typeof value === "object" && value !== null && brand in value;
}
