import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "transform-returns-nothing",
  api: 1,
  setup(dune) {
    // error TS2345: '(topology: Topology) => void' is not assignable to … => Awaitable<Topology>'
    dune.on("topology", (topology) => {
      topology.nodes.map((node) => ({ ...node, exec: ["true"] }));
    });
  },
});
