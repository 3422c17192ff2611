import type { Context } from "../context.js";
import type { Code } from "../diagnostics/codes.js";

type PluginContext = Pick<Context, "reporter" | "calls">;

/** The names of one registry, dune's own and those of plugins: who comes second is refused. */
export class Claims {
  readonly #isOwn: (name: string) => boolean;
  readonly #context: PluginContext;
  readonly #code: Code;
  /** By name the plugin that holds it. */
  readonly #holders = new Map<string, string>();

  constructor(isOwn: (name: string) => boolean, context: PluginContext, code: Code = "plugin/conflict") {
    this.#isOwn = isOwn;
    this.#context = context;
    this.#code = code;
  }

  /** Whether the name was free and is the plugin's now; if not, that is reported. `what` is the name in a message. */
  claim(name: string, plugin: string, what: string): boolean {
    const isOwn = this.#isOwn(name);
    const holder = this.#holders.get(name);
    if (!isOwn && holder === undefined) {
      this.#holders.set(name, plugin);
      return true;
    }
    const { reporter, calls } = this.#context;
    const at = calls.placeOf(plugin);
    reporter.report(this.#code, {
      message:
        holder === plugin
          ? `plugin "${plugin}" claims ${what} twice`
          : `plugin "${plugin}" wants ${what}, which ${isOwn ? "is dune's own" : `plugin "${holder}" has claimed`}`,
      ...(at && { at }),
      hint:
        isOwn || holder === plugin
          ? "let the plugin use another name"
          : "load one of the two only, or let one of them use another name",
    });
    return false;
  }
}
