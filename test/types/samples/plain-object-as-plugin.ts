import { compileText } from "@dune/core/testing";

// error TS2322: Type '{ name: string; api: 1; }' is not assignable to type 'Plugin'
export const result = compileText("", { plugins: [{ name: "plain-object-as-plugin", api: 1 }] });
