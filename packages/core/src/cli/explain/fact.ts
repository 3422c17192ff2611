import type { Origin } from "../../diagnostics/diagnostic.js";
import type { PlacedLink } from "../../phases/3-allocate/placement.js";

/** Something that is known of an entity. */
export interface Fact {
  readonly name: string;
  /** For a person: cells that stand in columns; `origin` is printed as the last. */
  readonly lines: readonly FactLine[];
  /** For a script. */
  readonly data: unknown;
}

export interface FactLine {
  readonly cells: readonly string[];
  readonly origin?: Origin;
}

export function kindText(placed: PlacedLink | undefined): string {
  if (placed === undefined) return "";
  if (placed.kind === "veth") return `veth on ${placed.phynode.name}`;
  return `vxlan ${placed.vni} from ${placed.phynodes[0].name} to ${placed.phynodes[1].name}`;
}

export function kindData(placed: PlacedLink | undefined): object {
  if (placed === undefined) return {};
  if (placed.kind === "veth") return { kind: placed.kind, phynodes: [placed.phynode.name] };
  return { kind: placed.kind, vni: placed.vni, phynodes: placed.phynodes.map(({ name }) => name) };
}

export function line(...cells: readonly string[]): FactLine {
  return { cells };
}
