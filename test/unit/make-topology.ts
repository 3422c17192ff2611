import type { Document, Layer, Tables } from "../../packages/core/dist/phases/1-parse/document.js";
import type { Fragment } from "../../packages/core/dist/phases/2-resolve/fragment.js";
import type { Link, Node, Phynode, Topology } from "../../packages/core/dist/phases/2-resolve/topology.js";

export interface PhynodeSketch {
  /** Core numbers by NUMA node. */
  readonly cores: readonly (readonly number[])[];
  readonly address?: string;
  readonly mtu?: number;
  readonly tags?: readonly string[];
  readonly oversubscribe?: number;
  readonly limit?: number;
}

export interface NodeSketch {
  /** How many cores each process wants. */
  readonly demands?: readonly number[];
  readonly numa?: "node" | "process" | "any";
  readonly phynode?: readonly string[];
  readonly tags?: readonly string[];
  readonly separate?: readonly string[];
  readonly colocate?: readonly string[];
}

export interface LinkSketch {
  readonly ends: readonly [string, string];
  readonly rates?: readonly [number | undefined, number | undefined];
  readonly mtu?: number;
}

export interface Sketch {
  readonly phynodes: Readonly<Record<string, PhynodeSketch>>;
  readonly nodes: Readonly<Record<string, NodeSketch>>;
  readonly links?: readonly LinkSketch[];
  readonly prefix?: string;
}

/** A topology as phase 2 makes it, with only what allocation looks at. */
export function makeTopology(sketch: Sketch): Topology {
  const layer = makeLayer(sketch);
  const names = (record: object) => Object.keys(record).sort();
  return {
    document: { file: "lab.toml", plugins: [], layers: [layer] } as unknown as Document,
    name: "lab",
    params: {},
    fragments: [{ layer, path: ["topology"], table: {}, label: "topology" }],
    infrastructure: {
      fragments: [{ layer, path: ["infrastructure"], table: {}, label: "infrastructure" }],
      namespacePrefix: sketch.prefix ?? "",
      vxlanPort: 4789,
      allocator: "cut",
      isLocalhost: false,
      phynodes: names(sketch.phynodes).map((name) => makePhynode(name, sketch.phynodes[name]!, layer)),
      extensions: {},
    },
    nodes: names(sketch.nodes).map((name) => makeNode(name, sketch.nodes[name]!, layer)),
    links: (sketch.links ?? []).map((link, index) => makeLink(link, index, layer)).sort(byId),
    binaries: [],
    toolchains: [],
    extensions: {},
  };
}

function byId(a: Link, b: Link): number {
  return a.id < b.id ? -1 : 1;
}

function makeLayer({ phynodes, nodes, links = [] }: Sketch): Layer {
  const plain = JSON.parse(
    JSON.stringify({
      infrastructure: { nodes: phynodes },
      topology: { nodes, links: links.map(({ ends, ...rest }) => ({ endpoints: ends, ...rest })) },
    }),
  ) as Tables;
  return { origin: { file: "lab.toml", path: [] }, tables: plain, overridden: [] };
}

function fragmentAt(layer: Layer, path: readonly (string | number)[]): readonly Fragment[] {
  let table: unknown = layer.tables;
  for (const key of path) table = (table as Record<string | number, unknown>)[key];
  return [{ layer, path, table: table as Tables, label: path.join(" ") }];
}

function makePhynode(name: string, sketch: PhynodeSketch, layer: Layer): Phynode {
  return {
    name,
    fragments: fragmentAt(layer, ["infrastructure", "nodes", name]),
    cores: sketch.cores,
    ...(sketch.address !== undefined && { address: sketch.address }),
    ...(sketch.mtu !== undefined && { mtu: sketch.mtu }),
    tags: sketch.tags ?? [],
    oversubscribe: sketch.oversubscribe ?? 1,
    limits: { nodes: sketch.limit ?? 250 },
  } as unknown as Phynode;
}

function makeNode(name: string, sketch: NodeSketch, layer: Layer): Node {
  return {
    name,
    fragments: fragmentAt(layer, ["topology", "nodes", name]),
    kind: "node",
    processes: (sketch.demands ?? []).map((demand, index) => ({
      name: `p${index}`,
      index,
      coreNames: Array.from({ length: demand }, (_, core) => core),
    })),
    placement: {
      ...(sketch.phynode !== undefined && { phynodes: sketch.phynode }),
      tags: sketch.tags ?? [],
      separate: sketch.separate ?? [],
      colocate: sketch.colocate ?? [],
      numa: sketch.numa ?? "node",
    },
  } as unknown as Node;
}

function makeLink({ ends, rates, mtu }: LinkSketch, index: number, layer: Layer): Link {
  const endpoint = (side: 0 | 1) => ({
    node: ends[side],
    interface: `eth${index}`,
    ...(rates?.[side] !== undefined && { rateBitsPerSecond: rates[side] }),
  });
  const texts = ends.map((node) => `${node}:eth${index}`);
  return {
    id: [...texts].sort().join("|"),
    name: texts.join("-"),
    fragments: fragmentAt(layer, ["topology", "links", index]),
    endpoints: [endpoint(0), endpoint(1)],
    mtu: mtu ?? 1450,
    mtuDeclared: mtu !== undefined,
    extensions: {},
  } as unknown as Link;
}

/** Cores `first` to `first + count - 1`. */
export function coreRange(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}
