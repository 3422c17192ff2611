import type { Build, Program } from "./binaries.js";

/** The program of a build. @throws where programs were only looked up: dune's own mistake */
export function builtProgram({ binary, platform, program }: Build): Program {
  if (program === undefined) throw new Error(`${binary.name} was not built for ${platform.text}`);
  return program;
}
