import type { Binary } from "../phases/2-resolve/topology.js";
import type { BuildRefusal } from "./builder.js";

/** For a builder that itself says where the program is; undefined where the topology does not say it, too. */
export function refuseOutput({ builder, output }: Binary): BuildRefusal | undefined {
  if (output === undefined) return undefined;
  return {
    refused: `output means nothing to the builder "${builder}"`,
    hint:
      builder === "prebuilt"
        ? "remove it: files says where the program is"
        : `remove it: ${builder} writes the program where dune takes it`,
    path: ["output"],
  };
}
