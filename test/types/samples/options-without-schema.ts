import { definePlugin, z } from "@dune/core";

export default definePlugin({
  name: "options-without-schema",
  api: 1,
  // error TS2353: 'firstAsn' does not exist in type 'ZodType
  options: { firstAsn: z.int() },
});
