import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "engine-that-is-not-made",
  api: 1,
  engines: {
    // error TS2353: 'compile' does not exist in type '(tools: Tools<NoOptions, never>) => Engine'
    ".j2": { compile: () => ({ ok: true, template: { names: [], render: () => ({ ok: true, text: "" }) } }) },
  },
});
