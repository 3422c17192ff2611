import { Claims } from "../../claims.js";
import type { Context } from "../../context.js";
import type { PlacedNode, Placement } from "../3-allocate/placement.js";
import { labNames, nodeNames } from "./values.js";

/** The values of the names that plugins declare. */
export interface ContextValues {
  readonly globals: Readonly<Record<string, unknown>>;
  node(placed: PlacedNode): Readonly<Record<string, unknown>>;
}

export function contextValues(
  placement: Placement,
  context: Pick<Context, "hooks" | "calls" | "reporter">,
): ContextValues {
  const { hooks, calls } = context;
  const claims = new Claims(isOwn, context);
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
