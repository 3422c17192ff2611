import { definePlugin, z } from "@dune/core";

export default definePlugin({
  name: "meson",
  api: 1,
  builders: { meson: { keys: { source: z.string() }, plan: () => ({ commands: [], needs: [] }) } },
});
