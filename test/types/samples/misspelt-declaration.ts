import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "misspelt-declaration",
  api: 1,
  // error TS2561: 'extension' does not exist … Did you mean to write 'extensions'?
  extension: [],
});
