import type { Link, Node, Phynode, Process, Topology } from "../2-resolve/topology.js";

/** What phase 3 makes: where everything runs. Arrays stand in the order of the topology's. */
export interface Placement {
  readonly topology: Topology;
  readonly nodes: readonly PlacedNode[];
  readonly links: readonly PlacedLink[];
}

export interface PlacedNode {
  readonly node: Node;
  readonly phynode: Phynode;
  readonly processes: readonly PlacedProcess[];
  /** Why it sits there, one plain sentence. */
  readonly reason: string;
}

export interface PlacedProcess {
  readonly process: Process;
  /** Core numbers; `cores[i]` is what `core_<coreNames[i]>` means. */
  readonly cores: readonly number[];
}

export type PlacedLink = VethLink | VxlanLink;

export interface VethLink {
  readonly kind: "veth";
  readonly link: Link;
  readonly phynode: Phynode;
}

export interface VxlanLink {
  readonly kind: "vxlan";
  readonly link: Link;
  /** Where endpoint 0 and endpoint 1 sit. */
  readonly phynodes: readonly [Phynode, Phynode];
  /** 1 to 2^24 − 1, unique in the lab. */
  readonly vni: number;
}
