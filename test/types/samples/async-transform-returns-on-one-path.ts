import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "async-transform-returns-on-one-path",
  api: 1,
  setup(dune) {
    // error TS2345: => Promise<Topology | undefined>' is not assignable to … => Awaitable<Topology>'
    dune.on("topology", async (topology, { files }) => {
      if (await files.read("a.txt")) return topology;
    });
  },
});
