import { defineExtension, definePlugin, z } from "@dune/core";

const bgp = defineExtension("node", "bgp", z.strictObject({ asn: z.int() }));

export default definePlugin({
  name: "extension-with-a-wrong-value",
  api: 1,
  extensions: [bgp],
  setup(dune) {
    dune.on("topology", (topology) => ({
      ...topology,
      // error TS2322: Type 'string' is not assignable to type 'number'
      nodes: topology.nodes.map((node) => bgp.with(node, { asn: "64512" })),
    }));
  },
});
