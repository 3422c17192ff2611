import { definePlugin } from "@dune/core";

export default definePlugin({ name: "bgp", api: 1 });
