import { definePlugin, z } from "@dune/core";

export default definePlugin({
  name: "unknown-option",
  api: 1,
  options: z.strictObject({ firstAsn: z.int().default(64512) }),
  setup(dune) {
    // error TS2551: Property 'firstAs' does not exist … Did you mean 'firstAsn'?
    dune.on("placementCheck", () => console.log(dune.options.firstAs));
  },
});
