import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "wrong-api",
  // error TS2322: Type '2' is not assignable to type '1'
  api: 2,
});
