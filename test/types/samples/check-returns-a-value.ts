import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "check-returns-a-value",
  api: 1,
  setup(dune) {
    // error TS2322: is not assignable to type 'Awaitable<void>'
    dune.on("topologyCheck", (topology) => ({ ...topology, nodes: [] }));
  },
});
