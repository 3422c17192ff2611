import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "report-without-message",
  api: 1,
  diagnostics: { "no-asn": "error" },
  setup(dune) {
    dune.on("topologyCheck", (_, tools) => {
      // error TS2345: Argument of type '{ hint: string; }' is not assignable to parameter of type 'PluginReport'
      tools.report("no-asn", { hint: "add one" });
    });
  },
});
