import { defineExtension, definePlugin, z } from "@dune/core";

// error TS2345: Argument of type '"nodes"' is not assignable to … "node"
const bgp = defineExtension("nodes", "bgp", z.strictObject({ asn: z.int() }));

export default definePlugin({
  name: "unknown-extension-point",
  api: 1,
  extensions: [bgp],
});
