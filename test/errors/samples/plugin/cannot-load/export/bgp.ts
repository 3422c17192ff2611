import { defineExtension, definePlugn, z } from "@dune/core";

const bgp = defineExtension("node", "bgp", z.strictObject({ asn: z.int() }));

export default definePlugn({ name: "bgp", api: 1, extensions: [bgp] });
