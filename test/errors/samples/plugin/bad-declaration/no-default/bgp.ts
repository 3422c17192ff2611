import { definePlugin } from "@dune/core";

export const bgp = definePlugin({ name: "bgp", api: 1 });
