import { defineExtension, definePlugin, z } from "@dune/core";

const bgp = defineExtension("node", "bgp", z.strictObject({ asn: z.int() }));

export default definePlugin({
  name: "extension-that-may-be-absent",
  api: 1,
  extensions: [bgp],
  setup(dune) {
    dune.on("topologyCheck", ({ nodes }) => {
      // error TS2532: Object is possibly 'undefined'
      for (const node of nodes) console.log(bgp.of(node).asn);
    });
  },
});
