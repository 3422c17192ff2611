import { isPromise } from "node:util/types";
import { type Context, toolsOf } from "../../context.js";
import { Claims } from "../../plugins/claims.js";
import { frozen } from "../../values/frozen.js";
import type { PlacedNode, Placement } from "../3-allocate/placement.js";
import { labNames, nodeNames } from "./values.js";

/** The values of the names that plugins declare. */
interface ContextValues {
  /** The plugin of each name. */
  readonly plugins: ReadonlyMap<string, string>;
  readonly globals: Readonly<Record<string, unknown>>;
  node(placed: PlacedNode): Readonly<Record<string, unknown>>;
}

export function contextValues(
  placement: Placement,
  context: Pick<Context, "hooks" | "calls" | "reporter" | "tools">,
): ContextValues {
  const { hooks, calls } = context;
  if (hooks.contexts.length > 0) frozen(placement);
  const value = (name: string, plugin: string, call: () => unknown) =>
    calls.run(plugin, "context", () => settled(name, call()));
  const claims = new Claims(isOwn, context);
  const globals: Record<string, unknown> = {};
  const plugins = new Map<string, string>();
  const perNode: [name: string, plugin: string, call: (placed: PlacedNode) => unknown][] = [];
  for (const { plugin, contribution } of hooks.contexts) {
    const tools = toolsOf(plugin, context);
    const claim = (name: string) => {
      const isFree = claims.claim(name, plugin, `the name "${name}"`);
      if (isFree) plugins.set(name, plugin);
      return isFree;
    };
    for (const [name, call] of Object.entries(contribution.globals ?? {})) {
      if (claim(name)) globals[name] = value(name, plugin, () => call(placement, tools));
    }
    for (const [name, call] of Object.entries(contribution.node ?? {})) {
      if (claim(name)) perNode.push([name, plugin, (placed) => call(placed, placement, tools)]);
    }
  }
  return {
    plugins,
    globals,
    node: (placed) =>
      Object.fromEntries(
        perNode.map(([name, plugin, call]) => [name, value(name, plugin, () => call(placed))]),
      ),
  };
}

/** A template cannot wait. */
function settled(name: string, value: unknown): unknown {
  if (!isPromise(value)) return value;
  // Nobody waits for it: that it may reject must not end the process.
  value.catch(() => undefined);
  throw new Error(`"${name}" gives a promise; what declares a name gives its value at once`);
}

function isOwn(name: string): boolean {
  return [...nodeNames, ...labNames].some((own) => own === name) || name.startsWith("core_");
}
