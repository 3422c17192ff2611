import type { Context } from "../../context.js";
import type { Origin } from "../../diagnostics/diagnostic.js";
import { nearest } from "../../diagnostics/near.js";
import type { Plugin } from "../../plugin.js";
import { Claims } from "../../plugins/claims.js";

/** The allocation strategies that dune brings, the default first; phase 3 has one for each. */
export const ownAllocators = ["cut", "first-fit"] as const;

/** The strategies that a topology can name. */
export function allocatorNames(plugins: readonly Plugin[]): readonly string[] {
  return [...ownAllocators, ...plugins.flatMap(({ allocators = {} }) => Object.keys(allocators))];
}

/** The name of the strategy to use: one of dune's, or of a plugin. */
export function readAllocator(
  given: string | undefined,
  plugins: readonly Plugin[],
  at: () => Origin,
  context: Pick<Context, "reporter" | "calls">,
): string {
  const names: string[] = [...ownAllocators];
  const claims = new Claims((name) => ownAllocators.some((own) => own === name), context);
  for (const plugin of plugins) {
    for (const name of Object.keys(plugin.allocators ?? {})) {
      if (claims.claim(name, plugin.name, `the allocation strategy "${name}"`)) names.push(name);
    }
  }
  const allocator = given ?? ownAllocators[0];
  if (!names.includes(allocator)) {
    const near = nearest(allocator, names);
    context.reporter.report("resolve/unknown-allocator", {
      message: `there is no allocation strategy "${allocator}"`,
      at: at(),
      hint: near === undefined ? `there are: ${names.join(", ")}` : `did you mean "${near}"?`,
    });
  }
  return allocator;
}
