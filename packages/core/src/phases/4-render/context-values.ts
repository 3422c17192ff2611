import { Claims } from "../../claims.js";
import type { Context } from "../../context.js";
import { frozen } from "../../values/frozen.js";
import type { PlacedNode, Placement } from "../3-allocate/placement.js";
import { labNames, nodeNames } from "./values.js";

/** The values of the names that plugins declare. */
export interface ContextValues {
  readonly globals: Readonly<Record<string, unknown>>;
  node(placed: PlacedNode): Readonly<Record<string, unknown>>;
}

export function contextValues(
  placement: Placement,
  { hooks, calls, reporter }: Pick<Context, "hooks" | "calls" | "reporter">,
): ContextValues {
  if (hooks.contexts.length > 0) frozen(placement);
  const claims = new Claims(isOwn, reporter);
  const globals: Record<string, unknown> = {};
  const perNode: [name: string, plugin: string, call: (placed: PlacedNode) => unknown][] = [];
  for (const { plugin, contribution } of hooks.contexts) {
    const claim = (name: string) => claims.claim(name, plugin, `the name "${name}"`);
    for (const [name, call] of Object.entries(contribution.globals ?? {})) {
      if (claim(name)) globals[name] = calls.run(plugin, "context", () => call(placement));
    }
    for (const [name, call] of Object.entries(contribution.node ?? {})) {
      if (claim(name)) perNode.push([name, plugin, (placed) => call(placed, placement)]);
    }
  }
  return {
    globals,
    node: (placed) =>
      Object.fromEntries(
        perNode.map(([name, plugin, call]) => [name, calls.run(plugin, "context", () => call(placed))]),
      ),
  };
}

function isOwn(name: string): boolean {
  return [...nodeNames, ...labNames].some((own) => own === name) || name.startsWith("core_");
}
