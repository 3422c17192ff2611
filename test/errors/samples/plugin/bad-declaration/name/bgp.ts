import { definePlugin } from "@dune/core";

export default definePlugin({ name: "BGP peers", api: 1 });
