import type { Origin } from "../../diagnostics/diagnostic.js";
import type { Phynode } from "../2-resolve/topology.js";
import type { PlacedNode, PlacedProcess, Placement } from "../3-allocate/placement.js";

/** What phase 4 makes: every string expanded, every file with its content. Arrays stand in the order of the placement's. */
export interface Rendering {
  readonly placement: Placement;
  readonly nodes: readonly RenderedNode[];
  readonly phynodes: readonly RenderedPhynode[];
}

export interface RenderedNode {
  readonly placed: PlacedNode;
  readonly files: readonly RenderedFile[];
  readonly privateFolders: readonly RenderedFolder[];
  readonly exec: readonly string[];
  readonly processes: readonly RenderedProcess[];
  readonly results: readonly string[];
  /** Names of the binaries that it uses, sorted. */
  readonly binaries: readonly string[];
}

export interface RenderedPhynode {
  readonly phynode: Phynode;
  readonly files: readonly RenderedFile[];
  readonly setup: { readonly pre: readonly string[]; readonly post: readonly string[] };
  /** Names of the binaries that its own commands name, sorted. */
  readonly binaries: readonly string[];
}

export interface RenderedFile {
  /** On the phynode; a relative one is below the lab's root folder there, one in a private folder of the node is the node's own. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** `user` or `user:group`; absent: whoever brings the lab up. */
  readonly owner?: string;
  /** Whether the content comes from what others may not read where it was compiled; absent: they may. */
  readonly isPrivate?: boolean;
  readonly content: FileContent;
  readonly origin: Origin;
}

/** A folder that only one node sees at this path. */
export interface RenderedFolder {
  /** Absolute. */
  readonly path: string;
  /** Permission bits. */
  readonly mode?: number;
  /** `user` or `user:group`. */
  readonly owner?: string;
  readonly origin: Origin;
}

/** Text made by the compiler, or a file of the topology's folder that is streamed into the bundle. */
export type FileContent =
  | { readonly text: string }
  | { readonly file: string; readonly sha256: string; readonly size: number };

export interface RenderedProcess {
  readonly placed: PlacedProcess;
  readonly cmd: string;
  readonly environ: readonly { readonly name: string; readonly value: string }[];
  readonly ready?: string;
  readonly postUp: readonly string[];
  readonly preDown: readonly string[];
  readonly down?: string;
  readonly reload?: string;
  /** Paths on the phynode; absent: none. */
  readonly uses?: readonly string[];
}
