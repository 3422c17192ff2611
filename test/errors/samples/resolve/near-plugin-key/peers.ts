import { defineExtension, definePlugin, z } from "@dune/core";

const peering = defineExtension("node", "peering", z.string());

export default definePlugin({ name: "peers", api: 1, extensions: [peering] });
