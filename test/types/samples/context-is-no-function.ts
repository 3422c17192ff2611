import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "context-is-no-function",
  api: 1,
  setup(dune) {
    // error TS2322: Type 'string' is not assignable to type '(placed: PlacedNode, placement: Placement … => unknown'
    dune.context({ node: { colour: "red" } });
  },
});
