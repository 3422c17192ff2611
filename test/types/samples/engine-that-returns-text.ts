import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "engine-that-returns-text",
  api: 1,
  engines: {
    // error TS2322: Type 'string' is not assignable to type 'EngineResult | Promise<EngineResult>'
    ".j2": () => ({ compile: (source) => source.trim() }),
  },
});
