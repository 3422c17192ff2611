import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "undeclared-options",
  api: 1,
  setup(dune) {
    // error TS2339: Property 'firstAsn' does not exist on type 'NoOptions'
    dune.context({ globals: { asn: () => dune.options.firstAsn } });
  },
});
