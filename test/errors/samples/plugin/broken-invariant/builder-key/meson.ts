import { definePlugin, z } from "@dune/core";

const since = z.string().transform((text) => new Date(text));

export default definePlugin({
  name: "meson",
  api: 1,
  builders: { meson: { keys: { since }, plan: () => ({ commands: [], needs: [] }) } },
});
