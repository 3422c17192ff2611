import { defineExtension, definePlugin, z } from "@dune/core";

const bgp = defineExtension("node", "bgp", z.strictObject({ asn: z.int() }));

export default definePlugin({
  name: "extension-of-another-entity",
  api: 1,
  extensions: [bgp],
  setup(dune) {
    dune.on("topologyCheck", ({ links }) => {
      // error TS2345: Argument of type 'Link' is not assignable to parameter of type 'Node'
      for (const link of links) console.log(bgp.of(link));
    });
  },
});
