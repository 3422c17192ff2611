import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "collect-returns-no-list",
  api: 1,
  setup(dune) {
    // error TS2322: Type '{ path: string; text: string; }' is not assignable to … readonly PluginArtifact[]
    dune.on("artifacts", () => ({ path: "hosts.txt", text: "" }));
  },
});
