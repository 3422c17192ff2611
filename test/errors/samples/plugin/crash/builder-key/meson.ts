import { definePlugin, z } from "@dune/core";

const setup = z.array(z.string()).transform((list) => list.map((each) => each.split("=")[2]!.trim()));

export default definePlugin({
  name: "meson",
  api: 1,
  builders: { meson: { keys: { setup }, plan: () => ({ commands: [], needs: [] }) } },
});
