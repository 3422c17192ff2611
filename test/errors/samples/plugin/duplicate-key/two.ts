import { defineExtension, definePlugin, z } from "@dune/core";

const bgp = defineExtension("node", "bgp", z.strictObject({ asn: z.int() }));

export default definePlugin({ name: "two", api: 1, extensions: [bgp] });
