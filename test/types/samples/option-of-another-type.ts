import { definePlugin, z } from "@dune/core";

export default definePlugin({
  name: "option-of-another-type",
  api: 1,
  options: z.strictObject({ firstAsn: z.int().default(64512) }),
  setup(dune) {
    // error TS2345: Argument of type 'number' is not assignable to parameter of type 'string'
    dune.on("topologyCheck", (_, { files, options }) => void files.read(options.firstAsn));
  },
});
