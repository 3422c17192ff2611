import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "fortran",
  api: 1,
  builders: { fortran: { plan: () => ({ commands: [{ argv: "gfortran" }], needs: [] }) as never } },
});
