import { defineExtension, definePlugin, type Node, type Plugin, type Topology, z } from "@dune/core";

const bgp = defineExtension(
  "node",
  "bgp",
  z.strictObject({ asn: z.int(), peers: z.array(z.string()).default([]) }),
);
const rack = defineExtension("phynode", "rack", z.string());

const full = definePlugin({
  name: "full",
  api: 1,
  after: ["bare"],
  diagnostics: { "no-asn": "error", "odd-asn": "warning" },
  extensions: [bgp, rack],
  setup(dune) {
    // type firstAsn: number
    const { firstAsn } = dune.options;
    // type document: Document
    dune.on("document", (document) => document);
    // type topology: Topology
    dune.on("topology", (topology) => withAsns(topology, firstAsn));
    dune.on("topology", async (topology, { files }) => {
      // type bytes: Uint8Array<ArrayBufferLike> | undefined
      const bytes = await files.read("asns.txt");
      return bytes ? topology : { ...topology, params: {} };
    });
    dune.on("topologyCheck", ({ nodes }, { report, options }) => {
      for (const node of nodes) {
        // type declared: { asn: number; peers: string[]; } | undefined
        const declared = bgp.of(node);
        // type report: (code: "no-asn" | "odd-asn", report: PluginReport) => void
        if (!declared) report("no-asn", { message: `node "${node.name}" has no AS` });
        else if (declared.asn < options.firstAsn)
          report("odd-asn", { message: "low", hint: "take a higher one" });
      }
    });
    dune.on("placementCheck", ({ nodes }, { choices }) => {
      // type phynode: Phynode
      for (const { node, phynode } of nodes) choices.keep(node.name, rack.of(phynode) ?? null);
    });
    dune.on("binariesCheck", () => undefined);
    // type rendering: Rendering
    dune.on("rendering", async (rendering) => rendering);
    // type bundles: readonly BundleSummary[]
    dune.on("artifacts", ({ bundles }) => bundles.map(({ path }) => ({ path: `${path}.txt`, text: path })));
    dune.context({
      // type placement: Placement
      globals: { count: (placement) => placement.nodes.length },
      // type placed: PlacedNode
      node: { asn: (placed) => bgp.of(placed.node)?.asn },
    });
  },
  allocators: {
    first: {
      // type problem: Problem
      place: (problem, { options }) => ({
        kind: "assignment",
        serverOf: problem.topology.nodes.map(() => options.firstAsn % 1),
        groupOf: problem.units.map(() => 0),
      }),
    },
    later: {
      place: async (problem) => ({
        kind: "assignment",
        serverOf: problem.topology.nodes.map(() => 0),
        groupOf: problem.units.map(() => 0),
      }),
    },
  },
  engines: {
    ".up": ({ options }) => ({
      // type source: string
      compile: (source) => ({
        ok: true,
        template: { names: [], render: () => ({ ok: true, text: `${source} ${options.firstAsn}` }) },
      }),
    }),
  },
  options: z.strictObject({ firstAsn: z.int().default(64512) }),
});

const bare = definePlugin({
  name: "bare",
  api: 1,
  setup(dune) {
    // type options: NoOptions
    const { options } = dune;
    dune.context({ globals: { bare: () => options } });
  },
});

function withAsns(topology: Topology, firstAsn: number): Topology {
  const withAsn = (node: Node, index: number) => bgp.with(node, { asn: firstAsn + index, peers: [] });
  return { ...topology, nodes: topology.nodes.map(withAsn) };
}

export const plugins: readonly Plugin[] = [full, bare];
