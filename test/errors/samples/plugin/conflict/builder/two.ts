import { definePlugin } from "@dune/core";

export default definePlugin({ name: "two", api: 1, builders: { meson: { plan: () => ({ commands: [], needs: [] }) } } });
