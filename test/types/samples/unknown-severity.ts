import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "unknown-severity",
  api: 1,
  // error TS2322: Type '"info"' is not assignable to type 'Severity'
  diagnostics: { "no-asn": "info" },
});
