import { defineExtension, definePlugin, z } from "@dune/core";
import { rib } from "./rib.ts";

const bgp = defineExtension("node", "bgp", z.strictObject({ asn: z.int() }));

export default definePlugin({
  name: "bgp",
  api: 1,
  extensions: [bgp],
  setup(dune) {
    dune.on("topologyCheck", ({ nodes }) => {
      for (const node of nodes) rib(bgp.of(node)!.asn);
    });
  },
});
