// A section for BGP, [topology.nodes.NAME.bgp]. docs/plugins.md makes this file step by step.
import { defineExtension, definePlugin, findByName, type Node, values, z } from "@dune/core";

// What a user may write in the section. An editor shows the descriptions.
const bgp = defineExtension(
  "node",
  "bgp",
  z.strictObject({
    asn: z.int().min(1).max(4294967295).describe("the autonomous system that the node belongs to"),
    router_id: z.ipv4().describe("the node's name among BGP speakers, in the form of an IPv4 address"),
    networks: z.array(values.prefix).default([]).describe("the prefixes that the node announces"),
  }),
);

export default definePlugin({
  name: "bgp",
  api: 1,
  extensions: [bgp],
  // What a user may write in [plugin.bgp].
  options: z.strictObject({
    hold_time: z.int().min(3).default(9).describe("seconds of silence after which a session ends"),
  }),
  diagnostics: { "same-router-id": "error" },
  setup(dune) {
    // What a schema cannot see, because it sees one node at a time.
    dune.on("topologyCheck", ({ nodes }, { report, originOf }) => {
      const at = (node: Node) => originOf(node, ["bgp", "router_id"]);
      const owners = new Map<string, Node>();
      for (const node of nodes) {
        const id = bgp.of(node)?.router_id;
        if (id === undefined) continue;
        const owner = owners.get(id);
        if (owner === undefined) owners.set(id, node);
        else
          report("same-router-id", {
            message: `nodes "${owner.name}" and "${node.name}" have the same router_id`,
            at: at(node),
            related: [{ message: "the other one", at: at(owner) }],
            hint: "give each node a router_id of its own: no session comes up between two that share one",
          });
      }
    });
    // Names for templates and commands: once for the lab, and for each node.
    dune.context({
      globals: { bgp_hold_time: () => dune.options.hold_time },
      node: {
        bgp: ({ node }) => bgp.of(node),
        bgp_sessions: ({ node }, { topology }) =>
          node.interfaces.flatMap(({ name, link, side }) => {
            const peer = topology.links[link]?.endpoints[side === 0 ? 1 : 0];
            const neighbour = peer && findByName(topology.nodes, peer.node);
            const section = neighbour && bgp.of(neighbour);
            return section ? [{ interface: name, peer, asn: section.asn }] : [];
          }),
      },
    });
  },
});
