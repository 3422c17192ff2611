import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "undeclared-diagnostic",
  api: 1,
  diagnostics: { "no-asn": "error", "odd-asn": "warning" },
  setup(dune) {
    dune.on("topologyCheck", ({ name }, tools) => {
      // error TS2345: Argument of type '"no-as"' is not assignable to parameter of type '"no-asn" | "odd-asn"'
      tools.report("no-as", { message: `${name} has no AS` });
    });
  },
});
