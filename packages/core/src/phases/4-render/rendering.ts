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
  readonly exec: readonly string[];
  readonly processes: readonly RenderedProcess[];
  readonly results: readonly string[];
}

export interface RenderedPhynode {
  readonly phynode: Phynode;
  readonly files: readonly RenderedFile[];
  readonly setup: { readonly pre: readonly string[]; readonly post: readonly string[] };
}

export interface RenderedFile {
  /** On the phynode; a relative one is below the lab's root folder there. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly content: FileContent;
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
}
