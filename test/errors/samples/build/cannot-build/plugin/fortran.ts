import { definePlugin, z } from "@dune/core";

export default definePlugin({
  name: "fortran",
  api: 1,
  builders: {
    fortran: {
      keys: { standard: z.string() },
      plan: ({ target }) => ({
        refused: `there is no compiler of it for ${target.triple}`,
        hint: "take a newer standard",
        path: ["standard"],
      }),
    },
  },
});
