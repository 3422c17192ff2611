import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "unknown-hook",
  api: 1,
  setup(dune) {
    // error TS2345: Argument of type '"topolgy"' is not assignable to … "topology"
    dune.on("topolgy", (topology) => topology);
  },
});
