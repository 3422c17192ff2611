import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "transform-returns-on-one-path",
  api: 1,
  setup(dune) {
    // error TS2345: | undefined' is not assignable to … => Awaitable<Topology>'
    dune.on("topology", (topology) => {
      if (topology.nodes.length > 0) return { ...topology, nodes: [] };
    });
  },
});
