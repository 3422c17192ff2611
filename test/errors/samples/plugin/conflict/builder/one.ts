import { definePlugin } from "@dune/core";

export default definePlugin({ name: "one", api: 1, builders: { meson: { plan: () => ({ commands: [], needs: [] }) } } });
