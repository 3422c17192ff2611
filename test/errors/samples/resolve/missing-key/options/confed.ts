import { definePlugin, z } from "@dune/core";

export default definePlugin({ name: "confed", api: 1, options: z.strictObject({ asn: z.int() }) });
