import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "transform-returns-a-part",
  api: 1,
  setup(dune) {
    // error TS2322: Type 'readonly Node[]' is not assignable to type 'Awaitable<Topology>'
    dune.on("topology", ({ nodes }) => nodes);
  },
});
