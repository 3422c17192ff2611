import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "bgp",
  api: 1,
  setup(dune) {
    dune.on("topology", (topology) => {
      topology.nodes.map((node) => node.name);
    });
  },
});
