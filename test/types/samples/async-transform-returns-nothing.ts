import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "async-transform-returns-nothing",
  api: 1,
  setup(dune) {
    // error TS2345: => Promise<void>' is not assignable to … => Awaitable<Topology>'
    dune.on("topology", async (topology, { files }) => {
      await files.read(`${topology.name}.txt`);
    });
  },
});
