import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "artifact-without-text",
  api: 1,
  setup(dune) {
    // error TS2741: Property 'text' is missing … required in type 'PluginArtifact'
    dune.on("artifacts", () => [{ path: "hosts.txt" }]);
  },
});
