import { findByName } from "../../values/find-by-name.js";
import type { Platform } from "../../values/platform.js";
import type { Binary, Phynode } from "../2-resolve/topology.js";
import type { Rendering } from "../4-render/rendering.js";

/** A program that is used, with a platform where it is. */
export interface UsedProgram {
  readonly binary: Binary;
  readonly platform: Platform;
  /** Names of the phynodes that it goes to, sorted. */
  readonly phynodes: readonly string[];
  /** Names of the nodes that use it, sorted. */
  readonly nodes: readonly string[];
}

interface Uses {
  readonly platform: Platform;
  readonly phynodes: Set<string>;
  readonly nodes: Set<string>;
}

/** What the nodes of each platform use, sorted by name and platform. */
export function usedPrograms({ placement, nodes, phynodes }: Rendering): readonly UsedProgram[] {
  const uses = new Map<string, Map<string, Uses>>();
  const use = (name: string, { platform, name: phynode }: Phynode, node?: string) => {
    const byPlatform = uses.get(name) ?? new Map<string, Uses>();
    uses.set(name, byPlatform);
    const here = byPlatform.get(platform.text) ?? { platform, phynodes: new Set(), nodes: new Set() };
    byPlatform.set(platform.text, here);
    here.phynodes.add(phynode);
    if (node !== undefined) here.nodes.add(node);
  };
  for (const { placed, binaries } of nodes)
    for (const name of binaries) use(name, placed.phynode, placed.node.name);
  for (const { phynode, binaries } of phynodes) for (const name of binaries) use(name, phynode);

  return [...uses.keys()].sort().flatMap((name) => {
    const binary = findByName(placement.topology.binaries, name);
    // Only a plugin can have let it in; what does not exist is reported where it is named.
    if (binary === undefined) throw new Error(`there is no binary "${name}"`);
    const byPlatform = uses.get(name) as Map<string, Uses>;
    return [...byPlatform.keys()].sort().map((text) => {
      const { platform, phynodes: servers, nodes: users } = byPlatform.get(text) as Uses;
      return { binary, platform, phynodes: [...servers].sort(), nodes: [...users].sort() };
    });
  });
}
