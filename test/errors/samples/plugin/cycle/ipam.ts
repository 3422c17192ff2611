import { definePlugin } from "@dune/core";

export default definePlugin({ name: "ipam", api: 1, after: ["bgp"] });
